package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/testkit/engines"
	"castor/internal/testkit/fakees"
)

// counting is a search engine that remembers how often each event came, and from which replica.
type counting struct {
	*fakees.Server
	mu     sync.Mutex
	times  map[int]int
	shares map[string]int
}

func countingEngine(t *testing.T) *counting {
	c := &counting{Server: fakees.New(t), times: map[int]int{}, shares: map[string]int{}}
	c.Delay = 5 * time.Millisecond
	c.Judge = func(d fakees.Document) *fakees.Fault {
		var doc struct {
			N       int    `json:"n"`
			Replica string `json:"replica"`
		}
		if err := json.Unmarshal([]byte(d.Source), &doc); err != nil {
			t.Errorf("%v: %s", err, d.Source)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.times[doc.N]++
		c.shares[doc.Replica]++
		return nil
	}
	return c
}

// numbers are the events that are in the indices, by their number; twice is how many are there more than once.
func (c *counting) numbers(t *testing.T) (found map[int]bool, twice int) {
	t.Helper()
	found = map[int]bool{}
	for _, name := range c.Indices() {
		for _, d := range c.Documents(name) {
			var doc struct {
				N int `json:"n"`
			}
			decode(t, []byte(d.Source), &doc)
			if found[doc.N] {
				twice++
			}
			found[doc.N] = true
		}
	}
	return found, twice
}

// exactly checks that the events 0 to n-1 are in the index, each once.
func (c *counting) exactly(t *testing.T, n int) {
	t.Helper()
	found, twice := c.numbers(t)
	if len(found) != n || twice > 0 {
		t.Errorf("%d of %d events are in the index, %d of them more than once", len(found), n, twice)
	}
}

// numbered makes events as a producer writes them: Castor's shipper with an id, others without.
func numbered(n int, ids bool) []string {
	all := make([]string, n)
	for i := range all {
		id := ""
		if ids {
			id = fmt.Sprintf(`,"@metadata":{"id":"e%d"}`, i)
		}
		all[i] = fmt.Sprintf(`{"message":"event %d","n":%d,"@timestamp":"2026-11-23T10:00:00.000Z","@version":"1"%s}`, i, i, id)
	}
	return all
}

const replicaConf = `
input { redis { host => "127.0.0.1" port => "${REDIS_PORT}" data_type => "list" key => "logstash" lease_ttl => 2 } }
filter { mutate { add_field => { "replica" => "${REPLICA}" } } }
output { elasticsearch { hosts => ["${ES}"] index => "${INDEX}" manage_template => false } }
`

func replica(t *testing.T, l *list, url, index string, n int) *program {
	t.Helper()
	env := []string{l.env(), "ES=" + url, "INDEX=" + index, fmt.Sprintf("REPLICA=r%d", n)}
	return start(t, "indexer", env, "-f", write(t, "indexer.conf", replicaConf), "-w", "1")
}

func TestReplicasShare(t *testing.T) {
	for _, replicas := range []int{2, 4} {
		t.Run(fmt.Sprint(replicas), func(t *testing.T) {
			const n = 60000
			l, es := redisList(t), countingEngine(t)
			var running []*program
			for i := range replicas {
				running = append(running, replica(t, l, es.URL, "shared", i))
			}
			for _, p := range running {
				eventually(t, 20*time.Second, "the replica runs", func() (bool, string) {
					return strings.Contains(p.Log(), "pipeline starts"), p.Log()
				})
			}
			l.push(numbered(n, false)...)
			l.drained(60 * time.Second)
			es.exactly(t, n)
			for number, times := range es.times {
				if times != 1 {
					t.Fatalf("event %d was written %d times", number, times)
				}
			}
			t.Logf("shares: %v", es.shares)
			for i := range replicas {
				if share := es.shares[fmt.Sprintf("r%d", i)]; share < n/10 {
					t.Errorf("replica %d did only %d of %d", i, share, n)
				}
			}
		})
	}
}

// TestReplicaKilled kills a replica in mid-run by SIGKILL, and starts another one.
func TestReplicaKilled(t *testing.T) {
	for _, ids := range []bool{true, false} {
		t.Run(fmt.Sprintf("ids=%v", ids), func(t *testing.T) {
			const n = 40000
			l, es := redisList(t), countingEngine(t)
			l.push(numbered(n, ids)...)
			victim := replica(t, l, es.URL, "killed", 0)
			replica(t, l, es.URL, "killed", 1)
			eventually(t, 20*time.Second, "the victim works", func() (bool, string) {
				es.mu.Lock()
				defer es.mu.Unlock()
				return es.shares["r0"] > n/20, fmt.Sprint(es.shares)
			})
			victim.Kill()
			if done := es.Count(); done >= n {
				t.Fatal("all was done before the kill: it shows nothing")
			}
			l.drained(60 * time.Second)
			es.exactly(t, n)
			repeated := 0
			for _, times := range es.times {
				if times > 1 {
					repeated++
				}
			}
			t.Logf("%d events were written again after the kill", repeated)
		})
	}
}

// TestReplicaKilledEngine is the same with a real engine.
func TestReplicaKilledEngine(t *testing.T) {
	const n = 9000
	e, l := engines.Need(t, "es9"), redisList(t)
	index := e.Index(t, "castor-e2e-killed-")
	replicas := []*program{replica(t, l, e.URL, index, 0), replica(t, l, e.URL, index, 1)}
	messages := numbered(n, true)
	l.push(messages[:n/2]...)
	eventually(t, 60*time.Second, "the index is there", func() (bool, string) { return len(e.Indices(t, index)) > 0, "" })
	victim := 0 // whoever has written: one of them may have taken all of the first half
	eventually(t, 60*time.Second, "a replica has written", func() (bool, string) {
		for i := range replicas {
			if len(e.Search(t, index, fmt.Sprintf(`{"size":1,"query":{"match":{"replica":"r%d"}}}`, i))) > 0 {
				victim = i
				return true, ""
			}
		}
		return false, "nothing is there"
	})
	l.push(messages[n/2:]...)
	replicas[victim].Kill()
	l.drained(60 * time.Second)
	hits := e.Documents(t, index)
	found := map[any]bool{}
	for _, h := range hits {
		found[h.Source["n"]] = true
	}
	if len(hits) != n || len(found) != n {
		t.Errorf("%d documents of %d events; want %d", len(hits), len(found), n)
	}
}
