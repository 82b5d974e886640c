package file

import (
	"context"
	"errors"
	"hash/fnv"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/tail"
)

var errAbandoned = errors.New("the input was closed")

// streams makes events of chunks. Each file has a codec of its own; the first line of every event gives it its id.
type streams struct {
	cfg      *config
	env      *plugin.Env
	hostHash string
	host     event.Value
	hostRef  event.Ref
	pathRef  event.Ref
	metaHost event.Ref
	metaPath event.Ref

	mu      sync.Mutex
	files   map[string]*stream
	hold    sync.Once
	holding chan struct{} // closed when there is a codec that may hold something
}

func newStreams(cfg *config, env *plugin.Env) *streams {
	h := fnv.New32a()
	_, _ = h.Write([]byte(env.Host))
	return &streams{
		cfg: cfg, env: env, files: map[string]*stream{}, holding: make(chan struct{}),
		hostHash: strconv.FormatUint(uint64(h.Sum32()), 36), host: event.StringValue(env.Host),
		hostRef: event.MustRef(env.ECS.Pick("host", "[host][name]")), pathRef: event.MustRef(env.ECS.Pick("path", "[log][file][path]")),
		metaHost: event.MustRef("[@metadata][host]"), metaPath: event.MustRef("[@metadata][path]"),
	}
}

// stream is one file's state: its codec, and the deliveries that wait for what the codec holds.
type stream struct {
	mu      sync.Mutex
	codec   plugin.Codec
	pending plugin.Pending // nil: the codec holds nothing between lines
	prefix  string         // of ids
	path    event.Value
	from    int64 // offset of the first line that the codec holds
	held    []*event.Origin
	used    time.Time
}

func (s *streams) stream(f *tail.FileInfo) (*stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.files[f.ID]; ok {
		st.used = time.Now()
		return st, nil
	}
	codec, err := s.cfg.Codec.New(s.env)
	if err != nil {
		return nil, err
	}
	st := &stream{codec: codec, prefix: s.hostHash + f.ID + "-", path: event.StringValue(f.Path), used: time.Now()}
	if st.pending, _ = codec.(plugin.Pending); st.pending != nil {
		s.hold.Do(func() { close(s.holding) })
	}
	s.files[f.ID] = st
	return st, nil
}

// maker collects the events of one delivery.
type maker struct {
	s     *streams
	st    *stream
	batch event.Batch
	from  int64 // offset to name the next event by
	more  int   // events that came of one line after the first
	flags tail.Flag
}

func (m *maker) emit(e *event.Event) {
	if _, ok := e.Get(m.s.hostRef); !ok {
		_ = e.Set(m.s.hostRef, m.s.host)
	}
	if _, ok := e.Get(m.s.pathRef); !ok {
		_ = e.Set(m.s.pathRef, m.st.path)
	}
	if m.flags&tail.FlagTruncated != 0 {
		e.Tag("_truncated")
	}
	id := append(make([]byte, 0, len(m.st.prefix)+16), m.st.prefix...)
	id = strconv.AppendInt(id, m.from, 36)
	if m.more > 0 {
		id = strconv.AppendInt(append(id, '.'), int64(m.more), 10)
	}
	m.more++
	if m.st.pending != nil {
		// Lines that are joined may become more after a restart: the length keeps the longer text from being taken for the shorter.
		message, _ := e.Fields().Get(event.MessageField)
		id = strconv.AppendInt(append(id, '-'), int64(len(message.Str())), 36)
	}
	_ = e.Set(m.s.metaPath, m.st.path)
	_ = e.Set(m.s.metaHost, m.s.host)
	m.s.cfg.Decorate(e)
	e.SetID(unsafe.String(unsafe.SliceData(id), len(id)))
	m.batch = append(m.batch, e)
}

// take decodes a chunk and delivers its events. The chunk is acknowledged when all events of all its lines are.
func (s *streams) take(ctx context.Context, c *tail.Chunk, emit plugin.Emit) error {
	st, err := s.stream(c.File)
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	origin := event.NewOrigin(func(err error) {
		if err != nil {
			c.Release()
			return
		}
		c.Ack()
	})
	m := &maker{s: s, st: st, batch: make(event.Batch, 0, len(c.Lines))}
	released := s.decode(c, st, m)
	if st.holds() {
		origin.Retain()
		st.held = append(st.held, origin)
	}
	return deliver(ctx, emit, m.batch, int64(len(c.Buf)), append(released, origin))
}

// decode feeds the lines to the codec and returns the deliveries that waited for what has come out now.
func (s *streams) decode(c *tail.Chunk, st *stream, m *maker) (released []*event.Origin) {
	text := string(c.Buf)
	for i, l := range c.Lines {
		at := c.LineOffset(i)
		m.from, m.more, m.flags = at, 0, l.Flags
		held := st.holds()
		if held {
			m.from = st.from
		}
		before := len(m.batch)
		st.codec.Decode(text[l.Start:l.End], m.emit)
		came := len(m.batch) > before
		if came {
			released, st.held = append(released, st.held...), nil
		}
		if !held || came {
			st.from = at
		}
	}
	return released
}

func (st *stream) holds() bool {
	if st.pending == nil {
		return false
	}
	held, _ := st.pending.Pending()
	return held
}

func deliver(ctx context.Context, emit plugin.Emit, b event.Batch, size int64, origins []*event.Origin) error {
	done := func(err error) {
		for _, o := range origins {
			o.Release(err)
		}
	}
	if len(b) == 0 {
		done(nil)
		return nil
	}
	if err := emit(ctx, plugin.Delivery{Events: b, Bytes: size, Done: done}); err != nil {
		done(err)
		return err
	}
	return nil
}

// forgetAfter is how long a file that gives no lines keeps its codec.
const forgetAfter = 10 * time.Minute

// flushLoop lets codecs go of what they hold when its time has come, and forgets those of files that are quiet.
func (s *streams) flushLoop(ctx context.Context, emit plugin.Emit) {
	ticker := time.NewTicker(forgetAfter / 10)
	defer ticker.Stop()
	holding := s.holding
	for {
		select {
		case <-holding:
			ticker.Reset(250 * time.Millisecond)
			holding = nil
		case <-ticker.C:
			s.flush(ctx, emit, false)
		case <-ctx.Done():
			return
		}
	}
}

func (s *streams) flush(ctx context.Context, emit plugin.Emit, final bool) {
	s.mu.Lock()
	due := make([]*stream, 0, 8)
	now := time.Now()
	for id, st := range s.files {
		if st.pending != nil {
			due = append(due, st)
		}
		if now.Sub(st.used) > forgetAfter && (st.pending == nil || !st.holds()) {
			delete(s.files, id)
		}
	}
	s.mu.Unlock()
	for _, st := range due {
		s.flushStream(ctx, st, emit, final)
	}
}

func (s *streams) flushStream(ctx context.Context, st *stream, emit plugin.Emit, final bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	held, until := st.pending.Pending()
	if !held || !final && (until.IsZero() || time.Now().Before(until)) {
		return
	}
	m := &maker{s: s, st: st, from: st.from}
	st.codec.Flush(m.emit)
	released := st.held
	st.held = nil
	_ = deliver(ctx, emit, m.batch, 0, released)
}

// abandon gives back what codecs still hold: it is read again after the next start.
func (s *streams) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.files {
		st.mu.Lock()
		for _, o := range st.held {
			o.Release(errAbandoned)
		}
		st.held = nil
		st.mu.Unlock()
	}
}
