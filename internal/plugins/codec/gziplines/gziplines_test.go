package gziplines

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func compress(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLines(t *testing.T) {
	c := plugintest.Codec(t, `gzip_lines { charset => "ISO-8859-1" }`, plugintest.Env(t), Spec)
	got := plugintest.Messages(plugintest.Decoded(c, compress(t, "one\n\ntw\xf6")+compress(t, "three")))
	if !slices.Equal(got, []string{"one\n", "\n", "twöthree"}) {
		t.Errorf("got %q", got)
	}
}

func TestFaults(t *testing.T) {
	c := plugintest.Codec(t, "gzip_lines", plugintest.Env(t), Spec)
	whole := compress(t, strings.Repeat("line\n", 1000))
	for _, data := range []string{"", "no gzip", whole[:len(whole)-5], whole + "rest"} {
		got := plugintest.Decoded(c, data)
		last := got[len(got)-1]
		if tags := last.Tags(); len(tags) != 1 || tags[0] != failureTag || plugintest.Field(last, "message") != data {
			t.Errorf("%.20q: expected the data with the tag %s at the end", data, failureTag)
		}
	}
}

// A small piece of data that gives much text is stopped.
func TestBomb(t *testing.T) {
	c := plugintest.Codec(t, `gzip_lines { max_decompressed_bytes => "1MiB" }`, plugintest.Env(t), Spec)
	bomb := compress(t, strings.Repeat("\x00", 50<<20))
	got := plugintest.Decoded(c, bomb)
	if len(got) != 1 || len(plugintest.Field(got[0], "message")) != len(bomb) || got[0].Tags()[0] != failureTag {
		t.Errorf("got %d events", len(got))
	}
}

func FuzzGzipLines(f *testing.F) {
	plugintest.FuzzCodec(f, `gzip_lines { max_decompressed_bytes => 1000 }`, []*plugin.Spec{Spec}, compress(f, "a\nb\n"), compress(f, strings.Repeat("x", 5000)), "\x1f\x8b")
}
