package generator

import (
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"castor/internal/plugin"
	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/plain"
	"castor/internal/testkit/plugintest"
)

func build(t *testing.T, options string, env plugin.Env) *input {
	t.Helper()
	return plugintest.Input(t, "generator { "+options+" }", env, Spec, plain.Spec, line.Spec).(*input)
}

func TestLinesInTurn(t *testing.T) {
	defer goleak.VerifyNone(t)
	run := plugintest.Start(t, build(t, `lines => ["a", "b"] count => 3 type => "t"`, plugintest.Env(t)))
	if err := run.Ended(); err != nil {
		t.Error(err)
	}
	got := run.Events()
	if m := plugintest.Messages(got); !slices.Equal(m, []string{"a", "b", "a", "b", "a", "b"}) {
		t.Fatalf("got %q", m)
	}
	for ref, want := range map[string]string{"sequence": "2", "host": "test-host", "type": "t"} {
		if v := plugintest.Field(got[5], ref); v != want {
			t.Errorf("%s: expected %q, got %q", ref, want, v)
		}
	}
}

func TestECSAndRestOfTheCodec(t *testing.T) {
	env := plugintest.Env(t)
	env.ECS = plugin.ECSv8
	run := plugintest.Start(t, build(t, `message => "x" count => 2 codec => line`, env))
	_ = run.Ended()
	got := run.Events()
	if m := plugintest.Messages(got); !slices.Equal(m, []string{"xx"}) {
		t.Fatalf("got %q", m)
	}
	if v := plugintest.Field(got[0], "[host][name]"); v != "test-host" {
		t.Errorf("host is %q", v)
	}
}

func TestMessageFromStdin(t *testing.T) {
	in := build(t, `message => "stdin" count => 1`, plugintest.Env(t))
	in.stdin = strings.NewReader("typed\nmore\n")
	run := plugintest.Start(t, in)
	if m := plugintest.Messages(run.Wait(1)); m[0] != "typed\n" {
		t.Errorf("got %q", m)
	}
	in.stdin = strings.NewReader("")
	if err := plugintest.Start(t, in).Ended(); err == nil {
		t.Error("expected an error when there is no line")
	}
}

func TestForEverUntilStopped(t *testing.T) {
	defer goleak.VerifyNone(t)
	run := plugintest.Start(t, build(t, "", plugintest.Env(t)))
	run.Wait(1000)
	if err := run.Stop(); err != nil {
		t.Error(err)
	}
}
