package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/netfault"
)

const spoolConf = `
input { redis { host => "127.0.0.1" port => "${REDIS_PORT}" data_type => "list" key => "logstash" lease_ttl => 2 } }
output {
  elasticsearch { id => "es" hosts => ["${ES}"] index => "spooled" manage_template => false spool => true retry_max_interval => 1 }
  file { path => "${FILE}" codec => line { format => "%{n}" } }
}
`

// TestSpoolKilled: while the engine is away the broker's list is emptied into the spool and the other output gets its events; the indexer is killed
// in between again and again, and when the engine is back each event is one document.
func TestSpoolKilled(t *testing.T) {
	for _, ids := range []bool{true, false} {
		t.Run(fmt.Sprintf("ids=%v", ids), func(t *testing.T) {
			const n, kills = 50_000, 5
			l, es := redisList(t), countingEngine(t)
			proxy := netfault.New(t, strings.TrimPrefix(es.URL, "http://"))
			proxy.Refuse()
			file, data := t.TempDir()+"/out", t.TempDir()
			env := []string{l.env(), "ES=http://" + proxy.Addr, "FILE=" + file}
			conf := write(t, "indexer.conf", spoolConf)
			run := func() *program { return start(t, "indexer", env, "-f", conf, "--path.data", data, "-w", "1") }
			messages := numbered(n, ids)
			written := func() int {
				text, _ := os.ReadFile(file)
				return strings.Count(string(text), "\n")
			}
			for i := range kills {
				p := run()
				l.push(messages[i*n/kills : (i+1)*n/kills]...)
				part := i*n/kills + n/kills/2
				eventually(t, 60*time.Second, "half of the part is through", func() (bool, string) { return written() > part, fmt.Sprint(written()) })
				p.Kill()
			}
			p := run()
			l.drained(60 * time.Second) // with the engine away
			if es.Count() > 0 {
				t.Fatal("the engine was not away")
			}
			proxy.Heal()
			eventually(t, 120*time.Second, "all is in the engine", func() (bool, string) { return es.Count() >= n, fmt.Sprint(es.Count()) })
			p.finish()
			es.exactly(t, n)
		})
	}
}
