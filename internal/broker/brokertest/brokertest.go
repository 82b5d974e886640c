// Package brokertest is the contract of a broker as a test that every implementation runs. It imports broker only.
package brokertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/broker"
)

// Broker makes ends of one and the same queue, which is empty at first. Each call makes a new connection.
type Broker struct {
	Producer func(t *testing.T) broker.Producer
	Consumer func(t *testing.T) broker.Consumer
	// NoIDs says that messages have no id that survives a redelivery.
	NoIDs bool
	// NackAtTail says that what is given back is delivered after what waits already.
	NackAtTail bool
}

// Run runs the contract, its parts at the same time. open makes a fresh queue for each part.
func Run(t *testing.T, open func(t *testing.T) Broker) {
	parts := map[string]func(*testing.T, Broker){
		"in order, once":                   inOrder,
		"nothing there":                    empty,
		"a wait ends when a message comes": wakes,
		"refused comes again":              nack,
		"left open comes again":            closing,
		"bytes are bytes":                  binary,
		"many at once":                     shared,
		"ends with its context":            cancelled,
		"closed is closed":                 closed,
		"counts":                           counts,
	}
	for name, part := range parts {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			part(t, open(t))
		})
	}
}

// Wait is how long the contract waits for what must come.
const Wait = 20 * time.Second

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return c
}

func numbered(from, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, `{"n":%d}`, from+i)
	}
	return out
}

func push(t *testing.T, p broker.Producer, msgs [][]byte) {
	t.Helper()
	if err := p.Push(ctx(t), msgs); err != nil {
		t.Fatalf("push: %v", err)
	}
}

// pop leases once and must get something.
func pop(t *testing.T, c broker.Consumer, max int) broker.Lease {
	t.Helper()
	l, err := c.Pop(ctx(t), max, Wait)
	if err != nil {
		t.Fatalf("pop: %v", err)
	}
	if n := len(l.Messages()); n == 0 || n > max {
		t.Fatalf("a lease of %d messages, want 1 to %d", n, max)
	}
	return l
}

func ack(t *testing.T, l broker.Lease) {
	t.Helper()
	if err := l.Ack(ctx(t)); err != nil {
		t.Fatalf("ack: %v", err)
	}
}

// none checks that the queue has nothing for us.
func none(t *testing.T, c broker.Consumer) {
	t.Helper()
	l, err := c.Pop(ctx(t), 10, 300*time.Millisecond)
	if !errors.Is(err, broker.ErrEmpty) {
		t.Fatalf("pop of an empty queue: lease %v, error %v; want ErrEmpty", l, err)
	}
}

func same(t *testing.T, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d", len(got), len(want))
	}
	for i := range got {
		if string(got[i]) != string(want[i]) {
			t.Fatalf("message %d is %.80q, want %.80q", i, got[i], want[i])
		}
	}
}

func inOrder(t *testing.T, b Broker) {
	p, c := b.Producer(t), b.Consumer(t)
	want := numbered(0, 1000)
	push(t, p, want[:1])
	push(t, p, want[1:700])
	push(t, p, nil)
	push(t, p, want[700:])
	var got [][]byte
	ids := map[string]bool{}
	for len(got) < len(want) {
		l := pop(t, c, 64)
		for i, m := range l.Messages() {
			got = append(got, m)
			if !b.NoIDs && (l.ID(i) == "" || ids[l.ID(i)]) {
				t.Fatalf("id %q of message %d is empty or not its own", l.ID(i), len(got))
			}
			ids[l.ID(i)] = true
			if l.Redelivered(i) {
				t.Fatalf("message %d says that it was delivered before", len(got))
			}
			if l.Source(i) == "" {
				t.Fatal("no source")
			}
		}
		ack(t, l)
	}
	same(t, got, want)
	none(t, c)
}

func empty(t *testing.T, b Broker) {
	c := b.Consumer(t)
	none(t, c)
	none(t, c)
	if l, err := c.Pop(ctx(t), 10, 0); !errors.Is(err, broker.ErrEmpty) {
		t.Fatalf("without a wait: %v, %v", l, err)
	}
}

