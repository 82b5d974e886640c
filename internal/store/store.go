// Package store is the search store of `castor-indexer standalone`: the part of
// Elasticsearch's API that the pair and its pages need, over one SQLite file
// per index, with retention by age and size. What a request was told to be
// accepted is on disk.
//
// Its rooms: lucene (query strings), analyze (words), mapping (types), column
// (values), shard (an index's file), search (queries and aggregations); this
// package joins them behind HTTP.
package store

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"castor/internal/store/mapping"
	"castor/internal/store/shard"
)

// Options of a store. The zero value is usable.
type Options struct {
	MaxAge     time.Duration // indices older than this are deleted; 0: none
	MaxBytes   int64         // oldest indices are deleted over this size on disk; 0: no limit
	CacheBytes int           // memory for columns of earlier blocks; 32 MiB when 0
	MaxBody    int64         // bytes of a request, unpacked; 100 MiB when 0
	MaxOpen    int           // indices kept open without use; 16 when 0
	IdleClose  time.Duration // an index unused for so long is closed; 5 min when 0
	Logger     *slog.Logger  // slog.Default() when nil

	now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.CacheBytes <= 0 {
		o.CacheBytes = 32 << 20
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 100 << 20
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = 16
	}
	if o.IdleClose <= 0 {
		o.IdleClose = 5 * time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o
}

// Store holds the indices of a folder; its methods may be called from any
// goroutine.
type Store struct {
	dir    string
	opts   Options
	cache  *shard.Cache
	lock   *os.File
	uuid   string
	memory *budget // of request bodies in work
	counts counters

	mu        sync.Mutex
	closed    bool
	indices   map[string]*entry
	templates templates

	stop chan struct{}
	wg   sync.WaitGroup
}

// entry is an index that exists; open is nil while nobody needs it.
type entry struct {
	name string
	path string

	mu   sync.Mutex
	open *shard.Index
	gone bool
	span *span // of the closed index's @timestamp, where it is known
}

type span struct{ from, to int64 }

// outside says that no document of the closed index is between two times.
func (e *entry) outside(from, to int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open == nil && e.span != nil && (e.span.to < from || e.span.from > to)
}

type counters struct {
	indexed, conflicts, failed, searches, deletedByAge, deletedBySize atomic.Int64
}

const indexSuffix = ".idx"

// Open opens the store in dir, which is made where it is missing. One process
// at a time may have it open.
func Open(dir string, o Options) (*Store, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("open the store: lock %s (does another process use it?): %w", dir, err)
	}
	s := &Store{dir: dir, opts: o, cache: shard.NewCache(o.CacheBytes), lock: lock, uuid: newUUID(),
		memory: newBudget(128 << 20), indices: map[string]*entry{}, stop: make(chan struct{})}
	err = s.scan()
	if err == nil {
		err = s.templates.load(filepath.Join(dir, "templates.json"))
	}
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("open the store: %w", err)
	}
	s.wg.Go(s.housekeeping)
	return s, nil
}

func (s *Store) scan() error {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		escaped, ok := strings.CutSuffix(f.Name(), indexSuffix)
		if !ok {
			continue
		}
		name, err := url.PathUnescape(escaped)
		if err != nil {
			continue
		}
		s.indices[name] = &entry{name: name, path: filepath.Join(s.dir, f.Name())}
	}
	return nil
}

func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Close closes the indices.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.stop)
	s.wg.Wait()
	var errs []error
	for _, e := range s.entries() {
		errs = append(errs, e.close())
	}
	errs = append(errs, s.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// entries returns the indices by name.
func (s *Store) entries() []*entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*entry, 0, len(s.indices))
	for _, e := range s.indices {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *entry) int { return strings.Compare(a.name, b.name) })
	return out
}

func (s *Store) entry(name string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.indices[name]
}

// index opens an entry's index.
func (s *Store) index(e *entry) (*shard.Index, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.gone {
		return nil, notFound(e.name)
	}
	if e.open == nil {
		ix, err := shard.Open(e.name, e.path, s.cache, nil, nil)
		if err != nil {
			return nil, err
		}
		e.open = ix
	}
	return e.open, nil
}

func (e *entry) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.open == nil {
		return nil
	}
	ix := e.open
	e.open, e.span = nil, nil
	from, to, ok := ix.TimeRange()
	err := ix.Close()
	if ok && err == nil {
		e.span = &span{from, to}
	}
	return err
}

// using runs f with the index open; when housekeeping closes it in that very
// moment, f runs again.
func (s *Store) using(e *entry, f func(*shard.Index) error) error {
	for range 10 {
		ix, err := s.index(e)
		if err != nil {
			return err
		}
		if err = f(ix); !errors.Is(err, shard.ErrClosed) {
			return err
		}
	}
	return fmt.Errorf("index %s: %w", e.name, shard.ErrClosed)
}

// create makes an index with its templates and what the request declares; the
// entry of one that exists is returned with existed true.
func (s *Store) create(name string, body indexBody) (e *entry, existed bool, err error) {
	if problem := badName(name); problem != "" {
		return nil, false, &apiError{status: 400, kind: "invalid_index_name_exception", reason: "Invalid index name [" + name + "], " + problem, index: name}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false, shard.ErrClosed
	}
	if e := s.indices[name]; e != nil {
		return e, true, nil
	}
	m := mapping.New()
	declared := s.templates.forIndex(name)
	for _, raw := range append(declared.mappings, body.Mappings) {
		if len(raw) == 0 {
			continue
		}
		if err := m.Merge(raw); err != nil {
			return nil, false, err
		}
	}
	settings := declared.settings
	if len(body.Settings) > 0 {
		settings = body.Settings
	}
	e = &entry{name: name, path: filepath.Join(s.dir, url.PathEscape(name)+indexSuffix)}
	meta := &shard.Meta{UUID: newUUID(), Created: s.opts.now().UnixMilli(), Settings: settings}
	if e.open, err = shard.Open(name, e.path, s.cache, meta, m); err != nil {
		return nil, false, err
	}
	s.indices[name] = e
	return e, false, nil
}

func (s *Store) delete(e *entry) error {
	ix, err := s.index(e)
	if err != nil {
		// A file that cannot be opened must still be removable.
		err = shard.Remove(e.path)
	} else {
		err = ix.Delete()
	}
	e.mu.Lock()
	e.open, e.gone = nil, true
	e.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.indices, e.name)
	return err
}

// Stats are the store's figures; counters start at Open.
type Stats struct {
	Indices       int
	Bytes         int64 // on disk
	Indexed       int64 // documents written
	Conflicts     int64 // documents refused because their id was known
	Failed        int64 // documents refused for another reason
	Searches      int64
	DeletedByAge  int64 // indices
	DeletedBySize int64
}

// Stats returns the store's figures.
func (s *Store) Stats() Stats {
	c := &s.counts
	st := Stats{Indexed: c.indexed.Load(), Conflicts: c.conflicts.Load(), Failed: c.failed.Load(), Searches: c.searches.Load(),
		DeletedByAge: c.deletedByAge.Load(), DeletedBySize: c.deletedBySize.Load()}
	for _, e := range s.entries() {
		st.Indices++
		st.Bytes += shard.FileSize(e.path)
	}
	return st
}
