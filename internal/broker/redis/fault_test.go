package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/broker"
	"castor/internal/testkit/netfault"
	"castor/internal/testkit/servers"
)

// shortTTL makes recovery quick enough for tests and is long enough for a busy machine.
const shortTTL = 3 * time.Second

// child is this test binary run again as a consumer: it takes commands line by line and answers each with a line.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// TestChildConsumer is not a test: it is the child process of the tests below.
func TestChildConsumer(t *testing.T) {
	addr := os.Getenv("CASTOR_CHILD_REDIS")
	if addr == "" {
		return
	}
	c, err := NewConsumer(ConsumerOptions{Options: Options{Hosts: []string{addr}}, Key: "q", TTL: shortTTL, Name: "child"})
	if err != nil {
		t.Fatal(err)
	}
	var held []broker.Lease
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		switch in.Text() {
		case "pop":
			l, err := c.Pop(context.Background(), 10, 10*time.Second)
			if err != nil {
				fmt.Println("error", err)
				continue
			}
			held = append(held, l)
			var parts []string
			for i, m := range l.Messages() {
				parts = append(parts, l.ID(i)+"="+string(m))
			}
			fmt.Println("lease", strings.Join(parts, " "))
		case "ack":
			fmt.Println("acked", held[0].Ack(context.Background()))
			held = held[1:]
		}
	}
}

func startChild(t *testing.T, addr string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildConsumer$")
	cmd.Env = append(os.Environ(), "CASTOR_CHILD_REDIS="+addr)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &child{cmd, in, bufio.NewReader(out)}
}

func (c *child) do(t *testing.T, command string) string {
	t.Helper()
	if _, err := fmt.Fprintln(c.in, command); err != nil {
		t.Fatal(err)
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		t.Fatalf("child: %v", err)
	}
	return strings.TrimSpace(line)
}

// lease is the child's answer to "pop": messages by id.
func (c *child) lease(t *testing.T) map[string]string {
	t.Helper()
	line := c.do(t, "pop")
	rest, ok := strings.CutPrefix(line, "lease ")
	if !ok {
		t.Fatalf("child says %q", line)
	}
	out := map[string]string{}
	for p := range strings.FieldsSeq(rest) {
		id, m, _ := strings.Cut(p, "=")
		out[id] = m
	}
	return out
}

func numbers(from, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, "m%d", from+i)
	}
	return out
}

func mustPush(t testing.TB, p broker.Producer, msgs [][]byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := p.Push(ctx, msgs); err != nil {
		t.Fatal(err)
	}
}

// collect leases and acknowledges until n different messages came, and gives them by id.
func collect(t testing.TB, c broker.Consumer, n int) map[string]string {
	t.Helper()
	got, seen := map[string]string{}, map[string]bool{}
	deadline := time.Now().Add(60 * time.Second)
	for len(seen) < n {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d messages came; status %+v", len(seen), n, c.Status())
		}
		l, err := c.Pop(context.Background(), 50, time.Second)
		if err != nil {
			continue // told by the status; what counts is that all messages come
		}
		for i, m := range l.Messages() {
			got[l.ID(i)] = string(m)
			seen[string(m)] = true
		}
		if err := l.Ack(context.Background()); err != nil && !errors.Is(err, broker.ErrFenced) {
			t.Fatal(err)
		}
	}
	return got
}

