package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
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
	if strings.Count(log, "connection refused") != 1 || !strings.Contains(log, "answers again") || !strings.Contains(log, "took a lease over") {
		t.Errorf("log:\n%s", log)
	}
	if l.acks != 1 {
		t.Error("what came after the fault was not acknowledged")
	}
}
