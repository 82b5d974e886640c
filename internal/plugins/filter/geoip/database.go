package geoip

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang"

	"castor/internal/event"
	"castor/internal/plugin"
)

// database is a file that may be replaced while it is in use: workers ask for the edition of the moment, and a new one takes the old one's place
// as soon as it is read. The old one goes when the last worker is done with it.
type database struct {
	path    string
	fields  []field // wanted ones, nil for the usual ones
	ecs     plugin.ECS
	log     *slog.Logger
	current atomic.Pointer[edition]
	checked atomic.Int64 // when the file was last looked at
	loading atomic.Bool
	seen    fs.FileInfo // of the file that was last read; loading guards it
}

// edition is the content of the file at one time. It is in memory, not mapped: a file that is overwritten
// in place must not bring the process down.
type edition struct {
	db     *maxminddb.Reader
	kind   *kind
	fields []field
	paths  [fieldCount][]string
	// networks tells that the address' network is wanted, which addresses with the same record do not share.
	networks bool
}

// checkInterval is how often a worker looks whether the file was replaced.
const checkInterval = 3 * time.Second

func openDatabase(path string, fields []field, ecs plugin.ECS, env *plugin.Env) (*database, error) {
	d := &database{path: path, fields: fields, ecs: ecs, log: env.Log}
	d.checked.Store(env.Now().UnixNano())
	return d, d.load()
}

func (d *database) load() error {
	info, err := os.Stat(d.path)
	if err != nil {
		return missing(d.path, err)
	}
	d.seen = info
	raw, err := os.ReadFile(d.path)
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	db, err := maxminddb.FromBytes(raw)
	if err != nil {
		return fmt.Errorf("%s is no MaxMind database: %w", d.path, err)
	}
	k, err := kindOf(db.Metadata.DatabaseType)
	if err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	e := &edition{db: db, kind: k, fields: d.fields}
	if e.fields == nil {
		e.fields = k.defaultFields(d.ecs)
	}
	for _, f := range e.fields {
		e.paths[f] = f.path(d.ecs)
	}
	e.networks = slices.Contains(e.fields, network)
	d.current.Store(e)
	return nil
}

func missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s: Castor ships no database; get GeoLite2-City.mmdb from MaxMind by geoipupdate, or another MaxMind or DB-IP file", path)
	}
	return fmt.Errorf("read the database: %w", err)
}

// edition is the present content; every few seconds the call looks whether the file was replaced, and reads a new one in
// the background.
func (d *database) edition(now time.Time) *edition {
	last := d.checked.Load()
	if now.UnixNano()-last >= int64(checkInterval) && d.checked.CompareAndSwap(last, now.UnixNano()) {
		d.check()
	}
	return d.current.Load()
}

func (d *database) check() {
	if !d.loading.CompareAndSwap(false, true) {
		return
	}
	info, err := os.Stat(d.path)
	if err != nil || os.SameFile(info, d.seen) && info.Size() == d.seen.Size() && info.ModTime().Equal(d.seen.ModTime()) {
		d.loading.Store(false) // a file that is gone for a moment leaves the old edition
		return
	}
	go func() {
		defer d.loading.Store(false)
		if err := d.load(); err != nil {
			d.log.Warn("geoip: the new database cannot be used, the old one stays", "database", d.path, "error", err)
			return
		}
		d.log.Info("geoip: the database was replaced", "database", d.path)
	}()
}

// records are the answers by the place of their record in the database: many addresses share one, and reading it is most of a
// look-up's time. When there are many, those that were not asked for lately go.
type records struct{ young, old map[uintptr]*answer }

// maxRecords is how many of each age a worker keeps: a few MiB.
const maxRecords = 4096

func (r *records) get(at uintptr) (*answer, bool) {
	found, ok := r.young[at]
	if ok {
		return found, true
	}
	if found, ok = r.old[at]; ok {
		r.add(at, found)
	}
	return found, ok
}

func (r *records) add(at uintptr, found *answer) {
	if len(r.young) >= maxRecords || r.young == nil {
		r.young, r.old = map[uintptr]*answer{}, r.young
	}
	r.young[at] = found
}

// lookup returns what is known of an address, nil for nothing.
func (e *edition) lookup(a netip.Addr, known *records) *answer {
	at, err := e.db.LookupOffset(a.AsSlice())
	if err != nil || at == maxminddb.NotFound {
		return nil
	}
	if e.networks {
		return e.read(a)
	}
	found, ok := known.get(at)
	if !ok {
		found = e.read(a)
		known.add(at, found)
	}
	return found
}

// read makes the answer for an address of its record.
func (e *edition) read(a netip.Addr) *answer {
	var f facts
	n, ok, err := e.kind.read(e.db, a.AsSlice(), &f)
	if err != nil || !ok {
		return nil
	}
	if e.kind.name != "Domain" {
		f.set(ipField, event.NullValue) // each event gets its own
	}
	if n != nil {
		f.text(network, networkText(n))
	}
	found := &answer{object: event.NewObject(len(e.fields))}
	any := false
	for _, fd := range e.fields {
		if f.known[fd] {
			any = true
			found.add(fd, e.paths[fd], f.value[fd])
		}
	}
	if !any {
		return nil
	}
	found.object.Preencode(shapes[ipField].legacy)
	return found
}

// answer is what is known of an address, but for the address itself. It is ready to be copied into events.
type answer struct {
	object *event.Object // all of it, by ECS' or the old names
	fields uint64        // which fields are in it, as bits
}

func (r *answer) has(at field) bool { return r.fields>>at&1 == 1 }

func (r *answer) add(at field, path []string, v event.Value) {
	if path == nil {
		return
	}
	r.fields |= 1 << at
	o := r.object
	for _, key := range path[:len(path)-1] {
		child, _ := o.Get(key)
		if child.Object() == nil {
			child = event.ObjectValue(event.NewObject(4))
			o.Set(key, child)
		}
		o = child.Object()
	}
	o.Set(path[len(path)-1], v)
}

// get is the value of a field that it has.
func (r *answer) get(path []string) event.Value {
	v := event.ObjectValue(r.object)
	for _, key := range path {
		v, _ = v.Object().Get(key)
	}
	return v.Clone()
}
