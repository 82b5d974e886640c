package tail

import (
	"compress/gzip"
	"container/list"
	"os"
	"time"

	"castor/internal/offsets"
)

// ownership of a file's fields passes with its phase, under Engine.mu: in idle, waiting and held the scanner owns it, in queued nobody
// (a worker will), in busy one worker.
type phase uint8

const (
	idle    phase = iota // nothing to read
	waiting              // closed, has something to read, waits for a free descriptor
	queued               // open, in the ready queue
	busy                 // a worker reads it
	ended                // read to its final end; closed when everything is acknowledged
)

type file struct {
	key  fileKey
	born int64

	// Guarded by Engine.mu.
	phase      phase
	again      bool  // something changed while busy
	rewind     bool  // a chunk came back
	size       int64 // largest size seen of the present content
	lastStat   status
	path       string // the name that chunks carry
	look       string // where the file is found now; "" when no name leads to it
	former     string // what look was before
	detached   time.Time
	changed    time.Time // last change, or discovery
	nextStat   time.Time
	readAt     time.Time // last time bytes were read
	ignored    bool      // older than ignore_older when it was found
	wasIgnored bool
	noted      bool      // said that it is an archive
	zipped     bool      // its content is a gzip stream
	initial    bool      // there when Run started
	moved      time.Time // look changed, and the name that chunks carry is not settled
	retryAt    time.Time // not to be opened before: it failed, or may be a copy
	heldSince  time.Time // may be a copy
	compared   time.Time // last time that its content was compared with what was read of it
	skipTo     int64     // size when found: where an ignored file begins when it changes
	finished   bool      // read mode: completed, action done
	broken     bool      // read mode: an archive that cannot be decompressed
	checked    bool      // read mode: a valid archive
	fd         *os.File
	opened     *list.Element // its place in Engine.opened, when fd is there
	prior      *epoch        // the content before the last truncation

	// The owner's.
	info     *FileInfo
	tracker  *offsets.Tracker
	untrack  func()
	attached bool
	pos      int64  // of the next line's first byte
	scan     int64  // no delimiter starts before it
	secured  string // the identity that the registry's file has for certain, with enough of its head
	headLen  uint32
	head     uint64
	tailLen  uint32
	tail     uint64
	eofSeen  time.Time // first time the end was seen at eofSize
	eofSize  int64     // size at that time
	statSize int64     // size at the beginning of the turn
	final    bool      // the unterminated rest may go out
	zip      *gzip.Reader
	carry    []byte // archive: bytes of the line that is not complete yet
}

// advance moves to the end of what was handed out.
func (f *file) advance(p offsets.Position) {
	f.pos, f.scan, f.tailLen, f.tail = p.Offset, p.Offset, p.TailLen, p.Tail
	f.eofSeen, f.final = time.Time{}, false
}

// seek moves anywhere; what was read ahead is void.
func (f *file) seek(p offsets.Position) {
	f.advance(p)
	f.zip, f.carry = nil, nil
}
