package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
)

// space is how many numbers a writer has for its lines.
const space = int64(1e10)

// generation is the content of one log file, from its creation (or truncation) to the next one's.
type generation struct {
	first, next int64 // numbers of its lines: first, and the one after the last
	path        string
	inode       uint64
	seen        bool        // the shipper had it open
	exempt      atomic.Bool // it was deleted, and the shipper that alone had it open was killed
}

// writer writes one log and rotates it.
type writer struct {
	id      int
	kind    *rotation
	dir     string
	path    string // where the shipper finds the log
	shipper *member
	rate    int // lines a second
	huge    int // bytes of the one huge line, 0 when it is written or not wanted
	random  *rand.Rand

	mu      sync.Mutex
	file    *os.File
	gens    []*generation
	next    int64
	bad     map[int64]bool // lines that the engine refuses
	partial []byte         // the rest of a line that was written in part
	serial  int
	keep    int      // how many rotated files stay, 0 for all
	old     []string // their names, the oldest first
	faults  map[string]int
}

func (w *writer) current() *generation { return w.gens[len(w.gens)-1] }

// open begins a generation in a new file.
func (w *writer) open(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	w.file = f
	w.begin(path, inode(st))
	return nil
}

func (w *writer) begin(path string, node uint64) {
	if n := len(w.gens); n > 0 {
		w.current().next = w.next
	}
	w.gens = append(w.gens, &generation{first: w.next, path: path, inode: node})
}

// burst writes n lines in one go. Sometimes it ends in the middle of a line; the rest comes with the next burst.
func (w *writer) burst(n int) error {
	var b bytes.Buffer
	b.Write(w.partial)
	w.partial = nil
	for range n {
		w.line(&b)
	}
	if w.random.IntN(20) == 0 && b.Len() > 8 {
		whole := b.Bytes()
		at := len(whole) - 1 - w.random.IntN(7)
		w.partial = bytes.Clone(whole[at:])
		b.Truncate(at)
	}
	_, err := w.file.Write(b.Bytes())
	return err
}

// finish writes the rest of a line.
func (w *writer) finish() error {
	_, err := w.file.Write(w.partial)
	w.partial = nil
	return err
}

// line makes the next line. It begins with its number; sizes that are no numbers are refused by the engine's mapping.
func (w *writer) line(b *bytes.Buffer) {
	n := w.next
	w.next++
	size := "17"
	if w.random.IntN(2000) == 0 {
		size = "many"
		w.bad[n] = true
		w.count("mapping conflict")
	}
	fmt.Fprintf(b, "#%d %s size=%s ", n, w.kind.name, size)
	w.payload(b)
	b.WriteByte('\n')
}

const filler = "The quick brown fox jumps over the lazy dog, and the lazy dog does not mind as long as it is left in peace. "

func (w *writer) payload(b *bytes.Buffer) {
	at := w.random.IntN(40)
	b.WriteString(filler[at : at+60])
	switch k := w.random.IntN(10000); {
	case w.huge > 0 && w.next%space > 1500:
		w.count("huge line")
		b.Write(bytes.Repeat([]byte("0123456789abcdef"), w.huge/16))
		w.huge = 0
	case k < 20:
		w.count("invalid UTF-8")
		b.Write([]byte{0xff, 0xfe, 'x', 0xc3, 0x28, 0xed, 0xa0, 0x80})
	case k < 40:
		w.count("NUL bytes")
		b.Write([]byte{0, 0, 'x', 0})
	case k < 45:
		w.count("long line")
		b.Write(bytes.Repeat([]byte(filler), 1+w.random.IntN(1000)))
	}
}

func (w *writer) count(what string) {
	w.faults[what]++
}
