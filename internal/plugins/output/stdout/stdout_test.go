package stdout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/collectd"
	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/rubydebug"
	"castor/internal/testkit/plugintest"
)

func build(t *testing.T, options string) *output {
	t.Helper()
	return plugintest.Output(t, "stdout { "+options+" }", plugintest.Env(t), Spec, rubydebug.Spec, line.Spec, collectd.Spec).(*output)
}

func batch() event.Batch {
	e := event.New(event.Time{})
	e.Fields().Set("message", event.StringValue("hello"))
	return event.Batch{e, e.Clone()}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestPrints(t *testing.T) {
	for options, want := range map[string]string{
		`codec => line { format => "%{message}" }`: "hello\nhello\n",
		``: "{\n    \"@timestamp\" => 1970-01-01T00:00:00.000Z,\n      \"@version\" => \"1\",\n       \"message\" => \"hello\"\n}\n",
	} {
		o := build(t, options)
		var out bytes.Buffer
		o.w = &out
		if err := o.Write(context.Background(), batch()); err != nil {
			t.Fatal(err)
		}
		if options == "" {
			want += want
		}
		if out.String() != want {
			t.Errorf("%s: expected\n%s, got\n%s", options, want, out.String())
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		err       error
		permanent bool
	}{
		{&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, true},
		{os.ErrClosed, true},
		{syscall.ENOSPC, false},
	} {
		o := build(t, `codec => line`)
		o.w = broken{c.err}
		err := o.Write(context.Background(), batch())
		var failed *plugin.BatchError
		switch {
		case !c.permanent && (err == nil || errors.As(err, &failed)):
			t.Errorf("%v: expected an error that is tried again, got %v", c.err, err)
		case c.permanent && (!errors.As(err, &failed) || len(failed.Failed) != 2 || !failed.Failed[0].Permanent):
			t.Errorf("%v: expected all events to be refused for good, got %v", c.err, err)
		}
	}
}

func TestCodecThatOnlyReads(t *testing.T) {
	o := build(t, `codec => collectd`)
	o.w = &bytes.Buffer{}
	var failed *plugin.BatchError
	if err := o.Write(context.Background(), batch()); !errors.As(err, &failed) || !failed.Failed[1].Permanent {
		t.Errorf("got %v", err)
	}
}

func TestNoColorsInFiles(t *testing.T) {
	f, err := os.Create(fmt.Sprintf("%s/out", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	if colorful(f) {
		t.Error("a file is no terminal")
	}
}
