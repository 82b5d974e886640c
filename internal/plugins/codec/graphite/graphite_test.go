package graphite

import (
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func TestNumbers(t *testing.T) {
	c := plugintest.Codec(t, "graphite { }", plugintest.Env(t), Spec)
	got := plugintest.Decoded(c, "a 1.5abc 1577934245.9\nb 1e3 1e3\nc x -1.5\n")
	for i, want := range [][2]string{{"1.5", "2020-01-02T03:04:05.000Z"}, {"1000.0", "1970-01-01T00:00:01.000Z"}, {"0.0", "1969-12-31T23:59:59.000Z"}} {
		if v, at := plugintest.Field(got[i], string("abc"[i])), plugintest.Field(got[i], "@timestamp"); v != want[0] || at != want[1] {
			t.Errorf("expected %s, got %s at %s", want, v, at)
		}
	}
}

func TestMetrics(t *testing.T) {
	e := plugintest.Event(t, `{"@timestamp":"2020-01-02T03:04:05.678Z","host":"h","n":5}`)
	for options, want := range map[string]string{
		`fields_are_metrics => true metrics_format => "%{host}.*" exclude_metrics => ["host"]`: "h.n 5.0 1577934245\n",
		`metrics => { "x" => "%{n}" } metrics_format => "p"`:                                   "p 5.0 1577934245\n",
		`metrics => { "x" => "%{n}" } include_metrics => []`:                                   "",
		`fields_are_metrics => true include_metrics => []`:                                     "host 0.0 1577934245\nn 5.0 1577934245\n",
	} {
		if got := plugintest.Encoded(t, plugintest.Codec(t, "graphite { "+options+" }", plugintest.Env(t), Spec), e); got != want {
			t.Errorf("%s: expected %q, got %q", options, want, got)
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
