package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"castor/internal/broker"
	"castor/internal/testkit/netfault"
	"castor/internal/testkit/servers"
)

func numbers(from, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, "m%d", from+i)
	}
	return out
}

func mustPush(t testing.TB, p *Producer, msgs [][]byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := p.Push(ctx, msgs); err != nil {
		t.Fatalf("%v; status %+v", err, p.Status())
	}
}

// collect leases and acknowledges until n different messages came, and counts each.
func collect(t testing.TB, c *Consumer, n int) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for deadline := time.Now().Add(90 * time.Second); len(seen) < n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d messages came; status %+v", len(seen), n, c.Status())
		}
		l, err := c.Pop(context.Background(), 50, time.Second)
		if err != nil {
			continue // told by the status; what counts is that all messages come
		}
		for _, m := range l.Messages() {
			seen[string(m)]++
		}
		_ = l.Ack(context.Background())
	}
	return seen
}

func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come to that: %s", what)
		}
	}
}

func pump(t *testing.T, p *Producer, c *Consumer, n int, fault func()) map[string]int {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; i < n; i += 20 {
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			if err := p.Push(ctx, numbers(i, 20)); err != nil {
				t.Errorf("%v; status %+v", err, p.Status())
			}
			cancel()
			time.Sleep(2 * time.Millisecond)
		}
	})
	wg.Go(fault)
	seen := collect(t, c, n)
	wg.Wait()
	return seen
}

func TestNetworkFaults(t *testing.T) {
	srv := servers.RabbitMQ(t)
	for name, fault := range map[string]func(*netfault.Proxy){
		"cut":        (*netfault.Proxy).Cut,
		"refused":    (*netfault.Proxy).Refuse,
		"lost reply": func(p *netfault.Proxy) { p.Drop(netfault.Down) },
		"lost send":  func(p *netfault.Proxy) { p.Drop(netfault.Up) },
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			proxy := netfault.New(t, srv.Addr)
			o := Options{Hosts: []string{proxy.Addr}, ReconnectInterval: 100 * time.Millisecond, ConnectionTimeout: time.Second}
			q := Queue{Name: "q." + t.Name(), Durable: true}
			p := producer(t, ProducerOptions{Options: o, Key: q.Name, Persistent: true, Queue: &q})
			c := consumer(t, ConsumerOptions{Options: o, Queue: q})
			pump(t, p, c, 1000, func() {
				for range 4 {
					time.Sleep(100 * time.Millisecond)
					fault(proxy)
					time.Sleep(100 * time.Millisecond)
					proxy.Heal()
				}
			})
			if p.Status().Counts.Errors+c.Status().Counts.Errors == 0 {
				t.Error("the fault did not reach us")
			}
		})
	}
}

func TestHalfOpenConnectionIsGivenUp(t *testing.T) {
	srv := servers.RabbitMQ(t)
	proxy := netfault.New(t, srv.Addr)
	q := Queue{Name: "q." + t.Name(), Durable: true}
	c := consumer(t, ConsumerOptions{Options: Options{Hosts: []string{proxy.Addr}, Heartbeat: time.Second, ConnectionTimeout: time.Second}, Queue: q})
	until(t, "connected", func() bool { return c.Status().State == broker.Connected })
	proxy.Blackhole()
	until(t, "noticed by heartbeats", func() bool { return c.Status().State == broker.Connecting })
	proxy.Heal()
	mustPush(t, producer(t, ProducerOptions{Options: Options{Hosts: []string{srv.Addr}}, Key: q.Name}), numbers(0, 10))
	collect(t, c, 10)
}

