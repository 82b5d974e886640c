package broker

import (
	"sync"
	"time"
)

// State is the health of a connection in one word.
type State int

// The states of a connection.
const (
	Connecting State = iota // not there yet, or trying again after a fault
	Connected               // the last exchange went well
	Congested               // connected, but the queue or the broker is full: waiting
	Closed                  // by us
)

// String is the state as the API shows it.
func (s State) String() string {
	return [...]string{"connecting", "connected", "congested", "closed"}[s]
}

// Status is the health of a producer or consumer at one moment.
type Status struct {
	State  State
	Since  time.Time // when State began
	Addr   string    // the broker now used, without secrets
	Reason string    // why it is not Connected, a sentence; empty when it is
	Class  Class     // of the fault behind Reason
	Err    error     // the last fault, kept after it has passed
	ErrAt  time.Time
	Counts Counts
}

// Counts are totals since the start.
type Counts struct {
	Messages    uint64 // confirmed by the broker (producer) or leased (consumer)
	Bytes       uint64 // of those messages
	Batches     uint64
	Acked       uint64 // messages
	Nacked      uint64 // messages given back, or refused by the broker (producer)
	Fenced      uint64 // leases that another consumer had taken over
	Recovered   uint64 // leases taken over from dead consumers
	Redelivered uint64 // messages that had been delivered before
	Retries     uint64 // batches sent again
	Connects    uint64
	Errors      uint64
	Returned    uint64 // messages that an exchange could not route (RabbitMQ, mandatory)
}

// Monitor keeps a Status and tells a listener about each change of state. Its zero value is ready.
type Monitor struct {
	// OnChange, when set before use, is called after a change of State, Reason or Class. It must not block.
	OnChange func(Status)

	mu sync.Mutex
	st Status
}

// Status is a copy of what is known.
func (m *Monitor) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.st
}

// Up notes a working connection to addr.
func (m *Monitor) Up(addr string) {
	m.change(func(st *Status) {
		st.State, st.Addr, st.Reason, st.Class = Connected, addr, "", Unknown
	})
}

// Fault notes an error: the connection is being tried again.
func (m *Monitor) Fault(err *Error) { m.fault(Connecting, err) }

// Full notes back-pressure: the connection works, the broker takes nothing more for now.
func (m *Monitor) Full(err *Error) { m.fault(Congested, err) }

// Down notes that we closed the connection.
func (m *Monitor) Down() {
	m.change(func(st *Status) { st.State, st.Reason, st.Class = Closed, "", Unknown })
}

// Count changes the counters.
func (m *Monitor) Count(f func(*Counts)) {
	m.mu.Lock()
	f(&m.st.Counts)
	m.mu.Unlock()
}

func (m *Monitor) fault(s State, err *Error) {
	m.change(func(st *Status) {
		st.State, st.Reason, st.Class, st.Err, st.ErrAt = s, err.Error(), err.Class, err, time.Now()
		if err.Addr != "" {
			st.Addr = err.Addr
		}
		st.Counts.Errors++
	})
}

func (m *Monitor) change(f func(*Status)) {
	m.mu.Lock()
	was := m.st
	if was.State == Closed {
		m.mu.Unlock()
		return
	}
	f(&m.st)
	now := m.st
	if m.st.State != was.State || was.Since.IsZero() {
		m.st.Since = time.Now()
		now.Since = m.st.Since
	}
	m.mu.Unlock()
	changed := now.State != was.State || now.Reason != was.Reason || now.Class != was.Class
	if changed && m.OnChange != nil {
		m.OnChange(now)
	}
}
