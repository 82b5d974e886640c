package offsets

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options configure a Registry.
type Options struct {
	// Path is the sincedb_path of the configuration; the registry itself lives at Path + ".castor" (see the package comment).
	// "", "/dev/null" and "NUL" mean that nothing is kept on disk.
	Path string
	// SyncInterval is the longest time between an acknowledgement and its fsync. 0 and anything longer mean one second.
	SyncInterval time.Duration
	// MirrorInterval is sincedb_write_interval: how often the copy in Logstash's format is written. 0 means 15 s, negative never.
	MirrorInterval time.Duration
	// CleanAfter is sincedb_clean_after: how long an entry without activity is kept. 0 means 14 days.
	CleanAfter time.Duration
	// Health is told of every failure to write, and gets nil when writing works again. May be nil.
	Health func(error)
	// Log receives what a person should know. May be nil.
	Log *slog.Logger
	// Now replaces the clock in tests. May be nil.
	Now func() time.Time
}

const (
	suffix         = ".castor"
	compactMinimum = 1 << 20
	mirrorMaximum  = 50_000 // entries; a larger mirror is written at Close only
	goneAfter      = 24 * time.Hour
)

type slot struct {
	Entry
	handle uint64 // 0: not in the log yet
	head   uint32 // HeadLen in the log
	dirty  bool
	held   int // trackers that use it: never expired
}

// Registry holds all entries in memory and their log on disk. It is safe for concurrent use.
type Registry struct {
	opt  Options
	lock *os.File

	mu        sync.Mutex
	slots     map[string]*slot
	byInode   map[uint64][]*slot
	dirty     []*slot
	forgotten []uint64 // handles to be forgotten on disk
	next      uint64   // next handle

	ioMu     sync.Mutex // one writer at a time; taken before mu
	log      *os.File
	size     int64 // good bytes in the log
	live     int64 // bytes of the log right after the last compaction
	failing  bool
	mirrored time.Time
	changed  bool // since the last mirror
	unsynced bool // something was written and not synced
	unclean  bool // the log must be rewritten: a sync failed

	stop chan struct{}
	done chan struct{}
	once sync.Once
}

// Memory says whether path is one of the names that mean "keep nothing on disk".
func Memory(path string) bool {
	return path == "" || path == os.DevNull || path == "NUL" || path == "nul"
}

// Open reads the registry, or imports the Logstash sincedb at Options.Path when there is no registry yet, and starts the goroutine
// that writes. It fails when another process holds the registry or when it cannot be read; damage is repaired, not an error.
func Open(opt Options) (*Registry, error) {
	r := newRegistry(opt)
	if Memory(opt.Path) {
		close(r.done)
		return r, nil
	}
	if err := r.openFiles(); err != nil {
		return nil, err
	}
	go r.loop()
	return r, nil
}

func newRegistry(opt Options) *Registry {
	if opt.SyncInterval <= 0 || opt.SyncInterval > time.Second {
		opt.SyncInterval = time.Second
	}
	if opt.MirrorInterval == 0 {
		opt.MirrorInterval = 15 * time.Second
	}
	if opt.CleanAfter <= 0 {
		opt.CleanAfter = 14 * 24 * time.Hour
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Health == nil {
		opt.Health = func(error) {}
	}
	return &Registry{opt: opt, slots: map[string]*slot{}, byInode: map[uint64][]*slot{}, next: 1,
		stop: make(chan struct{}), done: make(chan struct{}), mirrored: opt.Now()}
}

func (r *Registry) openFiles() (err error) {
	path := r.opt.Path + suffix
	if st, err := os.Stat(r.opt.Path); err == nil && st.IsDir() {
		return fmt.Errorf("open the registry: sincedb_path %s is a directory, it must name a file", r.opt.Path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the registry's folder: %w", err)
	}
	if r.lock, err = lockFile(path + ".lock"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			r.lock.Close()
		}
	}()
	fresh := false
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		fresh = true
	}
	if r.log, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return fmt.Errorf("open the registry: %w", err)
	}
	if fresh {
		return r.importMirror()
	}
	return r.load()
}

// importMirror takes over the positions of an earlier Logstash.
func (r *Registry) importMirror() error {
	f, err := os.Open(r.opt.Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("import the sincedb: %w", err)
	}
	defer f.Close()
	list, err := ReadSincedb(f)
	if err != nil {
		return fmt.Errorf("import the sincedb %s: %w", r.opt.Path, err)
	}
	n := r.Import(list)
	r.opt.Log.Info("positions taken over from a Logstash sincedb", "path", r.opt.Path, "files", n)
	return nil
}

// Get returns the entry of an identity.
func (r *Registry) Get(id string) (Entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.slots[id]; s != nil {
		return s.Entry, true
	}
	return Entry{}, false
}

// Find returns the entries that describe, or once described, the file with this inode number, on any device: a device's number may
// change with a restart of the machine, so the caller judges by signature.
func (r *Registry) Find(inode uint64) []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Entry, 0, len(r.byInode[inode]))
	for _, s := range r.byInode[inode] {
		list = append(list, s.Entry)
	}
	return list
}

