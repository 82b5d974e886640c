package plain

import (
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func TestPlain(t *testing.T) {
	env := plugintest.Env(t)
	for text, want := range map[string]string{
		`plain`: `a\xE9`, `plain { charset => "ISO-8859-1" }`: "aé", `plain { charset => "UTF-16LE" }`: "\ue961",
	} {
		got := plugintest.Decoded(plugintest.Codec(t, text, env, Spec), "a\xe9")
		if len(got) != 1 || plugintest.Field(got[0], "message") != want {
			t.Errorf("%s: expected %q, got %q", text, want, plugintest.Messages(got))
		}
	}
	e := plugintest.Event(t, `{"@timestamp":"2020-01-02T03:04:05.678Z","host":"h","message":"m"}`)
	for text, want := range map[string]string{
		`plain`: "2020-01-02T03:04:05.678Z h m", `plain { format => "%{message} %{nope}" }`: "m %{nope}",
		`plain { ecs_compatibility => "v8" }`: "2020-01-02T03:04:05.678Z h m",
	} {
		if got := plugintest.Encoded(t, plugintest.Codec(t, text, env, Spec), e); got != want {
			t.Errorf("%s: expected %q, got %q", text, want, got)
		}
	}
	e = plugintest.Event(t, `{"@timestamp":"2020-01-02T03:04:05.678Z","host":{"name":"h"},"message":["a",[1,null]]}`)
	if got, want := plugintest.Encoded(t, plugintest.Codec(t, `plain`, env, Spec), e), "2020-01-02T03:04:05.678Z {name=h} [a, [1, null]]"; got != want {
		t.Errorf("expected %q, got %q", want, got)
	}
	plugintest.Refuses(t, plugin.NewRegistry(Spec), plugin.CodecType, `plain { charset => "klingon" }`, "klingon", "UTF-8")
}

func FuzzPlain(f *testing.F) {
	plugintest.FuzzCodec(f, `plain { charset => "Shift_JIS" }`, []*plugin.Spec{Spec}, "\x82\xa0", "\xff\xfe", "a")
}
