package plugintest

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
)

// FuzzCodec feeds a codec of the text with whatever the fuzzer makes of the seeds, in one piece and in two, and
// writes what came out again: nothing may panic or hang, and the events must be whole.
func FuzzCodec(f *testing.F, text string, specs []*plugin.Spec, seeds ...string) {
	f.Helper()
	for _, s := range seeds {
		f.Add(s, len(s)/2)
	}
	env := Env(f)
	f.Fuzz(func(t *testing.T, data string, cut int) {
		if cut < 0 || cut > len(data) {
			cut = len(data) / 2
		}
		for _, pieces := range [][]string{{data}, {data[:cut], data[cut:]}} {
			c := Codec(t, text, env, specs...)
			for _, e := range Decoded(c, pieces...) {
				if _, ok := e.Timestamp(); !ok {
					t.Fatalf("an event without @timestamp: %s", e.AppendJSON(nil))
				}
				if _, err := c.Encode(nil, e); err != nil {
					continue
				}
			}
			if held, _ := pending(c); held {
				t.Fatal("the codec holds something after it was flushed")
			}
		}
	})
}

func pending(c plugin.Codec) (bool, string) {
	p, ok := c.(plugin.Pending)
	if !ok {
		return false, ""
	}
	held, until := p.Pending()
	return held, until.String()
}

// Encoded is what the codec writes for the event.
func Encoded(t testing.TB, c plugin.Codec, e *event.Event) string {
	t.Helper()
	out, err := c.Encode(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Event reads an event of JSON text.
func Event(t testing.TB, text string) *event.Event {
	t.Helper()
	var d event.Decoder
	e, err := d.DecodeEvent(text, event.Now)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
