package rabbitmq

import (
	"errors"
	"sync"
	"time"

	"castor/internal/broker"
)

// silence watches over confirms that do not come: those of a quorum queue without a leader, for instance, for which the broker says nothing. After a
// while the status tells of it; after some more the session ends, so that the messages are sent again on a new one.
type silence struct {
	p *Producer
	s *session

	mu    sync.Mutex
	timer *time.Timer
	told  bool
	over  bool
}

// endAfter is how many times patience the confirms may fail to come before the session ends.
const endAfter = 4

func (p *Producer) watch(s *session) *silence {
	w := &silence{p: p, s: s}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(p.o.patience(), w.tell)
	return w
}

func (w *silence) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	st := w.p.l.mon.Status()
	switch {
	case w.over:
	case st.Class == broker.Blocked: // it said why, and will say when that ends
		w.timer.Reset(w.p.o.patience())
	case !w.told:
		w.told = true
		w.p.l.mon.Full(&broker.Error{Op: "publish", Addr: label(w.s.addr), Class: broker.Timeout,
			Err:    errors.New("the broker does not confirm what it was sent"),
			Advice: "a quorum queue without a majority or a leader, or a disk that stands still: see rabbitmqctl list_queues name leader online"})
		w.timer.Reset((endAfter - 1) * w.p.o.patience())
	default:
		w.over = true
		w.s.end()
	}
}

// progress notes a confirm.
func (w *silence) progress() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.told = false
		w.timer.Reset(w.p.o.patience())
	}
}

func (w *silence) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
}