func dial(t testing.TB, addr string) *goredis.Client {
	c := goredis.NewClient(&goredis.Options{Addr: addr, DisableIdentity: true, Protocol: 2})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestKilledConsumerLosesNothing(t *testing.T) {
	srv := servers.Redis(t)
	o := Options{Hosts: []string{srv.Addr}}
	mustPush(t, producer(t, ProducerOptions{Options: o, Key: "q"}), numbers(0, 100))
	dead := startChild(t, srv.Addr)
	first, second := dead.lease(t), dead.lease(t)
	if a := dead.do(t, "ack"); a != "acked <nil>" {
		t.Fatal(a)
	}
	_ = dead.cmd.Process.Kill()
	got := collect(t, consumer(t, ConsumerOptions{Options: o, Key: "q", TTL: shortTTL}), 90)
	for id, m := range second {
		if got[id] != m {
			t.Errorf("message %s had id %s, which comes again as %q", m, id, got[id])
		}
	}
	for id := range first {
		if m, again := got[id]; again {
			t.Errorf("message %s was acknowledged and came again", m)
		}
	}
	if len(got) != 90 {
		t.Errorf("%d ids, want 90", len(got))
	}
}

func TestPausedConsumerIsFenced(t *testing.T) {
	srv := servers.Redis(t)
	o := Options{Hosts: []string{srv.Addr}}
	p := producer(t, ProducerOptions{Options: o, Key: "q"})
	mustPush(t, p, numbers(0, 10))
	paused := startChild(t, srv.Addr)
	held := paused.lease(t)
	_ = paused.cmd.Process.Signal(syscall.SIGSTOP)
	c := consumer(t, ConsumerOptions{Options: o, Key: "q", TTL: shortTTL})
	got := collect(t, c, 10)
	for id, m := range held {
		if got[id] != m {
			t.Errorf("id %s was %q, is %q", id, m, got[id])
		}
	}
	if n := c.Status().Counts.Recovered; n != 1 {
		t.Errorf("%d batches recovered, want 1", n)
	}
	_ = paused.cmd.Process.Signal(syscall.SIGCONT)
	if a := paused.do(t, "ack"); a != "acked "+broker.ErrFenced.Error() {
		t.Errorf("the paused consumer's ack: %s", a)
	}
	_ = c.Close()
	mustPush(t, p, numbers(50, 3)) // it goes on
	if l := paused.lease(t); len(l) == 0 {
		t.Error("the paused consumer gets nothing any more")
	}
	if a := paused.do(t, "ack"); a != "acked <nil>" {
		t.Error(a)
	}
}

// pump pushes n messages in small batches through p and collects them with c at the same time, while fault runs.
func pump(t *testing.T, p broker.Producer, c broker.Consumer, n int, fault func()) map[string]string {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; i < n; i += 20 {
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			if err := p.Push(ctx, numbers(i, 20)); err != nil {
				t.Error(err)
			}
			cancel()
			time.Sleep(time.Millisecond)
		}
	})
	wg.Go(fault)
	got := collect(t, c, n)
	wg.Wait()
	return got
}

func TestServerKilledWithAppendOnlyFile(t *testing.T) {
	srv := servers.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
	o := Options{Hosts: []string{srv.Addr}, Timeout: 2 * time.Second}
	p := producer(t, ProducerOptions{Options: o, Key: "q"})
	c := consumer(t, ConsumerOptions{Options: o, Key: "q", TTL: shortTTL})
	pump(t, p, c, 6000, func() {
		for range 4 {
			time.Sleep(150 * time.Millisecond)
			srv.Restart()
		}
	})
	if p.Status().Counts.Errors == 0 {
		t.Error("the faults did not reach the producer")
	}
	leftovers(t, srv.Addr, c)
}

func TestNetworkFaults(t *testing.T) {
	faults := map[string]func(*netfault.Proxy){
		"cut":        (*netfault.Proxy).Cut,
		"refused":    (*netfault.Proxy).Refuse,
		"blackhole":  (*netfault.Proxy).Blackhole,
		"lost reply": func(p *netfault.Proxy) { p.Drop(netfault.Down) },
		"lost send":  func(p *netfault.Proxy) { p.Drop(netfault.Up) },
		"delay":      func(p *netfault.Proxy) { p.Delay(30 * time.Millisecond) },
	}
	for name, fault := range faults {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			srv := servers.Redis(t)
			proxy := netfault.New(t, srv.Addr)
			o := Options{Hosts: []string{proxy.Addr}, Timeout: 300 * time.Millisecond, ReconnectInterval: 100 * time.Millisecond}
			p := producer(t, ProducerOptions{Options: o, Key: "q"})
			c := consumer(t, ConsumerOptions{Options: o, Key: "q", TTL: shortTTL})
			hold := 100 * time.Millisecond
			if name == "blackhole" {
				hold = 2 * o.Timeout // what is shorter is only a delay
			}
			pump(t, p, c, 1000, func() {
				for range 4 {
					time.Sleep(60 * time.Millisecond)
					fault(proxy)
					time.Sleep(hold)
					proxy.Heal()
				}
			})
			leftovers(t, srv.Addr, c)
			// A delay is no error, and a connection that is cut between two exchanges is made anew without one.
			if p.Status().Counts.Errors+c.Status().Counts.Errors == 0 && name != "delay" && name != "cut" {
				t.Error("the fault did not reach us")
			}
		})
	}
}

