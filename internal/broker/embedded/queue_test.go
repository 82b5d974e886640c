package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"sync"
	"testing"
	"time"

	"castor/internal/broker"

	"github.com/redis/go-redis/v9"
)

func push(t testing.TB, q *Queue, msgs ...string) {
	t.Helper()
	var b [][]byte
	for _, m := range msgs {
		b = append(b, []byte(m))
	}
	if err := q.Push(background(), b); err != nil {
		t.Fatal(err)
	}
}

func pop(t testing.TB, q *Queue, max int) broker.Lease {
	t.Helper()
	l, err := q.Pop(background(), max, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func texts(l broker.Lease) []string {
	var out []string
	for _, m := range l.Messages() {
		out = append(out, string(m))
	}
	return out
}

func depth(t testing.TB, q *Queue, ready, leased int64) {
	t.Helper()
	b, err := q.Backlog(background())
	if err != nil || b.Ready != ready || b.Leased != leased || (b.Oldest != nil) != (ready > 0) {
		t.Errorf("%d are ready and %d leased, want %d and %d; the oldest is %q (%v)", b.Ready, b.Leased, ready, leased, b.Oldest, err)
	}
}

func TestLeases(t *testing.T) {
	dir := t.TempDir()
	s, _ := start(t, Options{Dir: dir})
	q := queue(t, s, "k")
	if _, err := q.Pop(background(), 5, time.Millisecond); !errors.Is(err, broker.ErrEmpty) {
		t.Fatalf("empty queue: %v", err)
	}
	push(t, q, "1", "2", "3", "4", "5", "6")
	a, b, c := pop(t, q, 2), pop(t, q, 2), pop(t, q, 1)
	depth(t, q, 1, 5)
	if a.Redelivered(0) || a.Source(0) != "k" || a.ID(0) == a.ID(1) || a.ID(0) == "" {
		t.Errorf("a: %v %q %q", a.Redelivered(0), a.Source(0), a.ID(0))
	}
	if err := b.Ack(background()); err != nil {
		t.Fatal(err)
	}
	depth(t, q, 1, 3)
	id := a.ID(0)
	a.Messages()[0][0] = 'X' // the holder's right
	if err := a.Nack(background(), errors.New("engine away")); err != nil {
		t.Fatal(err)
	}
	if st := q.Status(); st.State != broker.Connected || st.Err == nil || st.Counts.Nacked != 2 {
		t.Errorf("status %+v", st)
	}
	depth(t, q, 3, 1)
	again := pop(t, q, 5)
	if got := texts(again); !reflect.DeepEqual(got, []string{"1", "2"}) || !again.Redelivered(0) || again.ID(0) != id {
		t.Errorf("after Nack: %v %v %q", got, again.Redelivered(0), again.ID(0))
	}
	if err := again.Ack(background()); err != nil {
		t.Fatal(err)
	}
	if err := again.Ack(background()); !errors.Is(err, broker.ErrFenced) {
		t.Errorf("second Ack: %v", err)
	}
	_ = c // never acknowledged
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s, _ = start(t, Options{Dir: dir})
	q = queue(t, s, "k")
	back := pop(t, q, 10)
	if got := texts(back); !reflect.DeepEqual(got, []string{"5", "6"}) || !back.Redelivered(0) || back.ID(0) != c.ID(0) {
		t.Errorf("after a restart: %v", got)
	}
}

func TestAckOutOfOrderSurvivesAsPrefix(t *testing.T) {
	dir := t.TempDir()
	s, _ := start(t, Options{Dir: dir})
	q := queue(t, s, "k")
	push(t, q, "1", "2", "3")
	a, b := pop(t, q, 1), pop(t, q, 1)
	if err := b.Ack(background()); err != nil {
		t.Fatal(err)
	}
	_ = a
	s.Close()
	s, _ = start(t, Options{Dir: dir})
	if got := texts(pop(t, queue(t, s, "k"), 9)); !reflect.DeepEqual(got, []string{"1", "2", "3"}) {
		t.Errorf("got %v: what was not acknowledged and all behind it must be there", got)
	}
}

func TestClosedQueueGivesLeasesBack(t *testing.T) {
	s, _ := start(t, Options{})
	a, b := queue(t, s, "k"), queue(t, s, "k")
	push(t, a, "1", "2")
	l := pop(t, a, 2)
	got := make(chan []string, 1)
	go func() {
		l, err := b.Pop(background(), 2, 10*time.Second)
		if err != nil {
			got <- nil
			return
		}
		got <- texts(l)
	}()
	a.Close()
	if g := <-got; !reflect.DeepEqual(g, []string{"1", "2"}) {
		t.Errorf("the other consumer got %v", g)
	}
	if err := l.Ack(background()); !errors.Is(err, broker.ErrFenced) {
		t.Errorf("Ack after Close: %v", err)
	}
	if err := a.Push(background(), [][]byte{{1}}); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("Push after Close: %v", err)
	}
	if _, err := a.Pop(background(), 1, time.Second); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("Pop after Close: %v", err)
	}
}

