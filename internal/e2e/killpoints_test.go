package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/testkit/engines"
	"castor/internal/testkit/netfault"
	"castor/internal/testkit/servers"
)

// wire is a broker between the pair, and what passes on its wire at the moments at which a program is killed.
type wire struct {
	addr          string
	input, output string // of the configurations
	env           []string
	push          func(messages ...string)
	held          func() int // messages that the killed indexer had not acknowledged
	queued        func() int // messages that nobody has
	empty         func()     // checks that nothing is left when no indexer runs

	popped, acking, acked, pushing, pushed func(*netfault.Proxy) <-chan struct{} // nil where there is no such moment
}

func at(d netfault.Direction, marker string) func(*netfault.Proxy) <-chan struct{} {
	return func(p *netfault.Proxy) <-chan struct{} { return p.HoldAt(d, marker) }
}

func answerTo(marker string) func(*netfault.Proxy) <-chan struct{} {
	return func(p *netfault.Proxy) <-chan struct{} { return p.HoldAnswer(marker) }
}

// redisWire is a Redis that has not seen the lease scripts: the first pop and the first acknowledgement bring their text.
func redisWire(t *testing.T) wire {
	const options = `host => "127.0.0.1" port => "${PORT}" data_type => "list" key => "logstash" timeout => 60`
	const pop, ack, push = "'LPOP'", "'UNLINK'", "RPUSH"
	l := redisList(t)
	return wire{
		addr:   fmt.Sprintf("127.0.0.1:%d", l.port),
		input:  `redis { ` + options + ` lease_ttl => 2 }`,
		output: `redis { ` + options + ` }`,
		push:   l.push, queued: l.length,
		held: func() (n int) {
			for _, key := range l.leftovers() {
				if key != l.key {
					n += int(l.c.LLen(context.Background(), key).Val())
				}
			}
			return n
		},
		empty: func() {
			keys, err := l.c.Keys(context.Background(), "*").Result()
			if left := strings.Join(keys, " "); err != nil || left != "" && left != l.key+":inflight" { // the registry knows the dead for a while
				t.Errorf("left in Redis: %s, %v", left, err)
			}
		},
		popped: answerTo(pop), acking: at(netfault.Up, ack), acked: answerTo(ack), pushing: at(netfault.Up, push), pushed: answerTo(push),
	}
}

// streamWire is a stream, which the consumer group and its members make themselves.
func streamWire(t *testing.T) wire {
	const options = `host => "127.0.0.1" port => "${PORT}" data_type => "stream" key => "logstash" timeout => 60`
	const read, ack, push = "xreadgroup", "xack", "XADD"
	l, ctx := redisList(t), context.Background()
	length := func() int { return int(l.c.XLen(ctx, l.key).Val()) } // what is acknowledged is deleted
	return wire{
		addr:   fmt.Sprintf("127.0.0.1:%d", l.port),
		input:  `redis { ` + options + ` lease_ttl => 2 }`,
		output: `redis { ` + options + ` }`,
		push: func(messages ...string) {
			for _, m := range messages {
				if err := l.c.XAdd(ctx, &goredis.XAddArgs{Stream: l.key, Values: []any{"message", m}}).Err(); err != nil {
					t.Fatal(err)
				}
			}
		},
		queued: length, held: length,
		empty: func() {
			p, err := l.c.XPending(ctx, l.key, "logstash").Result()
			if n := length(); err != nil || n > 0 || p.Count > 0 {
				t.Errorf("%d messages are left in the stream, %d pending, %v", n, p.Count, err)
			}
		},
		popped: answerTo(read), acking: at(netfault.Up, ack), acked: answerTo(ack), pushing: at(netfault.Up, push), pushed: answerTo(push),
	}
}

// rabbitWire is a durable queue. An acknowledgement in AMQP has no answer.
func rabbitWire(t *testing.T) wire {
	const deliver, ack, publish = "\x00\x3c\x00\x3c", "\x00\x3c\x00\x50", "\x00\x3c\x00\x28" // class basic and its methods
	s, name := servers.RabbitMQ(t), strings.ReplaceAll(t.Name(), "/", ".")
	ch := queueOf(t, s, name)
	count := func() int { return waiting(t, ch, name) }
	return wire{
		addr: s.Addr, env: []string{"QUEUE=" + name},
		input:  `rabbitmq { host => "127.0.0.1" port => "${PORT}" queue => "${QUEUE}" durable => true prefetch_count => 1000 }`,
		output: `rabbitmq { host => "127.0.0.1" port => "${PORT}" exchange => "${QUEUE}" exchange_type => "fanout" }`,
		push:   func(messages ...string) { publishAll(t, ch, name, messages) },
		held:   count, queued: count,
		empty: func() {
			if n := count(); n > 0 { // what was not acknowledged would be here again
				t.Errorf("%d messages are left in the queue", n)
			}
		},
		popped: at(netfault.Down, deliver), acking: at(netfault.Up, ack), pushing: at(netfault.Up, publish), pushed: at(netfault.Down, ack),
	}
}

