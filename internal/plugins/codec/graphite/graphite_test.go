package graphite

import (
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func TestFloat(t *testing.T) {
	for text, want := range map[string]float64{
		"": 0, "x": 0, "1": 1, "-1.5": -1.5, " 2": 2, "1.5abc": 1.5, "1e3": 1000, "1e": 1, "1e+": 1, "1_000": 1000, "1__0": 1, "_1": 0, ".5": 0, "5.": 5, "1.2.3": 1.2, "0x1F": 0, "--1": 0, "+3": 3, "inf": 0, "1e-2": 0.01,
	} {
		if got := float(text); got != want {
			t.Errorf("%q: expected %g, got %g", text, want, got)
		}
	}
}

func TestKeyValueAndBadTimes(t *testing.T) {
	c := plugintest.Codec(t, "graphite { as_key_value => true }", plugintest.Env(t), Spec)
	got := plugintest.Decoded(c, "a.b 1.5 15779", "34245\na 1 99999999999999999\nhalf")
	if len(got) != 2 || plugintest.Field(got[0], "key") != "a.b" || plugintest.Field(got[0], "value") != "1.5" || plugintest.Field(got[0], "@timestamp") != "2020-01-02T03:04:05.000Z" {
		t.Fatalf("got %v", got)
	}
	if tags := got[1].Tags(); len(tags) != 1 || tags[0] != failureTag {
		t.Errorf("tags are %q", tags)
	}
}

func TestRefusedOptions(t *testing.T) {
	reg := plugin.NewRegistry(Spec)
	plugintest.Refuses(t, reg, plugin.CodecType, `graphite { include_metrics => ["("] }`, "include_metrics")
	plugintest.Refuses(t, reg, plugin.CodecType, `graphite { metrics => { "a" => [1] } }`, "metrics")
}

func FuzzGraphite(f *testing.F) {
	plugintest.FuzzCodec(f, `graphite { fields_are_metrics => true metrics_format => "x.*" }`, []*plugin.Spec{Spec}, "a.b 1.5 1577934245\n", "@timestamp 1 1\ntags 2 2\n", " \n1e 1e+\n")
}
