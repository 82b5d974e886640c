// Package synnefo finds and reads the recorded run of the Synnefo configurations: log files, what the real Logstash's shipper made of
// them and what its indexer made of that. It is imported by tests only.
package synnefo

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// FolderVariable names the environment variable that points to another recorded run, such as one that is held back.
const FolderVariable = "CASTOR_SYNNEFO"

// Dir is the folder of the run: $CASTOR_SYNNEFO when set, else internal/testdata/synnefo of this source tree.
func Dir() string {
	if dir := os.Getenv(FolderVariable); dir != "" {
		return dir
	}
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "testdata", "synnefo")
}

// Lines reads the lines of a file of the run, which may be compressed there as NAME.gz. The test fails where it is not there.
func Lines(t testing.TB, name string, line func(data []byte)) {
	t.Helper()
	r, err := open(filepath.Join(Dir(), name))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := bufio.NewScanner(r)
	s.Buffer(nil, 10<<20)
	for s.Scan() {
		line(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

func open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if !errors.Is(err, os.ErrNotExist) {
		return f, err
	}
	if f, err = os.Open(path + ".gz"); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	return &compressed{z, f}, err
}

type compressed struct {
	*gzip.Reader
	file *os.File
}

func (c *compressed) Close() error { return errors.Join(c.Reader.Close(), c.file.Close()) }
