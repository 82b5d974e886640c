package aggregate

import (
	"container/list"
	"time"

	"castor/internal/ruby/script"
)

// task is a map with what is known of its task.
type task struct {
	id            string
	origin        string // the identity of the event that began it; empty where it had none
	fields        *script.Hash
	events        int       // that came to it
	created, last time.Time // by the clock, or by the events' timestamps
	createdWall   time.Time // by the clock
	lastWall      time.Time
	timeout       *time.Duration // set by the code
	inactivity    *time.Duration
	place         *list.Element
}

// over tells whether the task timed out at a time, by the times of its first and last event.
func (t *task) over(now, created, last time.Time, timeout, inactivity time.Duration) bool {
	if t.timeout != nil {
		timeout = *t.timeout
	}
	if t.inactivity != nil {
		inactivity = *t.inactivity
	}
	return created.Before(now.Add(-timeout)) || last.Before(now.Add(-inactivity))
}

// tasks are the maps of one task_id, in the order in which they were made.
type tasks struct {
	byID  map[string]*task
	order *list.List
	owner *filter   // the filter with the timeouts
	due   time.Time // before it nothing can time out
}

func (ts *tasks) get(id string) *task { return ts.byID[id] }

func (ts *tasks) add(id string, now, wall time.Time, origin string) *task {
	t := &task{id: id, origin: origin, fields: script.NewHash(), created: now, last: now, createdWall: wall, lastWall: wall}
	ts.insert(t)
	return t
}

func (ts *tasks) insert(t *task) {
	ts.byID[t.id] = t
	t.place = ts.order.PushBack(t)
}

func (ts *tasks) remove(t *task) {
	if ts.byID[t.id] == t {
		delete(ts.byID, t.id)
		ts.order.Remove(t.place)
	}
}

// first is the oldest task, or nil.
func (ts *tasks) first() *task {
	if e := ts.order.Front(); e != nil {
		return e.Value.(*task)
	}
	return nil
}

// expired are the tasks that timed out. They are looked at only when one can have.
func (ts *tasks) expired(now time.Time, timeout, inactivity time.Duration) []*task {
	if now.Before(ts.due) {
		return nil
	}
	shortest := min(timeout, inactivity)
	ts.due = now.Add(shortest)
	var over []*task
	for e := ts.order.Front(); e != nil; e = e.Next() {
		t := e.Value.(*task)
		switch {
		case t.over(now, t.createdWall, t.lastWall, timeout, inactivity):
			over = append(over, t)
		case t.timeout != nil || t.inactivity != nil:
			ts.due = now
		default:
			ts.due = earlier(ts.due, earlier(t.createdWall.Add(timeout), t.lastWall.Add(inactivity)))
		}
	}
	return over
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// meta is map_meta as code sees it.
type meta struct{ t *task }

// Class implements script.Object.
func (*meta) Class() string { return "LogStash::Filters::Aggregate::Element" }

var metaMethods = []string{"creation_timestamp", "inactivity_timeout", "inactivity_timeout=", "lastevent_timestamp", "map", "task_id", "timeout", "timeout="}

// Methods implements script.Object.
func (*meta) Methods() []string { return metaMethods }

// Call implements script.Object.
func (m *meta) Call(name string, args []script.Value) script.Value {
	t := m.t
	switch name {
	case "timeout=", "inactivity_timeout=":
		d := asDuration(args[0])
		if name == "timeout=" {
			t.timeout = d
		} else {
			t.inactivity = d
		}
		return args[0]
	case "timeout":
		return asNumber(t.timeout)
	case "inactivity_timeout":
		return asNumber(t.inactivity)
	case "creation_timestamp":
		return script.NewTime(t.created)
	case "lastevent_timestamp":
		return script.NewTime(t.last)
	case "task_id":
		return script.Str(t.id)
	}
	return t.fields
}

func asDuration(v script.Value) *time.Duration {
	var d time.Duration
	switch n := v.(type) {
	case nil:
		return nil
	case int64:
		d = seconds(float64(n))
	case float64:
		d = seconds(n)
	default:
		script.Raise("TypeError", "a timeout is a number of seconds, not %s", script.Inspect(v))
	}
	return &d
}

func asNumber(d *time.Duration) script.Value {
	switch {
	case d == nil:
		return nil
	case *d%time.Second == 0:
		return int64(*d / time.Second)
	}
	return d.Seconds()
}
