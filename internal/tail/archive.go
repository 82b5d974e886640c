package tail

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"castor/internal/offsets"
)

// turnArchive reads a gzip file. Its positions count decompressed bytes; after a restart what was delivered is decompressed again and
// passed over.
func (e *Engine) turnArchive(ctx context.Context, f *file, emit Emit) (result, error) {
	if err := e.openArchive(f); err != nil {
		return e.brokenArchive(f, err), nil
	}
	for range e.cfg.ChunkCount {
		if ctx.Err() != nil || e.rewindAsked(f) {
			return more, nil
		}
		c, err := e.readArchive(f)
		if c != nil {
			if err := e.handOut(ctx, f, c, emit); err != nil {
				return more, err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return complete, nil
		case err != nil:
			return e.brokenArchive(f, err), nil
		case c == nil:
			return more, nil
		}
	}
	return more, nil
}

func (e *Engine) openArchive(f *file) error {
	if f.zip != nil {
		return nil
	}
	if e.cfg.CheckArchive && !f.checked {
		if err := validArchive(f.fd); err != nil {
			return fmt.Errorf("check the archive: %w", err)
		}
		f.checked = true
	}
	if _, err := f.fd.Seek(0, io.SeekStart); err != nil {
		return err
	}
	zip, err := gzip.NewReader(f.fd)
	if err != nil {
		return fmt.Errorf("open the archive: %w", err)
	}
	if _, err := io.CopyN(io.Discard, zip, f.pos); err != nil {
		return fmt.Errorf("pass over what was read before: %w", err)
	}
	f.zip, f.carry = zip, nil
	return nil
}

func validArchive(fd *os.File) error {
	if _, err := fd.Seek(0, io.SeekStart); err != nil {
		return err
	}
	zip, err := gzip.NewReader(fd)
	if err == nil {
		_, err = io.Copy(io.Discard, zip)
	}
	return err
}

// brokenArchive reports; the file is done with, but not completed: it is neither noted nor deleted.
func (e *Engine) brokenArchive(f *file, err error) result {
	e.count.readErrors.Add(1)
	e.log.Error("an archive cannot be decompressed; it is left where it is", "path", f.path, "offset", f.pos, "error", err)
	f.broken = true
	return complete
}

// readArchive fills a chunk from the stream. io.EOF comes with the last chunk, or after it with none.
func (e *Engine) readArchive(f *file) (*Chunk, error) {
	c := e.newChunk()
	if c == nil {
		return nil, nil
	}
	n := copy(c.store, f.carry)
	m, err := readFull(f.zip, c.store[n:])
	n += m
	end := lastDelimiter(c.store[:n], e.archiveDelimiter())
	switch {
	case errors.Is(err, io.EOF):
		end = n // the end of the archive ends its last line
	case end == 0 && err == nil:
		defer e.release(c)
		return e.longArchiveLine(f, c.store[:n])
	}
	f.carry = append(f.carry[:0], c.store[end:n]...)
	if end == 0 {
		e.release(c)
		return nil, err
	}
	e.fillArchive(c, f, c.store[:end], int64(end))
	return c, err
}

// readFull is io.ReadFull without its own errors: what the stream says counts.
func readFull(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	if n == len(b) {
		err = nil
	}
	return n, err
}

// fillArchive makes c the chunk of data, which is accounted for as size decompressed bytes.
func (e *Engine) fillArchive(c *Chunk, f *file, data []byte, size int64) {
	c.base, c.Offset, c.Next = f.pos, f.pos, f.pos+size
	c.Buf = data
	c.Lines = split(c.Lines[:0], data, 0, e.archiveDelimiter())
	if e.cfg.Mode == Read {
		trimCR(c.Lines, data)
	}
	if !bytes.HasSuffix(data, e.archiveDelimiter()) {
		c.Lines[len(c.Lines)-1].Flags |= FlagUnterminated
	}
	e.cutLines(c)
	c.end = offsets.Position{Offset: c.Next}
}

// archiveDelimiter: archives in Read mode have Unix or Windows line ends; those that rotation made have the configured delimiter.
func (e *Engine) archiveDelimiter() []byte {
	if e.cfg.Mode == Read {
		return []byte{'\n'}
	}
	return e.delim
}

func trimCR(lines []Line, data []byte) {
	for i := range lines {
		if l := &lines[i]; l.End > l.Start && data[l.End-1] == '\r' {
			l.End--
		}
	}
}

// longArchiveLine reads on to the end of a line that is longer than a chunk, and keeps MaxLineBytes of it.
func (e *Engine) longArchiveLine(f *file, start []byte) (*Chunk, error) {
	line := append([]byte(nil), start...)
	size := int64(len(line))
	in := bufio.NewReaderSize(f.zip, minChunk)
	var err error
	for {
		var part []byte
		part, err = in.ReadSlice('\n')
		size += int64(len(part))
		line = append(line, part[:min(len(part), max(e.cfg.MaxLineBytes+2-len(line), 0))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
	}
	rest, _ := in.Peek(in.Buffered())
	f.carry = append(f.carry[:0], rest...)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !e.budget.take(int64(len(line))) {
		f.zip = nil // shutting down
		return nil, nil
	}
	c := &Chunk{engine: e, charge: int64(len(line)), store: line}
	e.fillArchive(c, f, line, size)
	if size > int64(len(line)) {
		c.Lines[0].Flags = FlagTruncated
	}
	return c, err
}
