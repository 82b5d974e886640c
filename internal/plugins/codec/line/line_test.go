package line

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

// Whatever the pieces: the lines are the same, and joined again they are the text.
func TestSplitterPieces(t *testing.T) {
	for _, delimiter := range []string{"\n", "\r\n", "aab"} {
		text := strings.Join([]string{"one", "", "two", "aa", "end"}, delimiter)
		for i := range len(text) {
			for j := i; j <= len(text); j++ {
				s := Splitter{Delimiter: delimiter, Max: 100}
				var got []string
				for _, piece := range []string{text[:i], text[i:j], text[j:]} {
					s.Split(piece, func(line string, _ bool) { got = append(got, line) })
				}
				if got = append(got, s.Rest()); strings.Join(got, delimiter) != text || s.Held() {
					t.Fatalf("%q cut at %d, %d: got %q", delimiter, i, j, got)
				}
			}
		}
	}
}

// A line of any length takes no more memory than the limit, is cut there, and the next line is whole.
func TestSplitterBound(t *testing.T) {
	for _, delimiter := range []string{"\n", "\r\n"} {
		for _, n := range []int{9, 10, 11, 12, 13, 1000} {
			for size := 1; size < 20; size++ {
				s := Splitter{Delimiter: delimiter, Max: 10}
				text := strings.Repeat("x", n) + delimiter + "next" + delimiter
				var got []string
				for len(text) > 0 {
					k := min(size, len(text))
					s.Split(text[:k], func(line string, cut bool) { got = append(got, fmt.Sprint(line, cut)) })
					text = text[k:]
					if len(s.rest) > 10+len(delimiter)+size {
						t.Fatalf("%d bytes are held", len(s.rest))
					}
				}
				want := []string{fmt.Sprint(strings.Repeat("x", min(n, 10)), n > 10), "nextfalse"}
				if !slices.Equal(got, want) {
					t.Errorf("%q, %d bytes in pieces of %d: expected %q, got %q", delimiter, n, size, want, got)
				}
			}
		}
	}
}

// Outputs that need no delimiter have an empty one. An input must not hang with it.
func TestEmptyDelimiter(t *testing.T) {
	c := plugintest.Codec(t, `line { delimiter => "" format => "%{message}" }`, plugintest.Env(t), Spec)
	if got := plugintest.Messages(plugintest.Decoded(c, "one\ntwo", "three")); !slices.Equal(got, []string{"one\ntwo", "three"}) {
		t.Errorf("read %q", got)
	}
	if got := plugintest.Encoded(t, c, plugintest.Decoded(c, "one")[0]); got != "one" {
		t.Errorf("wrote %q", got)
	}
}

func TestCodec(t *testing.T) {
	env := plugintest.Env(t)
	c := plugintest.Codec(t, `line { decode_size_limit_bytes => 5 format => "%{message}!" delimiter => "|" }`, env, Spec)
	got := plugintest.Decoded(c, "a|to", "o long|b")
	if m := plugintest.Messages(got); !slices.Equal(m, []string{"a", "too l", "b"}) || !slices.Equal(got[1].Tags(), []string{"_truncated"}) {
		t.Errorf("got %q, %q", m, got[1].Tags())
	}
	if s := plugintest.Encoded(t, c, got[0]); s != "a!|" {
		t.Errorf("got %q", s)
	}
	env.ECS = plugin.ECSv8
	if e := plugintest.Decoded(plugintest.Codec(t, "line", env, Spec), "x\n")[0]; plugintest.Field(e, "[event][original]") != "x" {
		t.Error("ECS: no [event][original]")
	}
	reg := plugin.NewRegistry(Spec)
	plugintest.Refuses(t, reg, plugin.CodecType, `line { charset => "klingon" }`, "klingon")
}

func FuzzLine(f *testing.F) {
	plugintest.FuzzCodec(f, `line { decode_size_limit_bytes => 10 delimiter => "\r\n" }`, []*plugin.Spec{Spec}, "a\r\nb\r", "\r\r\n\n", strings.Repeat("x", 50))
}
