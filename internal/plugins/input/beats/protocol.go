package beats

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The frames of the Lumberjack protocol, version 2. A frame begins with the version and a letter.
const (
	version2        = '2'
	frameWindow     = 'W' // how many events follow until an acknowledgement is due
	frameJSON       = 'J' // number and text of an event
	frameCompressed = 'C' // frames, by zlib
	frameAck        = 'A'
)

// maxWindow bounds how many events are acknowledged together. Beats send 50 to some thousands.
const maxWindow = 100_000

var errProtocol = errors.New("this is not the Lumberjack protocol, version 2, that Beats speak")

// window is what is acknowledged together.
type window struct {
	events []string
	last   uint32 // number of the last event
	size   int64
}

// reader reads windows. What lengths say is not believed: memory grows with what really comes, up to a bound.
type reader struct {
	in  *bufio.Reader
	max int64 // bytes of a window, uncompressed
}

func newReader(in io.Reader, max int64) *reader { return &reader{bufio.NewReaderSize(in, 64<<10), max} }

func (r *reader) next() (*window, error) {
	var head [6]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[2:])
	switch {
	case head[0] != version2 || head[1] != frameWindow:
		return nil, errProtocol
	case n > maxWindow:
		return nil, fmt.Errorf("a window of %d events is more than the %d that are taken; lower bulk_max_size", n, maxWindow)
	}
	w := &window{}
	for uint32(len(w.events)) < n {
		if err := r.frame(r.in, w, int(n), true); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return w, nil
}

func (r *reader) frame(in io.Reader, w *window, n int, outside bool) error {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return err
	}
	switch {
	case head[0] != version2:
		return errProtocol
	case head[1] == frameJSON:
		return r.event(in, w)
	case head[1] == frameCompressed && outside:
		return r.compressed(in, w, n)
	}
	return errProtocol
}

func (r *reader) event(in io.Reader, w *window) error {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return err
	}
	length := int64(binary.BigEndian.Uint32(head[4:]))
	if w.size += length; w.size > r.max {
		return fmt.Errorf("the events of a window take more than %d bytes (max_window_bytes)", r.max)
	}
	text, err := io.ReadAll(io.LimitReader(in, length))
	if err != nil {
		return err
	}
	if int64(len(text)) < length {
		return io.ErrUnexpectedEOF
	}
	w.events, w.last = append(w.events, string(text)), binary.BigEndian.Uint32(head[:])
	return nil
}

func (r *reader) compressed(in io.Reader, w *window, n int) error {
	var head [4]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return err
	}
	packed := io.LimitReader(in, int64(binary.BigEndian.Uint32(head[:])))
	z, err := zlib.NewReader(packed)
	if err != nil {
		return err
	}
	defer z.Close()
	for len(w.events) < n {
		if err := r.frame(z, w, n, false); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, packed) // what the decompression left
	return err
}

// ack acknowledges up to an event; 0 says that the window is being worked on.
func ack(w io.Writer, number uint32) error {
	frame := [6]byte{version2, frameAck}
	binary.BigEndian.PutUint32(frame[2:], number)
	_, err := w.Write(frame[:])
	return err
}
