package tail

import (
	"sync"

	"castor/internal/offsets"
)

// FileInfo names the file that a chunk comes from. It is immutable; a file that gets new content or a new name gets a new one.
type FileInfo struct {
	Path  string // the name under which the file was followed; a rotated file's rest keeps it
	Dev   uint64
	Inode uint64
	ID    string // identity: the same text for the same content after renames, growth and restarts
}

// Flag tells what is special about a line.
type Flag uint8

const (
	FlagTruncated    Flag = 1 << iota // longer than MaxLineBytes: only the beginning is here
	FlagUnterminated                  // the file ended without a delimiter after it
)

// Line is one line's place in Chunk.Buf, without its delimiter (a CR before it stays, as in Logstash; archives lose it).
type Line struct {
	Start, End int32
	Flags      Flag
}

// Chunk is a run of whole lines of one file. Buf and Lines belong to the receiver until it calls Ack, Release or Nack, exactly one of them
// exactly once, from any goroutine; then they are reused.
type Chunk struct {
	File   *FileInfo
	Buf    []byte
	Lines  []Line
	Offset int64 // in the file, of the first byte that the chunk accounts for
	Next   int64 // in the file, of the first byte after the chunk: what is committed by Ack

	base    int64 // offset in the file of Buf[0]
	seq     uint64
	end     offsets.Position
	tracker *offsets.Tracker
	file    *file
	engine  *Engine
	charge  int64
	store   []byte // the pooled memory behind Buf
}

// Line returns line i without its delimiter.
func (c *Chunk) Line(i int) []byte { l := c.Lines[i]; return c.Buf[l.Start:l.End] }

// LineOffset returns the offset in the file of the first byte of line i.
func (c *Chunk) LineOffset(i int) int64 { return c.base + int64(c.Lines[i].Start) }

// Ack says that every line of the chunk is safe. The registry advances over the contiguous prefix of acknowledged chunks.
func (c *Chunk) Ack() {
	c.tracker.Ack(c.seq)
	c.engine.release(c)
}

// Release gives the memory back without acknowledging: the lines are read again after the next start. It is meant for shutting down.
func (c *Chunk) Release() { c.engine.release(c) }

// Nack gives the chunk back: it and what was handed out after it of the same file are read and handed out again.
func (c *Chunk) Nack() {
	c.engine.rewind(c.file, c.tracker, c.seq)
	c.engine.release(c)
}

// budget bounds the bytes that are handed out.
type budget struct {
	mu     sync.Mutex
	cond   sync.Cond
	used   int64
	limit  int64
	asleep int // takers that wait
	done   bool
}

func newBudget(limit int64) *budget {
	b := &budget{limit: limit}
	b.cond.L = &b.mu
	return b
}

// take waits until n bytes fit, or until nothing else is out (a line larger than the whole budget must pass too). It is false after close.
func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.used > 0 && b.used+n > b.limit && !b.done {
		b.asleep++
		b.cond.Wait()
		b.asleep--
	}
	if b.done {
		return false
	}
	b.used += n
	return true
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	b.used -= n
	b.mu.Unlock()
	b.cond.Broadcast()
}

func (b *budget) close() {
	b.mu.Lock()
	b.done = true
	b.mu.Unlock()
	b.cond.Broadcast()
}
