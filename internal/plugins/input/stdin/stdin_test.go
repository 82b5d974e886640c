package stdin

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"

	"castor/internal/plugin"
	"castor/internal/plugins/codec/json"
	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/multiline"
	"castor/internal/plugins/codec/plain"
	"castor/internal/testkit/plugintest"
)

func build(t *testing.T, options string, env plugin.Env, r io.Reader) *input {
	t.Helper()
	in := plugintest.Input(t, "stdin { "+options+" }", env, Spec, line.Spec, plain.Spec, json.Spec, multiline.Spec).(*input)
	in.r = r
	return in
}

func TestReadsToTheEnd(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, c := range []struct{ options, text, want string }{
		{"", "one\ntwo\nthr", "one|two|thr"},
		{"codec => plain", "one\ntwo", "one|two"},
		{"codec => json", `{"message":"a"}` + "\n" + `{"message":"b"}`, "a|b"},
		{`codec => multiline { pattern => "^\s" what => "previous" }`, "one\n 1\ntwo", "one\n 1|two"},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
			run := plugintest.Start(t, build(t, c.options, plugintest.Env(t), r))
			if err := run.Ended(); err != nil {
				t.Error(err)
			}
			if got := plugintest.Messages(run.Events()); !slices.Equal(got, strings.Split(c.want, "|")) {
				t.Errorf("%s: expected %q, got %q", c.options, c.want, got)
			}
		}
	}
}

func TestHostAndDecoration(t *testing.T) {
	env := plugintest.Env(t)
	run := plugintest.Start(t, build(t, `type => "t" tags => ["a"]`, env, strings.NewReader("x\n")))
	e := run.Wait(1)[0]
	if plugintest.Field(e, "host") != "test-host" || plugintest.Field(e, "type") != "t" || plugintest.Field(e, "tags") != "a" {
		t.Errorf("got %s", e.AppendJSON(nil))
	}
	env.ECS = plugin.ECSv8
	run = plugintest.Start(t, build(t, "", env, strings.NewReader("x\n")))
	if got := plugintest.Field(run.Wait(1)[0], "[host][hostname]"); got != "test-host" {
		t.Errorf("ECS: host is %q", got)
	}
}

// A read that waits does not hold up the end, and what is held comes out.
func TestStopWhileReading(t *testing.T) {
	r, w := io.Pipe()
	run := plugintest.Start(t, build(t, `codec => multiline { pattern => "^\s" what => "previous" auto_flush_interval => 600 }`, plugintest.Env(t), r))
	_, _ = io.WriteString(w, "one\ntwo\n")
	run.Wait(1)
	if err := run.Stop(); err != nil {
		t.Error(err)
	}
	if got := plugintest.Messages(run.Events()); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
	_ = w.Close()
}

func TestFlushedByTime(t *testing.T) {
	r, w := io.Pipe()
	run := plugintest.Start(t, build(t, `codec => multiline { pattern => "^\s" what => "previous" auto_flush_interval => 0.02 }`, plugintest.Env(t), r))
	_, _ = io.WriteString(w, "one\n 1\n")
	if got := plugintest.Messages(run.Wait(1)); got[0] != "one\n 1" {
		t.Errorf("got %q", got)
	}
	_ = w.Close()
	_ = run.Ended()
}

func TestReadError(t *testing.T) {
	fault := errors.New("broken")
	run := plugintest.Start(t, build(t, "", plugintest.Env(t), io.MultiReader(strings.NewReader("one\n"), iotest.ErrReader(fault))))
	if err := run.Ended(); !errors.Is(err, fault) {
		t.Errorf("expected the fault, got %v", err)
	}
	if got := plugintest.Messages(run.Events()); !slices.Equal(got, []string{"one"}) {
		t.Errorf("got %q", got)
	}
}
