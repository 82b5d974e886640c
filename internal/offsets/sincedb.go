package offsets

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// ReadSincedb reads Logstash's sincedb: "inode major minor position", with versions 4.1 and later "last_active path" after them. A line that
// cannot be understood is an error which names it.
func ReadSincedb(in io.Reader) ([]Entry, error) {
	var list []Entry
	sc := bufio.NewScanner(in)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" {
			continue
		}
		e, err := parseSincedb(line)
		if err != nil {
			return nil, fmt.Errorf("read line %d: %w: %q", n, err, line)
		}
		list = append(list, e)
	}
	return list, sc.Err()
}

func parseSincedb(line string) (e Entry, err error) {
	parts := strings.SplitN(line, " ", 6)
	if len(parts) < 4 {
		return e, fmt.Errorf("expect an inode, two device numbers and a position")
	}
	var n [4]uint64
	for i := range n {
		if n[i], err = strconv.ParseUint(parts[i], 10, 63); err != nil {
			return e, fmt.Errorf("expect a number in column %d", i+1)
		}
	}
	e = Entry{Inode: n[0], Dev: makedev(n[1], n[2]), Offset: int64(n[3]), State: Imported}
	if len(parts) > 4 {
		if at, err := strconv.ParseFloat(parts[4], 64); err == nil {
			e.Updated = int64(at)
		}
	}
	if len(parts) > 5 {
		e.Path = parts[5]
	}
	return e, nil
}

// makedev and splitdev are glibc's encoding of a device number. Logstash writes 0 0 for the device on some JVMs: such an entry has
// device 0, which the reader of files treats as "unknown".
func makedev(major, minor uint64) uint64 {
	return minor&0xff | major&0xfff<<8 | minor&^0xff<<12 | major&^0xfff<<32
}

func splitdev(dev uint64) (major, minor uint64) {
	return dev >> 8 & 0xfff, dev&0xff | dev>>12&^0xff&0xffffffff
}

// WriteSincedb writes entries in Logstash's format, six columns; what is no longer there is left out.
func WriteSincedb(out io.Writer, list []Entry) error {
	w := bufio.NewWriter(out)
	for _, e := range list {
		if e.State == Gone || e.State == Replaced {
			continue
		}
		major, minor := splitdev(e.Dev)
		fmt.Fprintf(w, "%d %d %d %d %d.0 %s\n", e.Inode, major, minor, e.Offset, e.Updated, e.Path)
	}
	return w.Flush()
}

// mirror writes the copy in Logstash's format when it is due. Failing is no harm: the registry is what counts.
func (r *Registry) mirror(closing bool) {
	r.ioMu.Lock()
	defer r.ioMu.Unlock()
	now := r.opt.Now()
	due := closing || (now.Sub(r.mirrored) >= r.opt.MirrorInterval && r.Len() <= mirrorMaximum)
	if r.opt.MirrorInterval < 0 || !r.changed || !due {
		return
	}
	r.mirrored = now
	if err := r.writeMirror(); err != nil {
		r.opt.Log.Warn("the copy of the registry in Logstash's format cannot be written", "path", r.opt.Path, "error", err)
		return
	}
	r.changed = false
}

func (r *Registry) writeMirror() error {
	tmp := r.opt.Path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	err = WriteSincedb(f, r.Entries())
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, r.opt.Path)
	}
	if err != nil {
		os.Remove(tmp)
	}
	return err
}

// Age is the time since the last activity, for listings.
func (e Entry) Age(now time.Time) time.Duration {
	return now.Sub(e.UpdatedTime()).Truncate(time.Second)
}