// Entries returns a copy of all entries, in no order.
func (r *Registry) Entries() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Entry, 0, len(r.slots))
	for _, s := range r.slots {
		list = append(list, s.Entry)
	}
	return list
}

// Len is the number of entries.
func (r *Registry) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.slots)
}

// Put adds or replaces an entry. It reaches the disk with the next Flush.
func (r *Registry) Put(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Updated = r.opt.Now().Unix()
	r.put(e)
}

func (r *Registry) put(e Entry) {
	s := r.slots[e.ID]
	if s == nil {
		s = &slot{}
		r.slots[e.ID] = s
		r.byInode[e.Inode] = append(r.byInode[e.Inode], s)
	} else {
		if s.Inode != e.Inode {
			r.unindex(s)
			r.byInode[e.Inode] = append(r.byInode[e.Inode], s)
		}
		if s.handle != 0 && (s.Path != e.Path || s.Dev != e.Dev || s.Inode != e.Inode || s.Birth != e.Birth) {
			r.forgotten = append(r.forgotten, s.handle)
			s.handle = 0 // a move record cannot say this: a new put does
		}
	}
	s.Entry = e
	r.touch(s)
}

func (r *Registry) touch(s *slot) {
	if !s.dirty {
		s.dirty = true
		r.dirty = append(r.dirty, s)
	}
}

func (r *Registry) unindex(s *slot) {
	list := r.byInode[s.Inode]
	for i, x := range list {
		if x == s {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(r.byInode, s.Inode)
	} else {
		r.byInode[s.Inode] = list
	}
}

// update changes an entry in place; an unknown identity is ignored.
func (r *Registry) update(id string, change func(*Entry)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.slots[id]; s != nil {
		change(&s.Entry)
		s.Updated = r.opt.Now().Unix()
		r.touch(s)
	}
}

// SetState changes what became of a file.
func (r *Registry) SetState(id string, st State) { r.update(id, func(e *Entry) { e.State = st }) }

// SetHead records a longer head signature: n bytes with this hash.
func (r *Registry) SetHead(id string, n uint32, hash uint64) {
	r.update(id, func(e *Entry) { e.HeadLen, e.Head = n, hash })
}

// SetPath records the file's present name.
func (r *Registry) SetPath(id, path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.slots[id]; s != nil && s.Path != path {
		e := s.Entry
		e.Path = path
		r.put(e)
	}
}

// SetOffset moves an entry, as `offsets set` does. The tail's signature is forgotten, as nothing is known about the new place.
func (r *Registry) SetOffset(id string, offset int64) {
	r.update(id, func(e *Entry) { e.Offset, e.TailLen, e.Tail = offset, 0, 0 })
}

// Forget removes an entry: its file will be new when it is seen again.
func (r *Registry) Forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.slots[id]; s != nil {
		r.forget(s)
	}
}

func (r *Registry) forget(s *slot) {
	delete(r.slots, s.ID)
	r.unindex(s)
	if s.handle != 0 {
		r.forgotten = append(r.forgotten, s.handle)
		s.handle = 0
	}
}

// Track returns a tracker that starts at the entry's offset and moves the entry with every advance. Until release is called the entry
// does not expire.
func (r *Registry) Track(id string) (t *Tracker, release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.slots[id]
	if s == nil {
		return NewTracker(Position{}, nil), func() {}
	}
	s.held++
	var once sync.Once
	release = func() { once.Do(func() { r.mu.Lock(); s.held--; r.mu.Unlock() }) }
	commit := func(p Position) {
		r.mu.Lock()
		defer r.mu.Unlock()
		s.Offset, s.TailLen, s.Tail, s.Updated = p.Offset, p.TailLen, p.Tail, r.opt.Now().Unix()
		r.touch(s)
	}
	return NewTracker(Position{s.Offset, s.TailLen, s.Tail}, commit), release
}

// Clean forgets the entries that nobody tracks and that had no activity for CleanAfter (a day when the file is known to be gone). The
// caller calls it after the files which exist have been claimed with Track. It returns how many were forgotten.
func (r *Registry) Clean() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, n := r.opt.Now(), 0
	for _, s := range r.slots {
		limit := r.opt.CleanAfter
		if (s.State == Gone || s.State == Replaced) && limit > goneAfter {
			limit = goneAfter
		}
		if s.held == 0 && now.Sub(s.UpdatedTime()) > limit {
			r.forget(s)
			n++
		}
	}
	return n
}

// Import adds foreign positions for files that have no entry yet. It returns how many were added.
func (r *Registry) Import(list []Entry) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, e := range list {
		if r.known(e.Dev, e.Inode) {
			continue
		}
		e.ID = fmt.Sprintf("imported-%x-%x", e.Dev, e.Inode)
		e.State = Imported
		if e.Updated == 0 {
			e.Updated = r.opt.Now().Unix()
		}
		r.put(e)
		n++
	}
	return n
}

func (r *Registry) known(dev, inode uint64) bool {
	for _, s := range r.byInode[inode] {
		if s.Dev == dev && (s.State == Live || s.State == Done || s.State == Imported) {
			return true
		}
	}
	return false
}
