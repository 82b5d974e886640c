package dots

import (
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func TestDots(t *testing.T) {
	c := plugintest.Codec(t, "dots", plugintest.Env(t), Spec)
	if got := plugintest.Encoded(t, c, plugintest.Event(t, `{"a":1}`)); got != "." {
		t.Errorf("got %q", got)
	}
}

func FuzzDots(f *testing.F) { plugintest.FuzzCodec(f, "dots", []*plugin.Spec{Spec}, "x", "") }
