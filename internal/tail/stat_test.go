package tail

import (
	"os"
	"path/filepath"
	"testing"
)

// What an old kernel tells is the same, but for the creation time.
func TestStatWithoutStatx(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte("a line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openRegular(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := statPath(path)
	if err != nil || want.size != 7 || !want.regular || want.key.inode == 0 {
		t.Fatalf("%+v, %v", want, err)
	}
	want.born = 0
	if got, err := oldStatAt(0, path); err != nil || got != want {
		t.Errorf("by name: %+v, %v; want %+v", got, err, want)
	}
	if got, err := oldStatAt(int(f.Fd()), ""); err != nil || got != want {
		t.Errorf("by descriptor: %+v, %v; want %+v", got, err, want)
	}
}