// leftovers checks that a consumer which has acknowledged everything leaves no key behind, once it has closed.
func leftovers(t *testing.T, addr string, c broker.Consumer) {
	t.Helper()
	for { // what a cut connection leased behind our back comes with the next audit
		l, err := c.Pop(context.Background(), 100, shortTTL/2)
		if errors.Is(err, broker.ErrEmpty) {
			break
		}
		if err == nil {
			_ = l.Ack(context.Background())
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	keys, err := dial(t, addr).Keys(context.Background(), "*").Result()
	if err != nil || len(keys) > 0 {
		t.Errorf("keys left: %v, %v", keys, err)
	}
}

func TestDoorsAnswerLost(t *testing.T) {
	srv := servers.Redis(t)
	proxy := netfault.New(t, srv.Addr)
	c := consumer(t, ConsumerOptions{Options: Options{Hosts: []string{proxy.Addr}, Timeout: 500 * time.Millisecond}, Key: "q", TTL: shortTTL})
	if _, err := c.Pop(context.Background(), 1, 200*time.Millisecond); !errors.Is(err, broker.ErrEmpty) {
		t.Fatal(err)
	}
	proxy.Drop(netfault.Down) // the consumer stands at the door; the answer will be lost
	mustPush(t, producer(t, ProducerOptions{Options: Options{Hosts: []string{srv.Addr}}, Key: "q"}), numbers(0, 1))
	time.Sleep(100 * time.Millisecond)
	proxy.Heal()
	if got := collect(t, c, 1); len(got) != 1 {
		t.Fatal(got)
	}
	leftovers(t, srv.Addr, c)
}

func TestScriptsForgotten(t *testing.T) {
	srv := servers.Redis(t)
	o := Options{Hosts: []string{srv.Addr}}
	p, c := producer(t, ProducerOptions{Options: o, Key: "q"}), consumer(t, ConsumerOptions{Options: o, Key: "q", TTL: shortTTL})
	r := dial(t, srv.Addr)
	pump(t, p, c, 1000, func() {
		for range 10 {
			r.ScriptFlush(context.Background())
			time.Sleep(10 * time.Millisecond)
		}
	})
	if e := c.Status().Counts.Errors; e != 0 {
		t.Errorf("%d errors, last %v", e, c.Status().Err)
	}
}

func TestFullServerIsDrained(t *testing.T) {
	srv := servers.Redis(t, "--maxmemory", "6mb", "--maxmemory-policy", "noeviction")
	o := Options{Hosts: []string{srv.Addr}, ReconnectInterval: 50 * time.Millisecond}
	p := producer(t, ProducerOptions{Options: o, Key: "q"})
	big := strings.Repeat("x", 10_000)
	pushed := make(chan int)
	stop, cancel := context.WithCancel(context.Background())
	go func() {
		n := 0
		for p.Push(stop, [][]byte{fmt.Appendf(nil, "%d %s", n, big)}) == nil {
			n++
		}
		pushed <- n
	}()
	until(t, func() bool { return p.Status().State == broker.Congested })
	if s := p.Status(); s.Class != broker.Full || !strings.Contains(s.Reason, "maxmemory") {
		t.Errorf("status %+v", s)
	}
	c := consumer(t, ConsumerOptions{Options: o, Key: "q", TTL: shortTTL})
	for range 300 { // more than fit at once
		l, err := c.Pop(context.Background(), 2, 10*time.Second)
		if err != nil {
			t.Fatalf("pop from a full server: %v", err)
		}
		if err := l.Ack(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if n := <-pushed; n < 300 {
		t.Errorf("%d pushed", n)
	}
}

func until(t testing.TB, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come to that")
		}
	}
}