func TestBrokerKilledAndBlocked(t *testing.T) {
	srv := servers.OwnRabbitMQ(t, "")
	o := Options{Hosts: []string{srv.Addr}, ReconnectInterval: 200 * time.Millisecond}
	for _, kind := range []string{"classic", "quorum"} {
		t.Run(kind, func(t *testing.T) {
			q := Queue{Name: "q." + kind, Durable: true, Arguments: map[string]any{"x-queue-type": kind}}
			p := producer(t, ProducerOptions{Options: o, Key: q.Name, Persistent: true, Queue: &q})
			mustPush(t, p, numbers(0, 100)) // RabbitMQ 3.10 does not bear two who declare a new quorum queue at once
			if kind == "quorum" {           // nor that it is killed before a new queue is in its files: it finds neither leader nor messages then
				srv.StopNode(t)
				if err := srv.Start(); err != nil {
					t.Fatal(err)
				}
			}
			c := consumer(t, ConsumerOptions{Options: o, Queue: q})
			l, err := c.Pop(context.Background(), 10, 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			seen := pump(t, p, c, 2000, func() {
				time.Sleep(100 * time.Millisecond)
				srv.Kill()
				if err := srv.Start(); err != nil {
					t.Error(err)
				}
			})
			for _, m := range l.Messages() {
				if seen[string(m)] == 0 {
					t.Errorf("%s, which was leased as the broker died, did not come again", m)
				}
			}
			if err := l.Ack(context.Background()); !errors.Is(err, broker.ErrFenced) {
				t.Errorf("ack of a lease from before: %v", err)
			}
		})
	}
	t.Run("blocked", func(t *testing.T) {
		q := Queue{Name: "q.blocked", Durable: true}
		p := producer(t, ProducerOptions{Options: o, Key: q.Name, Persistent: true, Queue: &q})
		mustPush(t, p, numbers(0, 1))
		srv.Ctl(t, "set_vm_memory_high_watermark", "0.00001")
		done := make(chan error, 1)
		go func() { done <- p.Push(context.Background(), numbers(1, 100)) }()
		until(t, "blocked", func() bool { return p.Status().Class == broker.Blocked })
		if s := p.Status(); s.State != broker.Congested || !strings.Contains(s.Reason, "memory") {
			t.Errorf("status %+v", s)
		}
		select {
		case err := <-done:
			t.Errorf("push to a blocked broker ends: %v", err)
		default:
		}
		srv.Ctl(t, "set_vm_memory_high_watermark", "0.9")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		until(t, "connected", func() bool { return p.Status().State == broker.Connected })
		collect(t, consumer(t, ConsumerOptions{Options: o, Queue: q}), 101)
	})
}

func TestFaultsInWords(t *testing.T) {
	srv := servers.RabbitMQ(t)
	srv.Ctl(t, "add_user", "s3user", "s3cret")
	t.Cleanup(func() { srv.Ctl(t, "delete_user", "s3user") })
	at := func(o Options) Options {
		o.Hosts, o.ReconnectInterval = []string{srv.Addr}, 50*time.Millisecond
		return o
	}
	taken := Queue{Name: "taken", Durable: true}
	mustPush(t, producer(t, ProducerOptions{Options: at(Options{}), Key: "taken", Queue: &taken}), numbers(0, 1))
	f := func(name string, want broker.Class, words string, o ConsumerOptions) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			c := consumer(t, o)
			until(t, "a fault", func() bool { return c.Status().Err != nil })
			_, err := c.Pop(context.Background(), 1, 100*time.Millisecond)
			var e *broker.Error
			if !errors.As(err, &e) || e.Class != want || !strings.Contains(err.Error(), words) {
				t.Errorf("error %v of class %v; want class %v, %q in it", err, c.Status().Class, want, words)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("it tells the password: %v", err)
			}
		})
	}
	q := Queue{Name: "new", Durable: true}
	f("wrong password", broker.Auth, "check user and password", ConsumerOptions{Options: at(Options{User: "guest", Password: "s3cret-no"}), Queue: q})
	f("no vhost", broker.NotFound, "list_vhosts", ConsumerOptions{Options: at(Options{VHost: "nowhere"}), Queue: q})
	f("no permission", broker.Permission, "set_permissions", ConsumerOptions{Options: at(Options{User: "s3user", Password: "s3cret"}), Queue: q})
	f("inequivalent", broker.WrongType, "set the option to the current value", ConsumerOptions{Options: at(Options{}), Queue: Queue{Name: "taken"}})
	f("passive", broker.NotFound, "leave out passive", ConsumerOptions{Options: at(Options{}), Queue: Queue{Name: "absent", Passive: true}})
	f("exchange type", broker.Config, "plugin", ConsumerOptions{Options: at(Options{}), Queue: q, Exchange: Exchange{Name: "x", Type: "x-nonsense"}})
	f("no exchange", broker.NotFound, "declare it", ConsumerOptions{Options: at(Options{}), Queue: q, Exchange: Exchange{Name: "absent"}})
	f("nobody", broker.Unreachable, "nothing listens", ConsumerOptions{Options: Options{Hosts: []string{"127.0.0.1:" + strconv.Itoa(servers.FreePort(t))}}, Queue: q})
}

