package multiline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

const indented = `multiline { pattern => "^\s" what => "previous" `

func codecOf(t testing.TB, text string) *codec {
	return plugintest.Codec(t, text, plugintest.Env(t), Spec).(*codec)
}

func TestPending(t *testing.T) {
	for options, wait := range map[string]time.Duration{"": 2 * time.Second, "auto_flush_interval => 0.5": 500 * time.Millisecond, "auto_flush_interval => 60": time.Minute} {
		c := codecOf(t, indented+options+"}")
		if held, _ := c.Pending(); held {
			t.Error("a new codec holds nothing")
		}
		before := time.Now()
		c.Decode("one", func(*event.Event) { t.Error("one is not complete") })
		held, until := c.Pending()
		if !held || until.Before(before.Add(wait)) || until.After(time.Now().Add(wait)) {
			t.Errorf("%s: held %v until %s after the line", options, held, until.Sub(before))
		}
		c.Flush(func(*event.Event) {})
		if held, _ := c.Pending(); held {
			t.Error("something is held after the flush")
		}
	}
}

// Lines that come in pieces are joined first, whatever the pieces are.
func TestStream(t *testing.T) {
	const text = "one\n 1\ntwo\n 2\nthree"
	for cut := range len(text) {
		c := codecOf(t, indented+"}")
		c.Stream()
		got := plugintest.Messages(plugintest.Decoded(c, text[:cut], text[cut:]))
		if !slices.Equal(got, []string{"one\n 1", "two\n 2", "three"}) {
			t.Errorf("cut at %d: got %q", cut, got)
		}
	}
	c := codecOf(t, indented+"streaming_input => true }")
	if got := plugintest.Messages(plugintest.Decoded(c, "on", "e\n 1\n")); !slices.Equal(got, []string{"one\n 1"}) {
		t.Errorf("got %q", got)
	}
}

// The text is converted before it is split: a byte 10 within a character is no line's end.
func TestCharsetsOfTwoBytes(t *testing.T) {
	c := codecOf(t, indented+`charset => "UTF-16LE" }`)
	got := plugintest.Messages(plugintest.Decoded(c, "a\x00\x0a\x0a\x0a\x00 \x00b\x00\n\x00c\x00"))
	if !slices.Equal(got, []string{"a\u0a0a\n b", "c"}) {
		t.Errorf("got %q", got)
	}
}

// However long the message: memory is bounded by max_lines and max_bytes.
func TestBounds(t *testing.T) {
	c := codecOf(t, indented+"max_bytes => 1000 max_lines => 1000000 }")
	size, events := 0, 0
	for i := range 10_000 {
		c.Decode(fmt.Sprintf(" line %d", i), func(e *event.Event) {
			events++
			if v := plugintest.Field(e, "message"); len(v) > 1300 {
				t.Fatalf("a message of %d bytes", len(v))
			}
			if !slices.Contains(e.Tags(), maxBytesTag) {
				t.Fatalf("tags are %q", e.Tags())
			}
		})
		size = max(size, len(c.lines))
	}
	if events < 50 || size > 1000 {
		t.Errorf("%d events, at most %d lines held", events, size)
	}
	c = codecOf(t, indented+"max_bytes => 100 }")
	c.Stream()
	for range 1000 {
		c.Decode(strings.Repeat("x", 50), func(*event.Event) {})
	}
	if n := len(c.split.Rest()); n > 200 {
		t.Errorf("%d bytes of an endless line are held", n)
	}
}

func TestCharsetAndPatterns(t *testing.T) {
	c := codecOf(t, `multiline { pattern => "^%{YEAR}" negate => true what => "previous" charset => "ISO-8859-1" multiline_tag => "joined" }`)
	got := plugintest.Decoded(c, "2020 a", "\xe9t\xe9")
	if len(got) != 1 || plugintest.Field(got[0], "message") != "2020 a\nété" || !slices.Equal(got[0].Tags(), []string{"joined"}) {
		t.Errorf("got %v", got)
	}
}

func TestRefusedOptions(t *testing.T) {
	reg := plugin.NewRegistry(Spec)
	for text, words := range map[string][]string{
		`multiline { what => "previous" }`:                                      {"pattern"},
		`multiline { pattern => "a" }`:                                          {"what"},
		`multiline { pattern => "a" what => "before" }`:                         {"before"},
		`multiline { pattern => "(" what => "next" }`:                           {"pattern"},
		`multiline { pattern => "%{NOSUCHPATTERN}" what => "next" }`:            {"NOSUCHPATTERN"},
		`multiline { pattern => "a" what => "next" charset => "klingon" }`:      {"klingon"},
		`multiline { pattern => "a" what => "next" auto_flush_interval => -1 }`: {"auto_flush_interval"},
		`multiline { joins_previous => "(" }`:                                   {"joins_previous"},
		`multiline { joins_next => "a" what => "next" }`:                        {"what", "joins_previous"},
	} {
		plugintest.Refuses(t, reg, plugin.CodecType, text, words...)
	}
}

// What else the joins_ options do, the recorded cases of Beaver's rules say (internal/beaver).
func TestJoins(t *testing.T) {
	c := codecOf(t, `multiline { joins_previous => "^\s" joins_next => "\\$" max_lines => 3 }`)
	feed := []string{"one", " 1", "", "two \\", "2", " 3", "a\n b\n", "1", " 2", " 3", " 4", " 5"}
	want := []string{"one\n 1", "", "two \\\n2\n 3", "a\n b", "1\n 2\n 3\n 4", " 5"}
	if got := plugintest.Messages(plugintest.Decoded(c, feed...)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzMultiline(f *testing.F) {
	plugintest.FuzzCodec(f, indented+"max_lines => 3 max_bytes => 50 streaming_input => true }", []*plugin.Spec{Spec}, "a\n b\n c\nd\n", "\n\n\n", " x\r\n\xff")
}
