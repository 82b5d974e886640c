package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"castor/internal/event"
	"castor/internal/spool"
)

// spooled is the disk between a pipeline and one of its outputs: what is on it counts as written, so that an output that is slow or
// away holds neither the others nor the inputs back. Behind it the output is retried as without.
type spooled struct {
	node   *outputNode
	dir    string
	max    int64
	log    *slog.Logger
	minter *minter

	disk   *spool.Log // from open to close
	reader *spool.Reader
	full   atomic.Bool // the last append found no room

	mu      sync.Mutex
	pending []*portion // under way to the output, in the order of the disk
}

// portion is a batch that was read from the disk.
type portion struct {
	last   uint64    // number of its last record
	oldest time.Time // when its first record was written
	done   bool
}

// spoolDir is where a pipeline's outputs have their spools.
func spoolDir(dataDir, pipelineID string) string {
	return filepath.Join(dataDir, "spool", url.PathEscape(pipelineID))
}

const (
	spoolPrefix  = "output-" // of the folders, before the output's id
	spoolReader  = "output"
	spoolSegment = 16 << 20
	spoolRecord  = 1 << 30 // the largest event
	fullPause    = 100 * time.Millisecond
)

func newSpooled(n *outputNode, max int64) *spooled {
	dir := filepath.Join(spoolDir(n.p.settings.DataDir, n.p.settings.ID), spoolPrefix+url.PathEscape(n.stats.ID))
	return &spooled{node: n, dir: dir, max: max, log: n.log, minter: newMinter()}
}

// open opens the disk. The error is one that waiting does not mend: another process has it, or the folder cannot be used.
func (s *spooled) open() error {
	disk, err := spool.Open(s.dir, spool.Options{SegmentBytes: spoolSegment, MaxRecordBytes: spoolRecord, MaxBytes: s.max, Logger: s.log})
	if err != nil {
		return fmt.Errorf("output %s: %w", s.node.stats.ID, err)
	}
	if s.reader, err = disk.Reader(spoolReader); err != nil {
		return fmt.Errorf("output %s: %w", s.node.stats.ID, errors.Join(err, disk.Close()))
	}
	s.disk = disk
	s.node.stats.spool.Store(s)
	if n := s.reader.Depth(); n > 0 {
		s.log.Info("events of an earlier run wait in the spool", "events", n, "dir", s.dir)
	}
	return nil
}

func (s *spooled) close() error {
	if s.disk == nil {
		return nil
	}
	return s.disk.Close()
}

// keep returns when the events are on disk; errStopped when ctx ended before.
func (s *spooled) keep(ctx context.Context, b event.Batch) error {
	records := make([][]byte, len(b))
	for i, e := range b {
		records[i] = s.encode(e)
	}
	defer s.full.Store(false)
	for wait := fullPause; ; wait = min(2*wait, lastBackoff) {
		err := s.disk.Append(records)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, spool.ErrFull):
			s.full.Store(true)
			wait = fullPause
			s.node.fault("the spool is full; the pipeline waits for its output", err, len(b))
		default:
			s.node.fault("the spool cannot be written, trying again", err, len(b))
		}
		if !pause(ctx, jitter(wait)) {
			return errStopped
		}
	}
}

func (s *spooled) encode(e *event.Event) []byte {
	if e.ID() == "" {
		e = e.Clone()            // other outputs have it too
		e.SetID(s.minter.next()) // it is on the disk with it, so that a second delivery after a crash is no second document
	}
	return e.AppendBinary(nil)
}

// deliver brings what is on the disk to the output until fetch ends. Then what is under way may still succeed, until hard ends; what waits for
// another attempt stays on the disk.
func (s *spooled) deliver(fetch, hard context.Context) {
	select {
	case <-s.node.opened:
	case <-fetch.Done():
		return
	}
	places := 1
	if s.node.unordered() {
		places = sendersPerWorker
	}
	senders := make(chan struct{}, places)
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		batch, p := s.next(fetch)
		if p == nil {
			return
		}
		select {
		case senders <- struct{}{}:
		case <-fetch.Done():
			return
		}
		wg.Go(func() {
			if s.node.bring(hard, fetch, batch) == nil {
				s.delivered(p)
			}
			<-senders
		})
	}
}