func TestPushWaitsForRoomAndRefusesWhatNeverFits(t *testing.T) {
	s, _ := start(t, Options{MaxRequest: 8 << 10, MaxBytes: 16 << 10})
	q := queue(t, s, "k")
	err := q.Push(background(), [][]byte{make([]byte, 10), make([]byte, 9<<10), make([]byte, 20)})
	var pe *broker.PushError
	if !errors.As(err, &pe) || len(pe.Failed) != 1 || pe.Failed[0].Index != 1 {
		t.Fatalf("too large: %v", err)
	}
	var full error
	for range 10 {
		ctx, cancel := context.WithTimeout(background(), 100*time.Millisecond)
		full = q.Push(ctx, [][]byte{make([]byte, 4<<10)})
		cancel()
		if full != nil {
			break
		}
	}
	if !errors.Is(full, context.DeadlineExceeded) || q.Status().State != broker.Congested {
		t.Fatalf("full: %v, %v", full, q.Status().State)
	}
	done := make(chan error, 1)
	go func() { done <- q.Push(background(), [][]byte{[]byte("late")}) }()
	for b, _ := q.Backlog(background()); b.Ready > 0; b, _ = q.Backlog(background()) {
		if err := pop(t, q, 100).Ack(background()); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Errorf("the waiting push: %v", err)
	}
}

func TestIdsOfANewListAreNew(t *testing.T) {
	dir := t.TempDir()
	s, _ := start(t, Options{Dir: dir})
	push(t, queue(t, s, "k"), "1")
	id := pop(t, queue(t, s, "k"), 1).ID(0)
	s.Close()
	os.RemoveAll(dir)
	s, _ = start(t, Options{Dir: dir})
	push(t, queue(t, s, "k"), "1")
	if again := pop(t, queue(t, s, "k"), 1).ID(0); again == id {
		t.Errorf("a new list's message has an old one's id %s", id)
	}
}

// What was answered before a SIGKILL is there after it, and many clients'
// pipelines too.
func TestSIGKILL(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "EMBEDDED_TEST_CRASH_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the server does not start")
	}
	addr := lines.Text()
	accepted := make([]int, 4)
	var wg sync.WaitGroup
	for w := range accepted {
		wg.Go(func() {
			c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
			defer c.Close()
			for {
				pipe := c.Pipeline()
				for i := range 10 {
					pipe.RPush(background(), "k", fmt.Sprintf("%d/%d", w, accepted[w]+i))
				}
				if _, err := pipe.Exec(background()); err != nil {
					return
				}
				accepted[w] += 10
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	cmd.Process.Kill()
	wg.Wait()
	cmd.Wait()

	s, _ := start(t, Options{Dir: dir})
	q := queue(t, s, "k")
	seen := map[string]bool{}
	for {
		l, err := q.Pop(background(), 1000, 10*time.Millisecond)
		if errors.Is(err, broker.ErrEmpty) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range texts(l) {
			seen[m] = true
		}
		if err := l.Ack(background()); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for w, n := range accepted {
		total += n
		for i := range n {
			if !seen[fmt.Sprintf("%d/%d", w, i)] {
				t.Fatalf("message %d of client %d was accepted and is lost", i, w)
			}
		}
	}
	if total == 0 {
		t.Fatal("nothing was accepted")
	}
}