func TestExchanges(t *testing.T) {
	srv := servers.RabbitMQ(t)
	o := Options{Hosts: []string{srv.Addr}}
	f := func(kind string, bindKeys []string, bindArgs map[string]any, send Message, lost Message) {
		t.Helper()
		t.Run(kind, func(t *testing.T) {
			x := Exchange{Name: "x." + kind, Type: kind, Durable: true}
			c := consumer(t, ConsumerOptions{Options: o, Queue: Queue{Name: "q." + t.Name(), Durable: true}, Exchange: x, Keys: bindKeys, BindArgs: bindArgs})
			until(t, "bound", func() bool { return c.Status().State == broker.Connected })
			p := producer(t, ProducerOptions{Options: o, Exchange: x})
			send.Body, lost.Body = []byte("take"), []byte("lost")
			if err := p.Publish(context.Background(), []Message{lost, send}); err != nil {
				t.Fatal(err)
			}
			var came []string
			for len(came) == 0 || came[len(came)-1] != "take" { // each may be a lease of its own
				l, err := c.Pop(context.Background(), 10, 20*time.Second)
				if err != nil {
					t.Fatalf("after the messages %q: %v", came, err)
				}
				for _, m := range l.Messages() {
					came = append(came, string(m))
				}
				_ = l.Ack(context.Background())
			}
			if all := kind == "fanout" || kind == "x-consistent-hash"; !all && len(came) != 1 {
				t.Errorf("messages %q", came)
			}
		})
	}
	f("direct", []string{"a", "b"}, nil, Message{Key: "b"}, Message{Key: "c"})
	f("fanout", nil, nil, Message{Key: "b"}, Message{Key: "c"})
	f("topic", []string{"logs.*"}, nil, Message{Key: "logs.x"}, Message{Key: "other.x"})
	f("headers", nil, map[string]any{"x-match": "all", "k": "v"},
		Message{Properties: &Properties{Headers: map[string]any{"k": "v"}}}, Message{Properties: &Properties{Headers: map[string]any{"k": "w"}}})
	f("x-consistent-hash", []string{"1"}, nil, Message{Key: "b"}, Message{Key: "c"})
}

