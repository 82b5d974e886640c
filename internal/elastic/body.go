package elastic

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/valyala/fastjson"
)

// body is the memory of one bulk call, used again by later ones.
type body struct {
	plain  []byte
	starts []int // of each item in plain, and the end
	zipped bytes.Buffer
	zip    *gzip.Writer
	answer []byte
	parser fastjson.Parser
	held   atomic.Int32 // requests that still read plain or zipped
}

const (
	keptBytes  = 32 << 20 // how large a body may be to be kept for later
	keptBodies = 8
	sample     = 16      // items after which the size of a body is guessed
	guessBytes = 4 << 20 // the most that a guess takes
)

func (c *Client) takeBody() *body {
	select {
	case b := <-c.bodies:
		return b
	default:
		return &body{}
	}
}

// giveBody keeps b, unless a request that ended early still reads it.
func (c *Client) giveBody(b *body) {
	if b.held.Load() > 0 || cap(b.plain) > keptBytes || cap(b.answer) > keptBytes {
		return
	}
	select {
	case c.bodies <- b:
	default:
	}
}

func (b *body) encode(items []Item, types bool) {
	b.plain, b.starts = b.plain[:0], slices.Grow(b.starts[:0], len(items)+1)
	for i := range items {
		if i == sample { // at once instead of again and again
			b.plain = slices.Grow(b.plain, min(len(b.plain)/sample*(len(items)-i)*5/4, guessBytes))
		}
		b.starts = append(b.starts, len(b.plain))
		b.plain = items[i].append(b.plain, types)
	}
	b.starts = append(b.starts, len(b.plain))
}

// size is the bytes of the items from lo to before hi.
func (b *body) size(lo, hi int) int { return b.starts[hi] - b.starts[lo] }

// document is one item as it goes into a request.
func (b *body) document(i int) []byte { return b.plain[b.starts[i]:b.starts[i+1]] }

// payload is those items as they go over the wire.
func (b *body) payload(lo, hi, level int) ([]byte, error) {
	part := b.plain[b.starts[lo]:b.starts[hi]]
	if level == 0 {
		return part, nil
	}
	if b.held.Load() > 0 {
		b.zipped = bytes.Buffer{} // an earlier part is still being read
	}
	b.zipped.Reset()
	if b.zip == nil {
		w, err := gzip.NewWriterLevel(&b.zipped, level)
		if err != nil {
			return nil, fmt.Errorf("compress: %w", err)
		}
		b.zip = w
	} else {
		b.zip.Reset(&b.zipped)
	}
	if _, err := b.zip.Write(part); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := b.zip.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return b.zipped.Bytes(), nil
}
