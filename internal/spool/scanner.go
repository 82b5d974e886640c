package spool

import (
	"errors"
	"io"
	"time"
)

// errBad is the scanner's answer to a record that is torn or damaged.
var errBad = errors.New("bad record")

// scanner reads records from off up to limit through a buffer of its own.
type scanner struct {
	src       io.ReaderAt
	off       int64 // of the next record
	limit     int64 // nothing is read from here on
	maxRecord int

	buf   []byte
	start int // of the unread part in buf
}

// next returns the next record, whose bytes stay valid until the call after.
// It answers io.EOF at the limit or at the file's end and errBad where the
// bytes are no record.
func (s *scanner) next() ([]byte, time.Time, error) {
	for {
		data, at, more, good := parseRecord(s.buf[s.start:], s.maxRecord)
		if !good {
			return nil, at, errBad
		}
		if more == 0 {
			n := recordHeader + len(data)
			s.start += n
			s.off += int64(n)
			return data, at, nil
		}
		if err := s.fill(more); err != nil {
			return nil, at, err
		}
	}
}

// fill makes the unread part at least need bytes long.
func (s *scanner) fill(need int) error {
	have := len(s.buf) - s.start
	at := s.off + int64(have)
	want := max(need, 256<<10)
	if left := s.limit - s.off; int64(want) > left {
		want = int(left)
	}
	if want < need {
		if have == 0 && want == 0 {
			return io.EOF
		}
		return errBad
	}
	if cap(s.buf) < want {
		grown := make([]byte, have, want)
		copy(grown, s.buf[s.start:])
		s.buf = grown
	} else {
		copy(s.buf, s.buf[s.start:])
		s.buf = s.buf[:have]
	}
	s.start = 0
	n, err := s.src.ReadAt(s.buf[have:want], at)
	s.buf = s.buf[:have+n]
	if len(s.buf) >= need {
		return nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(s.buf) == 0 {
		return io.EOF
	}
	return errBad
}