func wakes(t *testing.T, b Broker) {
	p, c := b.Producer(t), b.Consumer(t)
	none(t, c)
	got := make(chan broker.Lease, 1)
	go func() {
		l, _ := c.Pop(ctx(t), 10, Wait)
		got <- l
	}()
	time.Sleep(100 * time.Millisecond)
	push(t, p, numbered(7, 1))
	l := <-got
	if l == nil {
		t.Fatal("nothing came")
	}
	same(t, l.Messages(), numbered(7, 1))
	ack(t, l)
	none(t, c)
}

func nack(t *testing.T, b Broker) {
	p, c := b.Producer(t), b.Consumer(t)
	push(t, p, numbered(0, 20))
	first := popAll(t, c, 10, 10)
	ids := idsOf(first)
	for _, l := range first {
		if err := l.Nack(ctx(t), errors.New("the index is away")); err != nil {
			t.Fatal(err)
		}
	}
	again := popAll(t, c, 10, 20)
	seen := map[string]string{}
	var order [][]byte
	for _, l := range again {
		for i, m := range l.Messages() {
			seen[string(m)] = l.ID(i)
			order = append(order, m)
			if _, was := ids[string(m)]; was && !l.Redelivered(i) {
				t.Errorf("message %s does not say that it was delivered before", m)
			}
		}
		ack(t, l)
	}
	if !b.NackAtTail {
		same(t, order, numbered(0, 20))
	}
	for m, id := range ids {
		if seen[m] != id && !b.NoIDs {
			t.Errorf("message %s had id %q, comes again with %q", m, id, seen[m])
		}
	}
	none(t, c)
}

// popAll leases until it has n messages.
func popAll(t *testing.T, c broker.Consumer, max, n int) []broker.Lease {
	t.Helper()
	var out []broker.Lease
	for got := 0; got < n; {
		l := pop(t, c, min(max, n-got))
		got += len(l.Messages())
		out = append(out, l)
	}
	return out
}

func idsOf(leases []broker.Lease) map[string]string {
	ids := map[string]string{}
	for _, l := range leases {
		for i, m := range l.Messages() {
			ids[string(m)] = l.ID(i)
		}
	}
	return ids
}

func closing(t *testing.T, b Broker) {
	p, c := b.Producer(t), b.Consumer(t)
	push(t, p, numbered(0, 30))
	open := popAll(t, c, 10, 20)
	ids := idsOf(open[1:])
	ack(t, open[0])
	acked := len(open[0].Messages())
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = b.Consumer(t)
	got := idsOf(popAll(t, c, 10, 30-acked))
	for m, id := range ids {
		if got[m] != id && !b.NoIDs {
			t.Errorf("message %s had id %q, comes again with %q", m, id, got[m])
		}
	}
	if len(got) != 30-acked {
		t.Errorf("%d different messages, want %d", len(got), 30-acked)
	}
}

func binary(t *testing.T, b Broker) {
	p, c := b.Producer(t), b.Consumer(t)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	want := [][]byte{all, []byte("\r\n"), []byte("ü\x00\xff"), []byte(strings.Repeat("x", 1<<20)), []byte("$-1\r\n")}
	push(t, p, want)
	var got [][]byte
	for _, l := range popAll(t, c, 5, 5) {
		got = append(got, l.Messages()...)
		ack(t, l)
	}
	same(t, got, want)
}

