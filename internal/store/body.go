package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// budget bounds the bytes of all request bodies in work: more of them wait.
type budget struct {
	mu   sync.Mutex
	cond chan struct{} // closed when bytes come back
	left int64
	all  int64
}

func newBudget(n int64) *budget { return &budget{left: n, all: n} }

// take waits for n bytes (at most the whole budget) and returns how to give
// them back.
func (b *budget) take(ctx context.Context, n int64) (func(), error) {
	n = min(n, b.all)
	for {
		b.mu.Lock()
		if b.left >= n {
			b.left -= n
			b.mu.Unlock()
			return sync.OnceFunc(func() { b.give(n) }), nil
		}
		if b.cond == nil {
			b.cond = make(chan struct{})
		}
		news := b.cond
		b.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	if b.cond != nil {
		close(b.cond)
		b.cond = nil
	}
}

// body reads a request, unpacked, within MaxBody; done gives its memory back
// to the budget.
func (s *Store) body(r *http.Request) (b []byte, done func(), err error) {
	size := r.ContentLength
	packed := r.Header.Get("Content-Encoding") == "gzip"
	if packed {
		size *= 8
	}
	if size < 0 {
		size = 8 << 20
	}
	if done, err = s.memory.take(r.Context(), size); err != nil {
		return nil, nil, err
	}
	var src io.Reader = r.Body
	if packed {
		if src, err = gzip.NewReader(r.Body); err != nil {
			done()
			return nil, nil, &apiError{status: 400, kind: "parse_exception", reason: "the gzip body cannot be read: " + err.Error()}
		}
	}
	var buf bytes.Buffer
	if r.ContentLength > 0 && !packed {
		buf.Grow(int(min(r.ContentLength, s.opts.MaxBody)) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(src, s.opts.MaxBody+1))
	if err == nil && n > s.opts.MaxBody {
		err = &apiError{status: 413, kind: "content_too_long_exception", reason: fmt.Sprintf("the body is over the limit of %d bytes: send smaller requests", s.opts.MaxBody)}
	}
	if err != nil {
		done()
		var api *apiError
		if !errors.As(err, &api) {
			err = &apiError{status: 400, kind: "parse_exception", reason: "the body cannot be read: " + err.Error()}
		}
		return nil, nil, err
	}
	return buf.Bytes(), done, nil
}
