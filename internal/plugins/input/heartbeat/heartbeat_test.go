package heartbeat

import (
	"context"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/plugin"
)

func beats(t *testing.T, options string, ecs plugin.ECS) (events []string, warnings string) {
	t.Helper()
	cfg, diags := parser.Parse("t", "input { heartbeat { "+options+" } }", parser.Options{})
	c := plugin.NewRegistry(Spec).Decode(plugin.InputType, cfg.Sections[0].Body[0].(*ast.Plugin), &diags)
	if c == nil {
		t.Fatal(diags.Err())
	}
	in, _ := c.Build(plugin.Env{Now: func() time.Time { return time.Unix(1700000000, 0) }, Host: "h", ECS: ecs}, &diags).(*input)
	if in == nil {
		t.Fatal(diags.Err())
	}
	in.wait = func(context.Context, time.Duration) bool { return true }
	err := in.Run(context.Background(), func(_ context.Context, d plugin.Delivery) error {
		for _, e := range d.Events {
			o := e.Fields().Clone()
			o.Remove(event.TimestampField)
			o.Remove(event.VersionField)
			events = append(events, string(o.AppendJSON(nil)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, text(diags)
}

func text(l diag.List) string {
	var b strings.Builder
	for _, d := range l {
		b.WriteString(d.Summary + "\n")
	}
	return b.String()
}

func TestBeats(t *testing.T) {
	for _, c := range []struct {
		options string
		ecs     plugin.ECS
		want    string
	}{
		{`count => 2`, plugin.ECSDisabled, `{"message":"ok","host":"h"} {"message":"ok","host":"h"}`},
		{`count => 1 message => "alive" type => "hb" tags => ["t"]`, plugin.ECSv8, `{"message":"alive","host":{"name":"h"},"type":"hb","tags":["t"]}`},
		{`count => 2 sequence => "sequence"`, plugin.ECSDisabled, `{"clock":1,"message":"ok","host":"h"} {"clock":2,"message":"ok","host":"h"}`},
		{`count => 1 sequence => "epoch"`, plugin.ECSv8, `{"event":{"sequence":1700000000},"message":"ok","host":{"name":"h"}}`},
		{`count => 1 message => "epoch"`, plugin.ECSDisabled, `{"clock":1700000000,"host":"h"}`},
		{`count => 1 message => "epoch"`, plugin.ECSv8, `{"message":"epoch","host":{"name":"h"}}`},
		{`count => 1 message => "sequence" sequence => "none"`, plugin.ECSDisabled, `{"message":"sequence","host":"h"}`},
		{`count => 0`, plugin.ECSDisabled, ``},
	} {
		events, _ := beats(t, c.options, c.ecs)
		if got := strings.Join(events, " "); got != c.want {
			t.Errorf("%s\n    want %s\n    got  %s", c.options, c.want, got)
		}
	}
	if _, warnings := beats(t, `count => 1 message => "epoch"`, plugin.ECSDisabled); !strings.Contains(warnings, `sequence => "epoch"`) {
		t.Errorf("warnings: %s", warnings)
	}
}

// TestStops: a stop ends the wait for the next beat.
func TestStops(t *testing.T) {
	in := &input{cfg: &config{Interval: 3600, Count: -1}, env: &plugin.Env{Now: time.Now}, host: event.MustRef("host"), wait: wait}
	ctx, stop := context.WithCancel(context.Background())
	err := in.Run(ctx, func(context.Context, plugin.Delivery) error { stop(); return nil })
	if err != nil {
		t.Fatal(err)
	}
}