// next reads a batch, waiting for one; nil when fetch ended.
func (s *spooled) next(fetch context.Context) (event.Batch, *portion) {
	for fetch.Err() == nil {
		records, err := s.reader.Next(s.node.p.settings.BatchSize)
		switch {
		case errors.Is(err, spool.ErrClosed):
			return nil, nil
		case err != nil:
			s.node.fault("the spool cannot be read, trying again", err, 0)
			pause(fetch, lastBackoff)
		case len(records) > 0:
			p := &portion{last: records[len(records)-1].Seq, oldest: records[0].Time}
			s.mu.Lock()
			s.pending = append(s.pending, p)
			s.mu.Unlock()
			return s.decode(records), p
		case s.reader.Wait(fetch) != nil:
			return nil, nil
		}
	}
	return nil, nil
}

func (s *spooled) decode(records []spool.Record) event.Batch {
	b := make(event.Batch, 0, len(records))
	for _, r := range records {
		e, err := event.RestoreBinary(string(r.Data))
		if err != nil { // of a Castor that writes another form, or damage that the check sum did not show
			s.log.Error("an event in the spool cannot be read and is lost", "dir", s.dir, "record", r.Seq, "error", err)
			s.node.stats.Dropped.Add(1)
			continue
		}
		b = append(b, e)
	}
	return b
}

// through notes that the output has a portion, and returns the last record before which it has all; 0 where nothing changed.
func (s *spooled) through(p *portion) (last uint64) {
	p.done = true
	for len(s.pending) > 0 && s.pending[0].done {
		last = s.pending[0].last
		s.pending = s.pending[1:]
	}
	return last
}

// delivered acknowledges on the disk what is through without a gap.
func (s *spooled) delivered(p *portion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.through(p)
	if last == 0 {
		return
	}
	if err := s.reader.Ack(last); err != nil && !errors.Is(err, spool.ErrClosed) {
		s.node.fault("the spool's position cannot be written; after a restart events are sent again, under the same ids", err, 0)
	}
}

// drain waits until the output has all that is on the disk, or a context ends.
func (s *spooled) drain(stop, hard context.Context) {
	for s.reader.Depth() > 0 && hard.Err() == nil && pause(stop, 10*time.Millisecond) {
	}
}

// SpoolFigures tell what waits on disk for an output.
type SpoolFigures struct {
	Events   uint64
	Bytes    int64 // on disk, with what is delivered but not deleted yet
	MaxBytes int64
	Oldest   time.Time // about when the oldest event came; zero without one
	Full     bool      // the pipeline waits for room
	Corrupt  uint64    // events lost by damage on the disk
	Dir      string
}

func (s *spooled) figures() SpoolFigures {
	st := s.disk.Stats()
	f := SpoolFigures{Events: s.reader.Depth(), Bytes: st.Bytes, MaxBytes: s.max, Full: s.full.Load(), Corrupt: st.Corrupt, Dir: s.dir}
	if f.Events == 0 {
		return f
	}
	f.Oldest = st.Oldest
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) > 0 {
		f.Oldest = s.pending[0].oldest
	}
	return f
}

// openSpools opens those of all outputs. What outputs left that are there no more, or have no spool now, is told: it would wait for ever.
func (p *Pipeline) openSpools() error {
	used := map[string]bool{}
	for _, o := range p.outputs {
		if o.spool == nil {
			continue
		}
		used[filepath.Base(o.spool.dir)] = true
		if err := o.spool.open(); err != nil {
			return err
		}
	}
	if p.settings.DataDir == "" {
		return nil
	}
	dir := spoolDir(p.settings.DataDir, p.settings.ID)
	entries, _ := os.ReadDir(dir) // there is none where no output ever had a spool
	for _, e := range entries {
		if !used[e.Name()] {
			p.tellOrphan(filepath.Join(dir, e.Name()))
		}
	}
	return nil
}

func (p *Pipeline) tellOrphan(dir string) {
	events := 0
	err := spool.Scan(dir, spoolReader, func(spool.Record) error { events++; return nil })
	if err == nil && events == 0 {
		return
	}
	id, _ := url.PathUnescape(strings.TrimPrefix(filepath.Base(dir), spoolPrefix))
	p.log.Warn("events wait in the spool of an output that the configuration does not have, or not with a spool; they are sent when it has it again",
		"output", id, "events", events, "dir", dir, "error", err)
}

// drainSpools waits for the outputs of a pipeline whose inputs came to their end.
func (p *Pipeline) drainSpools(stop, hard context.Context) {
	for _, o := range p.outputs {
		if o.spool != nil {
			o.spool.drain(stop, hard)
		}
	}
}

func (p *Pipeline) closeSpools() (errs []error) {
	for _, o := range p.outputs {
		if o.spool != nil {
			errs = append(errs, o.spool.close())
		}
	}
	return errs
}
