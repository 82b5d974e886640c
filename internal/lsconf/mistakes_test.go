package lsconf

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/lsconf/diag"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the .want parts of testdata/mistakes")

// said gives what a person sees for a text: all diagnostics, printed.
func said(t *testing.T, name, text string) string {
	t.Helper()
	_, list := Parse(name, text, Options{})
	var src diag.Sources
	src.Add(name, text)
	var b strings.Builder
	if err := diag.Print(&b, &src, list, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestMistakes holds every text of testdata/mistakes against what is said about it, place and wording.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "mistakes", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal("no mistakes found", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			conf, want := archive.Files[i], &archive.Files[i+1]
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+conf.Name, func(t *testing.T) {
				got := said(t, conf.Name, string(conf.Data))
				if got == "" {
					t.Error("nothing is said")
				}
				if *update {
					want.Data = []byte(got)
				} else if got != string(want.Data) {
					t.Errorf("got:\n%s\nwant:\n%s", got, want.Data)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
