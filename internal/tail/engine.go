package tail

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"castor/internal/offsets"
)

// Emit receives a chunk. It may block: that is the back-pressure. When it returns an error the chunk stays the engine's.
type Emit func(ctx context.Context, c *Chunk) error

// Engine follows the files of one Config. Make it with New; Run may be called once.
type Engine struct {
	cfg    Config
	reg    *offsets.Registry
	log    *slog.Logger
	clock  clock
	delim  []byte
	hints  *hints
	budget *budget
	pool   sync.Pool
	count  counters

	mu     sync.Mutex
	cond   sync.Cond // signalled when the ready queue or the set of busy files changes
	files  map[fileKey]*file
	byPath map[string]*file // by the name that a file is found under now
	ready  []*file          // open, to be read
	queue  []*file          // to be opened
	busy   int
	opened list.List // of *file: those that are open, the longest unread first
	closed bool

	ended atomic.Int64 // files in that phase

	wake chan struct{}

	// The scanner's own.
	complaints map[string]string        // last error by path, so that each is reported once
	discovered bool                     // the first discovery is over
	former     map[string]former        // what a name led to before
	displaced  map[string]offsets.Entry // contents that are not on their inodes any more, by identity
	nextLook   time.Time
	nextSweep  time.Time
	nextClean  time.Time
	lookSoon   bool
	saveSoon   bool // files were registered: a kill must not forget them
	flushSoon  bool // positions were set that cannot be derived again: one sync for all of them
}

// New checks the configuration. The error lists every mistake.
func New(cfg Config) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, reg: cfg.Registry, log: cfg.Log, clock: cfg.clock, delim: []byte(cfg.Delimiter), budget: newBudget(cfg.MaxInflightBytes),
		files: map[fileKey]*file{}, byPath: map[string]*file{}, wake: make(chan struct{}, 1),
		complaints: map[string]string{}, former: map[string]former{}, displaced: map[string]offsets.Entry{}}
	e.cond.L = &e.mu
	e.pool.New = func() any { return &Chunk{store: make([]byte, cfg.ChunkSize+tailMax)} }
	return e, nil
}

// Run finds and reads files until ctx is done, emit fails, or (ExitAfterRead) everything is completed. When it returns no file is open and
// no goroutine is left; chunks that are still out may be acknowledged after that, as long as the registry is open.
func (e *Engine) Run(ctx context.Context, emit Emit) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e.hints = newHints()
	defer e.hints.close()
	var workers sync.WaitGroup
	for range e.cfg.Readers {
		workers.Go(func() { e.work(ctx, emit, cancel) })
	}
	stop := context.AfterFunc(ctx, e.stop)
	err := e.scanLoop(ctx)
	cancel(err)
	e.stop()
	workers.Wait()
	stop()
	e.closeAll()
	if cause := context.Cause(ctx); err == nil && cause != nil && ctx.Err() != nil && cause != context.Canceled && cause != context.DeadlineExceeded {
		return fmt.Errorf("hand lines out: %w", cause)
	}
	return err
}

// stop lets every waiting worker go.
func (e *Engine) stop() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.cond.Broadcast()
	e.budget.close()
}

func (e *Engine) closeAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, f := range e.files {
		e.closeFile(f)
		e.letTrackerGo(f)
	}
}

func (e *Engine) letTrackerGo(f *file) {
	if f.untrack != nil {
		f.untrack()
		f.untrack = nil
	}
	if f.prior != nil && f.prior.untrack != nil {
		f.prior.untrack()
		f.prior = nil
	}
}

// enqueue makes an open file ready; the caller holds mu.
func (e *Engine) enqueue(f *file) {
	switch f.phase {
	case idle, waiting:
		f.phase = queued
		e.ready = append(e.ready, f)
		e.cond.Broadcast()
	case busy:
		f.again = true
	}
}

func (e *Engine) poke() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// work is one reader: it takes the file at the head of the queue, reads one turn, and puts it back at the end if there is more.
func (e *Engine) work(ctx context.Context, emit Emit, fail context.CancelCauseFunc) {
	for {
		f := e.nextReady()
		if f == nil {
			return
		}
		res, err := e.turn(ctx, f, emit)
		if err != nil {
			fail(err)
		}
		e.afterTurn(f, res)
	}
}

func (e *Engine) nextReady() *file {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.ready) == 0 && !e.closed {
		e.cond.Wait()
	}
	if e.closed {
		return nil
	}
	f := e.ready[0]
	e.ready[0] = nil
	e.ready = e.ready[1:]
	f.phase, f.again = busy, false
	e.busy++
	return f
}

// setPhase is for the transitions to and from ended, which are counted. The caller holds mu.
func (e *Engine) setPhase(f *file, p phase) {
	if f.phase == ended {
		e.ended.Add(-1)
	}
	if p == ended {
		e.ended.Add(1)
	}
	f.phase = p
}

// result of a turn.
type result uint8

const (
	drained  result = iota // at the end, for now
	more                   // the turn is over, the file is not
	complete               // nothing will come any more
)

func (e *Engine) afterTurn(f *file, res result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy--
	f.phase = idle
	switch {
	case res == complete && !f.rewind:
		e.setPhase(f, ended)
		e.poke()
	case res == more || f.again || f.rewind:
		e.enqueue(f)
	case e.anyWaiting():
		e.poke() // its descriptor may serve another
	}
	e.cond.Broadcast()
}

func (e *Engine) anyWaiting() bool { return e.opened.Len() >= e.cfg.MaxOpenFiles }

// rewind is Chunk.Nack: the file goes back to the committed position, unless its content is gone.
func (e *Engine) rewind(f *file, t *offsets.Tracker, seq uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f.tracker != t || e.closed || !t.Outstanding(seq) {
		return
	}
	f.rewind = true
	if f.phase == ended {
		e.setPhase(f, idle)
	}
	e.want(f)
	e.poke()
}

// release gives a chunk's memory back.
func (e *Engine) release(c *Chunk) {
	e.budget.give(c.charge)
	if e.ended.Load() > 0 {
		e.poke() // it may have been the last one of a file
	}
	store, lines := c.store, c.Lines[:0]
	if len(store) != e.cfg.ChunkSize+tailMax {
		return
	}
	*c = Chunk{store: store, Lines: lines}
	e.pool.Put(c)
}