func TestPropertiesTravel(t *testing.T) {
	srv := servers.RabbitMQ(t)
	o := Options{Hosts: []string{srv.Addr}}
	q := Queue{Name: "q." + t.Name(), Durable: true}
	props := Properties{ContentType: "application/json", ContentEncoding: "identity", CorrelationID: "c1", ReplyTo: "r", MessageID: "id-7",
		Type: "t", AppID: "app", UserID: "guest", Priority: 3, Timestamp: time.Unix(1700000000, 0), Headers: map[string]any{"h": "v"}}
	p := producer(t, ProducerOptions{Options: o, Key: q.Name, Queue: &q, Persistent: true, Properties: props})
	mustPush(t, p, numbers(0, 1))
	c := consumer(t, ConsumerOptions{Options: o, Queue: q})
	l, err := c.Pop(context.Background(), 10, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if l.ID(0) != "id-7" || l.Source(0) != q.Name {
		t.Errorf("id %q, source %q", l.ID(0), l.Source(0))
	}
	m := l.(Described).Metadata(0)
	if m.RoutingKey != q.Name || m.Redelivered || !m.Persistent || m.ConsumerTag == "" {
		t.Errorf("metadata %+v", m)
	}
	if got := fmt.Sprintf("%+v", m.Properties); got != fmt.Sprintf("%+v", props) {
		t.Errorf("properties %s", got)
	}
}

func TestUnroutableIsNotLost(t *testing.T) {
	srv := servers.RabbitMQ(t)
	o := Options{Hosts: []string{srv.Addr}, ReconnectInterval: 100 * time.Millisecond}
	x := Exchange{Name: "x.mandatory", Type: "direct", Durable: true}
	t.Cleanup(func() { srv.Ctl(t, "delete_queue", "q."+t.Name()) })
	p := producer(t, ProducerOptions{Options: o, Exchange: x, Key: "k", Mandatory: true})
	done := make(chan error, 1)
	go func() { done <- p.Push(context.Background(), numbers(0, 20)) }()
	until(t, "refused", func() bool { return p.Status().State == broker.Congested })
	c := consumer(t, ConsumerOptions{Options: o, Queue: Queue{Name: "q." + t.Name(), Durable: true}, Exchange: x, Keys: []string{"k"}})
	collect(t, c, 20)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestFullQueueHoldsBack(t *testing.T) {
	srv := servers.RabbitMQ(t)
	o := Options{Hosts: []string{srv.Addr}, ReconnectInterval: 100 * time.Millisecond}
	q := Queue{Name: "q." + t.Name(), Durable: true, Arguments: map[string]any{"x-max-length": 10, "x-overflow": "reject-publish"}}
	p := producer(t, ProducerOptions{Options: o, Key: q.Name, Queue: &q})
	done := make(chan error, 1)
	go func() { done <- p.Push(context.Background(), numbers(0, 50)) }()
	until(t, "refused", func() bool { return p.Status().State == broker.Congested })
	collect(t, consumer(t, ConsumerOptions{Options: o, Queue: q}), 50)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestWhatCanNeverBeSent(t *testing.T) {
	srv := servers.RabbitMQ(t)
	o := Options{Hosts: []string{srv.Addr}}
	q := Queue{Name: "q." + t.Name(), Durable: true}
	p := producer(t, ProducerOptions{Options: o, Key: q.Name, Queue: &q, MaxMessage: 100})
	err := p.Publish(context.Background(), []Message{
		{Key: q.Name, Body: []byte("good")},
		{Key: q.Name, Body: make([]byte, 101)},
		{Key: strings.Repeat("k", 256), Body: []byte("x")},
		{Key: q.Name, Body: []byte("x"), Properties: &Properties{Headers: map[string]any{"h": struct{}{}}}},
		{Key: q.Name, Body: []byte("good too")},
	})
	var pe *broker.PushError
	if !errors.As(err, &pe) || len(pe.Failed) != 3 || pe.Failed[0].Index != 1 || pe.Failed[1].Index != 2 || pe.Failed[2].Index != 3 {
		t.Fatal(err)
	}
	collect(t, consumer(t, ConsumerOptions{Options: o, Queue: q}), 2)
}

func TestBrokersSizeLimit(t *testing.T) {
	srv := servers.OwnRabbitMQ(t, "max_message_size = 1000\n")
	o := Options{Hosts: []string{srv.Addr}, ReconnectInterval: 50 * time.Millisecond}
	q := Queue{Name: "q", Durable: true}
	p := producer(t, ProducerOptions{Options: o, Key: q.Name, Queue: &q})
	err := p.Push(context.Background(), [][]byte{[]byte("a"), make([]byte, 2000), []byte("b")})
	var pe *broker.PushError
	if !errors.As(err, &pe) || len(pe.Failed) != 1 || pe.Failed[0].Index != 1 {
		t.Fatal(err)
	}
	collect(t, consumer(t, ConsumerOptions{Options: o, Queue: q}), 2)
}

func TestQueueDeletedComesBack(t *testing.T) {
	srv := servers.RabbitMQ(t)
	o := Options{Hosts: []string{srv.Addr}, ReconnectInterval: 50 * time.Millisecond}
	q := Queue{Name: "q." + t.Name(), Durable: true}
	c := consumer(t, ConsumerOptions{Options: o, Queue: q})
	until(t, "connected", func() bool { return c.Status().State == broker.Connected })
	srv.Ctl(t, "delete_queue", q.Name)
	until(t, "declared again", func() bool { return c.Status().Counts.Connects > 1 })
	mustPush(t, producer(t, ProducerOptions{Options: o, Key: q.Name}), numbers(0, 5))
	collect(t, c, 5)
}

func TestAcknowledgementsOutOfOrder(t *testing.T) {
	srv := servers.RabbitMQ(t)
	o := Options{Hosts: []string{srv.Addr}}
	q := Queue{Name: "q." + t.Name(), Durable: true}
	mustPush(t, producer(t, ProducerOptions{Options: o, Key: q.Name, Queue: &q}), numbers(0, 50))
	c := consumer(t, ConsumerOptions{Options: o, Queue: q, Prefetch: 50})
	var held []broker.Lease
	for n := 0; n < 50; {
		l, err := c.Pop(context.Background(), 10, 20*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		n += len(l.Messages())
		held = append(held, l)
	}
	for _, l := range held[1:] {
		if err := l.Ack(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil { // tells what waits, and leaves the first lease open
		t.Fatal(err)
	}
	got := collect(t, consumer(t, ConsumerOptions{Options: o, Queue: q}), len(held[0].Messages()))
	for _, m := range held[0].Messages() {
		if got[string(m)] != 1 {
			t.Errorf("%s did not come again: %v", m, got)
		}
	}
	if len(got) != len(held[0].Messages()) {
		t.Errorf("acknowledged messages came again: %v", got)
	}
}

func TestIdentity(t *testing.T) {
	mk := func(id Identity) *Consumer { return &Consumer{o: ConsumerOptions{Identity: id}} }
	own, plain := []byte(`{"@timestamp":"x"}`), []byte("line")
	ids := func(c *Consumer, again bool, bodies ...[]byte) []string {
		l := &lease{c: c}
		for _, b := range bodies {
			l.in = append(l.in, amqp.Delivery{Body: b, Redelivered: again})
		}
		var out []string
		for i := range bodies {
			out = append(out, l.ID(i))
		}
		if again {
			return out
		}
		c.goesBack(l)
		return out
	}
	c := mk(IdentityAuto)
	first := ids(c, false, own, plain, own)
	if first[0] == "" || first[1] != "" || first[0] == first[2] || !strings.HasPrefix(first[2], first[0]) {
		t.Errorf("ids %q", first)
	}
	if second := ids(c, true, own, plain, own); strings.Join(first, ",") != strings.Join(second, ",") {
		t.Errorf("ids %q, after redelivery %q", first, second)
	}
	if other := ids(mk(IdentityAuto), true, own); other[0] != first[0] {
		t.Errorf("another consumer says %q, not %q", other[0], first[0])
	}
	if got := ids(mk(IdentityNone), false, own); got[0] != "" {
		t.Errorf("none gives %q", got)
	}
	if got := ids(mk(IdentityContent), false, plain); got[0] == "" {
		t.Error("content gives none")
	}
}