// sink is the engine behind the indexer.
type sink struct {
	url, index string
	count      func() int
	numbers    func() (found map[int]bool, twice int)
	repeated   func() int // events that came more than once; nil where nobody counts them
}

func fakeSink(t *testing.T) sink {
	es := countingEngine(t)
	return sink{es.URL, "lines", es.Count, func() (map[int]bool, int) { return es.numbers(t) }, func() (n int) {
		es.mu.Lock()
		defer es.mu.Unlock()
		for _, times := range es.times {
			if times > 1 {
				n++
			}
		}
		return n
	}}
}

func realSink(t *testing.T) sink {
	e := engines.Need(t, "es9")
	index := e.Index(t, "castor-e2e-killpoint-")
	hits := func() []engines.Hit {
		if len(e.Indices(t, index)) == 0 {
			return nil
		}
		return e.Documents(t, index)
	}
	return sink{e.URL, index, func() int { return len(hits()) }, func() (map[int]bool, int) {
		found, all := map[int]bool{}, hits()
		for _, h := range all {
			found[int(h.Source["n"].(float64))] = true
		}
		return found, len(all) - len(found)
	}, nil}
}

// stand is a broker and an engine, each with a proxy before it.
type stand struct {
	t              *testing.T
	wire           wire
	sink           sink
	broker, engine *netfault.Proxy
}

func newStand(t *testing.T, w wire, s sink) *stand {
	return &stand{t, w, s, netfault.New(t, w.addr), netfault.New(t, strings.TrimPrefix(s.url, "http://"))}
}

// run starts one of the pair, behind the proxies or straight.
func (s *stand) run(name, conf, data string, proxied bool) *program {
	broker, engine := s.wire.addr, s.sink.url
	if proxied {
		broker, engine = s.broker.Addr, "http://"+s.engine.Addr
	}
	env := append(s.wire.env, "PORT="+broker[strings.LastIndex(broker, ":")+1:], "ES="+engine, "INDEX="+s.sink.index)
	return start(s.t, name, env, "-f", write(s.t, name+".conf", conf), "--path.data", data, "-w", "1")
}

func (s *stand) indexer(data string, proxied bool) *program {
	return s.run("indexer", `input { `+s.wire.input+` } filter { grok { match => { "message" => "^event %{INT:n:int}$" } overwrite => ["n"] } }
		output { elasticsearch { hosts => ["${ES}"] index => "${INDEX}" manage_template => false } }`, data, proxied)
}

// killAt kills a program as soon as its exchange is held.
func (s *stand) killAt(held <-chan struct{}, p *program) {
	s.t.Helper()
	select {
	case <-held:
	case <-time.After(time.Minute):
		s.t.Fatalf("the moment of the kill did not come\n%s", p.Log())
	}
	p.Kill()
	s.broker.Cut() // what is held back never comes
	s.engine.Cut()
}

// takeOver runs an indexer until it is through with so many messages, and checks that the events 0 to n-1 are there once each, and nothing else anywhere.
func (s *stand) takeOver(messages, n int, states ...string) {
	s.t.Helper()
	data := s.t.TempDir()
	p := s.indexer(data, false)
	eventually(s.t, time.Minute, "the successor is through", func() (bool, string) { return through(p, messages), p.Log() })
	p.finish()
	s.wire.empty()
	if found, twice := s.sink.numbers(); len(found) != n || twice > 0 {
		s.t.Errorf("%d of %d events are in the index, %d of them more than once", len(found), n, twice)
	}
	for _, dir := range append(states, data) {
		invoke(s.t, "indexer", nil, "", "dlq", "list", "--path.data", dir).want(s.t, 0, "no dead letters")
	}
}

var apiAddress = regexp.MustCompile(`monitoring API answers.*address=(\S+)`)

// through asks a program's monitoring API whether its pipeline runs and so many events have left it.
func through(p *program, events int) bool {
	address := apiAddress.FindStringSubmatch(p.Log())
	if address == nil || !strings.Contains(p.Log(), "pipeline starts") {
		return false
	}
	r, err := http.Get("http://" + address[1] + "/_node/stats/events")
	if err != nil {
		return false
	}
	defer r.Body.Close()
	var stats struct{ Events struct{ Out int } }
	return json.NewDecoder(r.Body).Decode(&stats) == nil && stats.Events.Out >= events
}

