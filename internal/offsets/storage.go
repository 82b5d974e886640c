package offsets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// load reads the log. It stops at the first bad record and cuts the file there: what follows cannot be trusted.
func (r *Registry) load() error {
	data, err := io.ReadAll(r.log)
	if err != nil {
		return fmt.Errorf("read the registry %s: %w", r.log.Name(), err)
	}
	if len(data) == 0 {
		return nil
	}
	if !bytes.HasPrefix(data, []byte(logMagic)) {
		return r.setAside(data)
	}
	good := r.replay(data)
	r.size, r.live = int64(good), int64(good)
	if good == len(data) {
		return nil
	}
	r.opt.Log.Warn("the registry had a torn end, which was cut off", "path", r.log.Name(), "kept_bytes", good, "cut_bytes", len(data)-good)
	if err := r.log.Truncate(r.size); err != nil {
		return fmt.Errorf("cut the registry %s after its last good record: %w", r.log.Name(), err)
	}
	return nil
}

// setAside keeps a file that is no registry, or one whose first bytes are damaged, under another name and starts empty.
func (r *Registry) setAside(data []byte) error {
	if len(data) < len(logMagic) && bytes.HasPrefix([]byte(logMagic), data) {
		return r.log.Truncate(0) // killed while the first bytes were written
	}
	path := r.log.Name()
	if err := os.Rename(path, path+".damaged"); err != nil {
		return fmt.Errorf("set the damaged registry aside: %w", err)
	}
	r.opt.Log.Error("the registry's head is damaged: it was set aside and a new one is started; files will be read again",
		"path", path, "kept_as", path+".damaged")
	r.log.Close()
	var err error
	if r.log, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return fmt.Errorf("open a new registry: %w", err)
	}
	return nil
}

// replay applies the records and returns the length of the good part.
func (r *Registry) replay(data []byte) int {
	handles := map[uint64]*slot{}
	good := len(logMagic)
	for good < len(data) {
		payload, n, err := nextRecord(data[good:])
		if err != nil || !r.apply(payload, handles) {
			break
		}
		good += n
	}
	return good
}

func (r *Registry) apply(payload []byte, handles map[uint64]*slot) bool {
	rd := reader{b: payload[1:]}
	h := rd.uvarint()
	switch payload[0] {
	case kindPut:
		e := Entry{ID: rd.text(), Path: rd.text(), Dev: rd.uvarint(), Inode: rd.uvarint(), Birth: rd.varint()}
		if rd.position(&e); rd.bad {
			return false
		}
		r.replayPut(e, h, handles)
	case kindMove:
		var e Entry
		if rd.position(&e); rd.bad {
			return false
		}
		if s := handles[h]; s != nil {
			e.ID, e.Path, e.Dev, e.Inode, e.Birth = s.ID, s.Path, s.Dev, s.Inode, s.Birth
			s.Entry, s.head = e, e.HeadLen
		}
	case kindForget:
		if s := handles[h]; s != nil && s.handle == h {
			s.handle = 0
			r.forget(s)
		}
		delete(handles, h)
	default:
		return false
	}
	return !rd.bad
}

func (r *Registry) replayPut(e Entry, h uint64, handles map[uint64]*slot) {
	s := r.slots[e.ID]
	if s == nil {
		s = &slot{}
		r.slots[e.ID] = s
	} else {
		r.unindex(s)
		delete(handles, s.handle)
	}
	s.Entry, s.handle, s.head = e, h, e.HeadLen
	r.byInode[e.Inode] = append(r.byInode[e.Inode], s)
	handles[h] = s
	r.next = max(r.next, h+1)
}

// loop writes what changed, every SyncInterval.
func (r *Registry) loop() {
	defer close(r.done)
	tick := time.NewTicker(r.opt.SyncInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = r.Flush() // reported through Health, and tried again with the next tick
			r.mirror(false)
		case <-r.stop:
			return
		}
	}
}

// Flush writes everything that changed and syncs it. An error is also reported through Options.Health; what could not be written stays
// due.
func (r *Registry) Flush() error {
	if Memory(r.opt.Path) {
		r.mu.Lock()
		r.settle()
		r.mu.Unlock()
		return nil
	}
	return r.save(true)
}

// Save writes what changed without waiting for the disk: it survives the death of the process, though not yet that of the machine. Errors
// are reported and mended as with Flush.
func (r *Registry) Save() error {
	if Memory(r.opt.Path) {
		return r.Flush()
	}
	return r.save(false)
}

