package embedded

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// However the bytes come, reading ends with a command, a protocol error or the
// end of the input, and never takes more than was allowed.
func FuzzReadCommand(f *testing.F) {
	for _, s := range []string{resp("RPUSH", "k", "v"), "PING\r\n", "*1\r\n$-1\r\n", "*99999999\r\n", "$5\r\n", "SET \"a\\n\" 'b'\r\n", "*2\r\n$1\r\na\r\n$1048576\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1000
		r := bufio.NewReaderSize(bytes.NewReader(in), 64)
		for range 100 {
			cmd, err := readCommand(r, limit)
			var bad protocolError
			if err != nil && !errors.As(err, &bad) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%q: %v", in, err)
			}
			if err != nil {
				return
			}
			size := 0
			for _, a := range cmd {
				size += len(a)
			}
			if size > limit {
				t.Fatalf("%q: a command of %d bytes", in, size)
			}
		}
	})
}

func TestLargeArgument(t *testing.T) {
	big := strings.Repeat("x", 5<<20)
	cmd, err := readCommand(bufio.NewReader(strings.NewReader(resp("RPUSH", "k", big))), 6<<20)
	if err != nil || len(cmd) != 3 || string(cmd[2]) != big {
		t.Errorf("%d arguments, %v", len(cmd), err)
	}
	if _, err := readCommand(bufio.NewReader(strings.NewReader(resp("RPUSH", "k", big))), 4<<20); err == nil {
		t.Error("took more than the limit")
	}
}
