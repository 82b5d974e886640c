package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"castor/internal/broker"
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/input/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// consumer gives what the test put into it, in order.
type consumer struct {
	broker.Consumer
	mu    sync.Mutex
	steps []any // *lease or error
}

func (c *consumer) Pop(ctx context.Context, _ int, _ time.Duration) (broker.Lease, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.steps) == 0 {
		return nil, broker.ErrClosed
	}
	next := c.steps[0]
	c.steps = c.steps[1:]
	if err, ok := next.(error); ok {
		return nil, err
	}
	return next.(*lease), nil
}

func (c *consumer) Close() error { return nil }

type lease struct {
	broker.Lease
	messages    []string
	id          string
	acks, nacks int
	answer      error // of Ack
}

func (l *lease) Messages() [][]byte {
	var all [][]byte
	for _, m := range l.messages {
		all = append(all, []byte(m))
	}
	return all
}

func (l *lease) ID(i int) string {
	if l.id == "" {
		return ""
	}
	return fmt.Sprintf("%s-%d", l.id, i)
}

func (l *lease) Ack(context.Context) error         { l.acks++; return l.answer }
func (l *lease) Nack(context.Context, error) error { l.nacks++; return nil }

// words is a codec that makes an event of every word; the word "none" makes none, and "id=X" brings an identity.
type words struct {
	plugin.NoEncode
	plugin.NoFlush
}

func (words) Decode(data string, emit func(*event.Event)) {
	for _, w := range strings.Fields(data) {
		if w == "none" {
			continue
		}
		e := event.New(event.Now())
		if id, ok := strings.CutPrefix(w, "id="); ok {
			e.SetID(id)
		}
		emit(e)
	}
}

func run(t *testing.T, steps []any, emit plugin.Emit) string {
	t.Helper()
	var log strings.Builder
	r := queue.Reader{
		Consumer: &consumer{steps: steps}, Max: 10, Readers: 1, Log: slog.New(slog.NewTextHandler(&log, nil)),
		NewCodec: func() (plugin.Codec, error) { return words{}, nil },
	}
	if err := r.Run(t.Context(), emit); err != nil {
		t.Fatal(err)
	}
	return log.String()
}

func TestIdentities(t *testing.T) {
	l := &lease{messages: []string{"a", "b c", "id=own"}, id: "q"}
	var ids []string
	run(t, []any{l}, func(_ context.Context, d plugin.Delivery) error {
		for _, e := range d.Events {
			ids = append(ids, e.ID())
		}
		d.Done(nil)
		return nil
	})
	if got := strings.Join(ids, " "); got != "q-0 q-1 q-1-1 own" {
		t.Errorf("got %q", got)
	}
	if l.acks != 1 || l.nacks != 0 {
		t.Errorf("%d acknowledgements, %d refusals", l.acks, l.nacks)
	}
}

func TestSettling(t *testing.T) {
	good, bad, empty, refused := &lease{messages: []string{"a"}}, &lease{messages: []string{"a"}}, &lease{messages: []string{"none"}}, &lease{messages: []string{"a"}}
	n := 0
	run(t, []any{good, bad, empty, refused}, func(_ context.Context, d plugin.Delivery) error {
		switch n++; n {
		case 1:
			d.Done(nil)
		case 2:
			d.Done(errors.New("not written"))
		case 3:
			return errors.New("the pipeline did not take it")
		}
		return nil
	})
	for name, l := range map[string]*lease{"written": good, "without events": empty} {
		if l.acks != 1 || l.nacks != 0 {
			t.Errorf("%s: %d acknowledgements, %d refusals", name, l.acks, l.nacks)
		}
	}
	for name, l := range map[string]*lease{"not written": bad, "not taken": refused} {
		if l.acks != 0 || l.nacks != 1 {
			t.Errorf("%s: %d acknowledgements, %d refusals", name, l.acks, l.nacks)
		}
	}
}

func TestFaultsAreWaitedOutAndToldOnce(t *testing.T) {
	l, fenced := &lease{messages: []string{"a"}}, &lease{messages: []string{"a"}, answer: broker.ErrFenced}
	away := errors.New("connection refused")
	log := run(t, []any{away, away, broker.ErrEmpty, l, fenced}, func(_ context.Context, d plugin.Delivery) error { d.Done(nil); return nil })
	if strings.Count(log, "connection refused") != 1 || !strings.Contains(log, "answers again") || strings.Count(log, "leases were lost") != 1 {
		t.Errorf("log:\n%s", log)
	}
	if l.acks != 1 {
		t.Error("what came after the fault was not acknowledged")
	}
}

// TestLostLeasesAreTold: once at first and then by their number, as a broker that restarts ends them all at once.
func TestLostLeasesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []any
		for range 50 {
			steps = append(steps, &lease{messages: []string{"a", "b"}, answer: broker.ErrFenced}, &lease{messages: []string{"a"}})
		}
		n := 0
		log := run(t, append(steps, &lease{messages: []string{"a"}}), func(_ context.Context, d plugin.Delivery) error {
			if n++; n > 100 {
				time.Sleep(time.Minute)
			}
			d.Done(nil)
			return nil
		})
		if strings.Count(log, "\n") != 2 || strings.Count(log, "leases were lost") != 2 || !strings.Contains(log, "events=2 times=1") || !strings.Contains(log, "events=98 times=49") {
			t.Errorf("log:\n%s", log)
		}
	})
}

// shelf is a consumer that tells what waits.
type shelf struct {
	consumer
	backlog broker.Backlog
	fault   error
}

func (s *shelf) Pop(ctx context.Context, _ int, _ time.Duration) (broker.Lease, error) {
	<-ctx.Done()
	return nil, broker.ErrClosed
}

func (s *shelf) Backlog(context.Context) (broker.Backlog, error) { return s.backlog, s.fault }

// stamped is a codec whose events are as old as the text says.
type stamped struct {
	plugin.NoEncode
	plugin.NoFlush
}

func (stamped) Decode(data string, emit func(*event.Event)) {
	age, _ := time.ParseDuration(data)
	emit(event.New(event.TimeOf(time.Now().Add(-age))))
}

func TestGauge(t *testing.T) {
	gauge := func(s *shelf) map[string]any {
		t.Helper()
		var g queue.Gauge
		if g.Figures() != nil {
			t.Error("figures before anything was measured")
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		r := queue.Reader{Consumer: s, Max: 1, Readers: 1, Log: slog.New(slog.DiscardHandler), Gauge: &g, NewCodec: func() (plugin.Codec, error) { return stamped{}, nil }}
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx, nil) }()
		for end := time.Now().Add(30 * time.Second); g.Figures() == nil; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nothing is measured")
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		return g.Figures()["queue"].(map[string]any)
	}
	q := gauge(&shelf{backlog: broker.Backlog{Ready: 7, Leased: 3, Oldest: []byte("90m")}})
	if age, _ := q["oldest_age_in_millis"].(int64); q["messages_ready"] != int64(7) || q["messages_leased"] != int64(3) || age < 5_399_000 {
		t.Errorf("%v", q)
	}
	if q := gauge(&shelf{}); q["messages_ready"] != int64(0) || q["oldest_age_in_millis"] != nil {
		t.Errorf("an empty queue: %v", q)
	}
	if q := gauge(&shelf{fault: errors.New("away")}); q["error"] != "away" || q["messages_ready"] != nil {
		t.Errorf("a broker that is away: %v", q)
	}
}