// Secure returns when the log has the identity, with a head of at least enough bytes or as many as are known; like Save it does not wait for the
// disk. Usually it has nothing to do.
func (r *Registry) Secure(id string, enough uint32) error {
	if Memory(r.opt.Path) {
		return nil
	}
	r.ioMu.Lock() // what is being written is in the log when we have it
	defer r.ioMu.Unlock()
	r.mu.Lock()
	s := r.slots[id]
	done := s == nil || s.handle != 0 && s.head >= min(enough, s.HeadLen)
	r.mu.Unlock()
	if done {
		return nil
	}
	return r.saveLocked(false)
}

func (r *Registry) save(sync bool) error {
	r.ioMu.Lock()
	defer r.ioMu.Unlock()
	return r.saveLocked(sync)
}

// saveLocked writes and reports; the caller holds ioMu.
func (r *Registry) saveLocked(sync bool) error {
	err := r.flush(sync)
	switch {
	case err != nil:
		err = fmt.Errorf("write the registry %s: %w (positions are kept in memory and will be written when it is possible again)", r.opt.Path+suffix, err)
		if !r.failing {
			r.opt.Log.Error("the registry cannot be written", "error", err)
		}
		r.failing = true
		r.opt.Health(err)
	case r.failing:
		r.failing = false
		r.opt.Log.Info("the registry can be written again", "path", r.opt.Path+suffix)
		r.opt.Health(nil)
	}
	return err
}

func (r *Registry) settle() {
	for _, s := range r.dirty {
		s.dirty = false
	}
	r.dirty, r.forgotten = r.dirty[:0], r.forgotten[:0]
}

func (r *Registry) flush(sync bool) error {
	if r.log == nil {
		return errors.New("it is closed")
	}
	if r.unclean || r.size > max(compactMinimum, 4*r.live) {
		return r.compact()
	}
	r.mu.Lock()
	if len(r.dirty) == 0 && len(r.forgotten) == 0 && !(sync && r.unsynced) {
		r.mu.Unlock()
		return nil
	}
	batch := r.encode()
	r.settle()
	r.mu.Unlock()
	r.changed = true
	if err := r.write(batch, sync); err != nil {
		r.unclean = true // what is on the disk is unknown now; the next attempt writes a whole new file
		return err
	}
	return nil
}

// encode gives the records of all changes; the caller holds mu.
func (r *Registry) encode() []byte {
	var b []byte
	if r.size == 0 {
		b = append(b, logMagic...)
	}
	for _, h := range r.forgotten {
		b = appendForget(b, h)
	}
	for _, s := range r.dirty {
		if r.slots[s.ID] != s {
			continue // forgotten meanwhile
		}
		b = r.encodeSlot(b, s)
	}
	return b
}

func (r *Registry) encodeSlot(b []byte, s *slot) []byte {
	s.head = s.HeadLen
	if s.handle != 0 {
		return appendMove(b, &s.Entry, s.handle)
	}
	s.handle = r.next
	r.next++
	return appendPut(b, &s.Entry, s.handle)
}

func (r *Registry) write(batch []byte, sync bool) error {
	if _, err := r.log.WriteAt(batch, r.size); err != nil {
		_ = r.log.Truncate(r.size) // best effort: a torn end is cut at the next start in any case
		return err
	}
	r.size += int64(len(batch))
	r.unsynced = !sync
	if !sync {
		return nil
	}
	return r.log.Sync()
}

// compact writes all entries into a new file and puts it in the old one's place. The caller holds ioMu.
func (r *Registry) compact() error {
	path := r.opt.Path + suffix
	tmp, err := os.OpenFile(path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	size, err := r.snapshot(tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		tmp.Close()
		os.Remove(path + ".new") // gives the space back on a full disk
		r.unclean = true
		return err
	}
	r.log.Close()
	r.log, r.size, r.live, r.unclean, r.changed = tmp, size, size, false, true
	return syncDir(filepath.Dir(path))
}

// snapshot writes all entries with new handles. Changes that come later are dirty again and follow as records.
func (r *Registry) snapshot(f *os.File) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	r.next = 1
	b := append(make([]byte, 0, 1<<20), logMagic...)
	var size int64
	for _, s := range r.slots {
		s.handle = 0
		b = r.encodeSlot(b, s)
		if len(b) > 1<<20-maxPayload {
			if _, err := f.Write(b); err != nil {
				return 0, err
			}
			size += int64(len(b))
			b = b[:0]
		}
	}
	_, err := f.Write(b)
	return size + int64(len(b)), err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Close writes what is due and gives the lock back. Acknowledgements that come later are lost, as with a crash.
func (r *Registry) Close() error {
	var err error
	r.once.Do(func() {
		close(r.stop)
		<-r.done
		if Memory(r.opt.Path) {
			return
		}
		err = r.Flush()
		r.mirror(true)
		r.ioMu.Lock()
		defer r.ioMu.Unlock()
		err = errors.Join(err, r.log.Close(), r.lock.Close())
		r.log = nil
	})
	return err
}