// TestIndexerKilledAt kills the indexer by SIGKILL at each step of a batch's way from the broker to the engine and back. Another one takes over.
func TestIndexerKilledAt(t *testing.T) {
	const n = 100 // one lease, of a stream too
	const bulk = "/_bulk"
	for _, point := range []struct {
		name          string
		hold          func(s *stand) func(*netfault.Proxy) <-chan struct{}
		engine        bool // the proxy that holds
		written, kept bool // what engine and broker have then
	}{
		{"popped, not arrived", func(s *stand) func(*netfault.Proxy) <-chan struct{} { return s.wire.popped }, false, false, true},
		{"bulk not sent", func(*stand) func(*netfault.Proxy) <-chan struct{} { return at(netfault.Up, bulk) }, true, false, true},
		{"bulk done, not answered", func(*stand) func(*netfault.Proxy) <-chan struct{} { return answerTo(bulk) }, true, true, true},
		{"acknowledgement not sent", func(s *stand) func(*netfault.Proxy) <-chan struct{} { return s.wire.acking }, false, true, true},
		{"acknowledged, not answered", func(s *stand) func(*netfault.Proxy) <-chan struct{} { return s.wire.acked }, false, true, false},
	} {
		for _, from := range []struct {
			name string
			wire func(*testing.T) wire
			sink func(*testing.T) sink
			ids  bool
		}{
			{"redis, with ids", redisWire, fakeSink, true},
			{"redis, without ids", redisWire, fakeSink, false},
			{"redis, without ids, Elasticsearch", redisWire, realSink, false},
			{"stream, with ids", streamWire, fakeSink, true},
			{"stream, without ids", streamWire, fakeSink, false},
			{"rabbitmq, with ids", rabbitWire, fakeSink, true},
			{"rabbitmq, without ids", rabbitWire, fakeSink, false},
		} {
			if strings.HasPrefix(from.name, "rabbitmq") && strings.HasPrefix(point.name, "acknowledged") {
				continue
			}
			t.Run(point.name+"/"+from.name, func(t *testing.T) {
				t.Parallel()
				s := newStand(t, from.wire(t), from.sink(t))
				s.wire.push(numbered(n, from.ids)...)
				proxy, data := s.broker, t.TempDir()
				if point.engine {
					proxy = s.engine
				}
				s.killAt(point.hold(s)(proxy), s.indexer(data, true))
				kept := 0
				if point.kept {
					kept = n
				}
				eventually(t, time.Minute, "what the dead one had is there", func() (bool, string) { return s.wire.held() == kept, fmt.Sprint(s.wire.held()) })
				if done := s.sink.count(); (done > 0) != point.written {
					t.Fatalf("%d events are in the engine at the kill", done)
				}
				s.takeOver(kept, n, data)
				if s.sink.repeated == nil {
					return
				}
				if again := s.sink.repeated(); (again > 0) != (point.written && point.kept) {
					t.Errorf("%d events came to the engine again", again)
				}
			})
		}
	}
}

// TestShipperKilledAt kills the shipper by SIGKILL before its push is with the broker, and when it is there and not confirmed. It reads the same lines
// again then: the broker may have them twice, the engine has them once.
func TestShipperKilledAt(t *testing.T) {
	const n = 300
	for _, pushed := range []bool{false, true} {
		for name, open := range map[string]func(*testing.T) wire{"redis": redisWire, "stream": streamWire, "rabbitmq": rabbitWire} {
			t.Run(fmt.Sprintf("%s/pushed=%v", name, pushed), func(t *testing.T) {
				t.Parallel()
				s := newStand(t, open(t), fakeSink(t))
				var lines strings.Builder
				for i := range n {
					fmt.Fprintf(&lines, "event %d\n", i)
				}
				data := t.TempDir()
				conf := fmt.Sprintf(`input { file { path => %q start_position => "beginning" } } output { %s }`, write(t, "app.log", lines.String()), s.wire.output)
				hold := s.wire.pushing
				if pushed {
					hold = s.wire.pushed
				}
				s.killAt(hold(s.broker), s.run("shipper", conf, data, true))
				eventually(t, time.Minute, "what was pushed is there", func() (bool, string) { return s.wire.queued() > 0 == pushed, fmt.Sprint(s.wire.queued()) })
				again := s.run("shipper", conf, data, false)
				eventually(t, time.Minute, "every line is pushed", func() (bool, string) { return through(again, n), again.Log() })
				again.finish()
				twice := s.wire.queued() - n
				if twice > 0 != pushed || twice < 0 || twice > n {
					t.Errorf("%d messages of %d lines are in the queue", n+twice, n)
				}
				s.takeOver(n+twice, n)
				if repeated := s.sink.repeated(); repeated != twice {
					t.Errorf("%d events came to the engine twice, %d were pushed twice", repeated, twice)
				}
			})
		}
	}
}
