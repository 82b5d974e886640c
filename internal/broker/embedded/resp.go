package embedded

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// command is a request: its name and arguments as bytes of its own.
type command [][]byte

func (c command) size() int {
	n := 0
	for _, a := range c {
		n += len(a) + 24
	}
	return n
}

// protocolError is answered to the client before its connection is closed.
type protocolError string

func (e protocolError) Error() string { return string(e) }

const (
	maxInline    = 64 << 10
	maxArguments = 1 << 20
)

// readCommand reads a request as clients send it: an array of bulk strings,
// or a line of words (as somebody types into telnet). No announced length is
// believed beyond limit bytes for the whole request; redcon's own reader
// trusts lengths that make it loop or panic, which a broker for a whole net of
// hosts cannot afford.
func readCommand(r *bufio.Reader, limit int) (command, error) {
	line, err := readLine(r)
	if err != nil || len(line) == 0 {
		return nil, err
	}
	if line[0] != '*' {
		return splitInline(line)
	}
	n, err := parseLength(line[1:], maxArguments)
	if err != nil {
		return nil, protocolError("Protocol error: invalid multibulk length")
	}
	cmd := make(command, 0, min(n, 1024))
	for range n {
		arg, err := readBulk(r, limit)
		if err != nil {
			return nil, unexpected(err)
		}
		limit -= len(arg)
		cmd = append(cmd, arg)
	}
	return cmd, nil
}

func readBulk(r *bufio.Reader, limit int) ([]byte, error) {
	line, err := readLine(r)
	if err != nil {
		return nil, err
	}
	if len(line) == 0 || line[0] != '$' {
		return nil, protocolError(fmt.Sprintf("Protocol error: expected '$', got %.1q", line))
	}
	n, err := parseLength(line[1:], limit)
	if errors.Is(err, errTooLong) {
		return nil, protocolError(fmt.Sprintf("Protocol error: request over the limit of this server, %d bytes are left", limit))
	}
	if err != nil {
		return nil, protocolError("Protocol error: invalid bulk length")
	}
	b, err := readN(r, n+2)
	if err != nil {
		return nil, err
	}
	if b[n] != '\r' || b[n+1] != '\n' {
		return nil, protocolError("Protocol error: a bulk string does not end where its length says")
	}
	return b[:n:n], nil
}

// readN reads n bytes and takes memory as they come, not as they were
// announced.
func readN(r *bufio.Reader, n int) ([]byte, error) {
	const step = 1 << 20
	if n <= step {
		b := make([]byte, n)
		_, err := io.ReadFull(r, b)
		return b, err
	}
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, r, int64(n)); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// readLine returns a line without its end; it is valid until the next read.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, protocolError("Protocol error: too big inline request")
	}
	if err != nil {
		if len(line) > 0 {
			err = unexpected(err)
		}
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}

var errTooLong = errors.New("over the limit")

func parseLength(b []byte, limit int) (int, error) {
	n, err := strconv.ParseUint(string(b), 10, 62)
	if err != nil {
		return 0, err
	}
	if n > uint64(max(limit, 0)) {
		return 0, errTooLong
	}
	return int(n), nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// splitInline takes a typed line apart; words in "double quotes" know \n, \r,
// \t, \" and \\, words in 'single quotes' only \'.
func splitInline(line []byte) (command, error) {
	var cmd command
	for {
		line = bytes.TrimLeft(line, " \t")
		if len(line) == 0 {
			return cmd, nil
		}
		var word []byte
		var ok bool
		if q := line[0]; q == '"' || q == '\'' {
			word, line, ok = quoted(line[1:], q)
			if !ok || (len(line) > 0 && line[0] != ' ' && line[0] != '\t') {
				return nil, protocolError("Protocol error: unbalanced quotes in request")
			}
		} else {
			n := bytes.IndexAny(line, " \t")
			if n < 0 {
				n = len(line)
			}
			word, line = bytes.Clone(line[:n]), line[n:]
		}
		cmd = append(cmd, word)
	}
}

func quoted(line []byte, quote byte) (word, rest []byte, ok bool) {
	word = []byte{}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == quote:
			return word, line[i+1:], true
		case c == '\\' && i+1 < len(line) && (quote == '"' || line[i+1] == '\''):
			i++
			c = line[i]
			if n := bytes.IndexByte([]byte("nrt"), c); n >= 0 && quote == '"' {
				c = "\n\r\t"[n]
			}
		}
		word = append(word, c)
	}
	return nil, nil, false
}
