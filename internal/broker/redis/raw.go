package redis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"
)

// rawClient speaks to a server that stands alone.
type rawClient struct {
	*goredis.Client
	size atomic.Int64 // of the last reply with messages, for the memory of the next one
}

// run calls a script by its digest, or by its text where the server has forgotten it, and cuts the messages out of
// the one buffer that the reply was read into: no allocation per message.
func (c *rawClient) run(ctx context.Context, s *script, keys []string, args []any) ([][]byte, int64, error) {
	call := make([]any, 0, 3+len(keys)+len(args))
	call = append(call, "EVALSHA", s.Hash(), len(keys))
	for _, k := range keys {
		call = append(call, k)
	}
	call = append(call, args...)
	r := reply{make([]byte, 0, c.size.Load())}
	err := c.DoRawWriteTo(ctx, &r, call...).Err()
	if err == nil && bytes.HasPrefix(r.b, []byte("-NOSCRIPT")) {
		call[0], call[1], r.b = "EVAL", s.text, r.b[:0]
		err = c.DoRawWriteTo(ctx, &r, call...).Err()
	}
	if err != nil {
		return nil, 0, err
	}
	msgs, n, err := parseReply(r.b)
	if len(msgs) > 0 {
		c.size.Store(int64(min(len(r.b)+len(r.b)/8, maxReply)))
	}
	return msgs, n, err
}

// maxReply bounds the memory that is taken before a reply is there.
const maxReply = 4 << 20

// reply collects a reply's bytes; go-redis' own buffer is copied again and again as it grows.
type reply struct{ b []byte }

func (r *reply) Write(p []byte) (int, error) {
	r.b = append(r.b, p...)
	return len(p), nil
}

// ReadFrom implements io.ReaderFrom: go-redis hands a message over as a reader.
func (r *reply) ReadFrom(from io.Reader) (n int64, err error) {
	for {
		r.b = slices.Grow(r.b, 512)
		m, err := from.Read(r.b[len(r.b):cap(r.b)])
		r.b, n = r.b[:len(r.b)+m], n+int64(m)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// errReply is an error that the server sent, in its own words.
type errReply string

func (e errReply) Error() string { return string(e) }

var errCut = errors.New("the server's answer is cut short")

// parseReply reads a RESP reply that is an error, an integer or an array of strings. The messages share reply's memory,
// each with no capacity beyond its end.
func parseReply(reply []byte) ([][]byte, int64, error) {
	line, rest, ok := bytes.Cut(reply, []byte("\r\n"))
	if !ok || len(line) == 0 {
		return nil, 0, errCut
	}
	switch line[0] {
	case '-':
		return nil, 0, errReply(strings.TrimSpace(string(line[1:])))
	case ':':
		n, err := strconv.ParseInt(string(line[1:]), 10, 64)
		return nil, n, err
	case '*':
		n, err := strconv.Atoi(string(line[1:]))
		if err != nil || n < 0 {
			return nil, 0, err
		}
		msgs, err := parseStrings(rest, n)
		return msgs, 0, err
	}
	return nil, 0, fmt.Errorf("unexpected answer of type %q", line[0])
}

func parseStrings(b []byte, n int) ([][]byte, error) {
	out := make([][]byte, 0, n)
	for range n {
		end := bytes.IndexByte(b, '\n')
		if end < 2 || b[0] != '$' {
			return nil, errCut
		}
		size, err := strconv.Atoi(string(b[1 : end-1]))
		if err != nil || size < 0 || end+1+size+2 > len(b) {
			return nil, errCut
		}
		start := end + 1
		out = append(out, b[start:start+size:start+size])
		b = b[start+size+2:]
	}
	return out, nil
}