func shared(t *testing.T, b Broker) {
	const producers, each, consumers = 3, 2000, 3
	var wg sync.WaitGroup
	for i := range producers {
		p := b.Producer(t)
		wg.Go(func() {
			for n := 0; n < each; n += 50 {
				if err := p.Push(ctx(t), numbered(i*each+n, 50)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var mu sync.Mutex
	seen := map[string]int{}
	for range consumers {
		c := b.Consumer(t)
		for range 2 {
			wg.Go(func() { drain(t, c, &mu, seen, producers*each) })
		}
	}
	wg.Wait()
	for m, n := range seen {
		if n != 1 {
			t.Errorf("message %s came %d times", m, n)
		}
	}
}

func drain(t *testing.T, c broker.Consumer, mu *sync.Mutex, seen map[string]int, all int) {
	end := time.Now().Add(2 * Wait)
	for time.Now().Before(end) {
		mu.Lock()
		n := len(seen)
		mu.Unlock()
		if n >= all {
			return
		}
		l, err := c.Pop(ctx(t), 37, 200*time.Millisecond)
		if errors.Is(err, broker.ErrEmpty) {
			continue
		}
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		for _, m := range l.Messages() {
			seen[string(m)]++
		}
		mu.Unlock()
		if err := l.Ack(ctx(t)); err != nil {
			t.Error(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	t.Errorf("%d of %d messages came; the consumer's status is %+v", len(seen), all, c.Status())
}

func cancelled(t *testing.T, b Broker) {
	c := b.Consumer(t)
	none(t, c)
	short, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		_, err := c.Pop(short, 10, time.Hour)
		done <- err
	}()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
	case <-time.After(Wait):
		t.Fatal("pop outlives its context")
	}
	p := b.Producer(t)
	if err := p.Push(short, numbered(0, 1)); !errors.Is(err, context.Canceled) {
		t.Fatalf("push with a context that has ended: %v", err)
	}
}

func closed(t *testing.T, b Broker) {
	p, c := b.Producer(t), b.Consumer(t)
	push(t, p, numbered(0, 1))
	waiting := make(chan error, 1)
	ack(t, pop(t, c, 1))
	go func() {
		_, err := c.Pop(ctx(t), 1, time.Hour)
		waiting <- err
	}()
	time.Sleep(50 * time.Millisecond)
	for range 2 {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-waiting; !errors.Is(err, broker.ErrClosed) {
		t.Errorf("a pop that waited: %v, want ErrClosed", err)
	}
	if _, err := c.Pop(ctx(t), 1, time.Second); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("pop: %v, want ErrClosed", err)
	}
	if err := p.Push(ctx(t), numbered(0, 1)); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("push: %v, want ErrClosed", err)
	}
	if s := c.Status().State; s != broker.Closed {
		t.Errorf("state %v", s)
	}
}

func counts(t *testing.T, b Broker) {
	p, c := b.Producer(t), b.Consumer(t)
	push(t, p, numbered(0, 10))
	for _, l := range popAll(t, c, 10, 10) {
		ack(t, l)
	}
	ps, cs := p.Status(), c.Status()
	if ps.State != broker.Connected || cs.State != broker.Connected || ps.Since.IsZero() || ps.Addr == "" || cs.Addr == "" {
		t.Errorf("states: %+v, %+v", ps, cs)
	}
	if ps.Counts.Messages != 10 || ps.Counts.Bytes != 70 || cs.Counts.Messages != 10 || cs.Counts.Bytes != 70 || cs.Counts.Acked != 10 {
		t.Errorf("counts: %+v, %+v", ps.Counts, cs.Counts)
	}
	if d, ok := c.(broker.Backlogger); ok {
		backlog(t, p, d)
	}
}

// backlog checks the account of what waits. A broker may bring the messages to the consumer before it asks: then they are leased.
func backlog(t *testing.T, p broker.Producer, d broker.Backlogger) {
	push(t, p, numbered(0, 3))
	b, err := d.Backlog(ctx(t))
	for end := time.Now().Add(30 * time.Second); err == nil && b.Ready+b.Leased != 3 && time.Now().Before(end); b, err = d.Backlog(ctx(t)) {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil || b.Ready+b.Leased != 3 {
		t.Errorf("backlog %+v, %v; expected 3 messages", b, err)
	}
	if b.Oldest != nil && string(b.Oldest) != string(numbered(0, 1)[0]) {
		t.Errorf("the oldest message is %q", b.Oldest)
	}
}
