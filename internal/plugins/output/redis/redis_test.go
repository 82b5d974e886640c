package redis_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/json"
	redisin "castor/internal/plugins/input/redis"
	redisout "castor/internal/plugins/output/redis"
	"castor/internal/testkit/plugintest"
	"castor/internal/testkit/servers"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servers.Cleanup()
	os.Exit(code)
}

// What the output pushes is what the input gives, under the same identity; an event without one gets the broker's name for its message.
func TestThereAndBack(t *testing.T) {
	server := servers.Redis(t)
	for _, kind := range []string{"list", "stream"} {
		t.Run(kind, func(t *testing.T) {
			options := fmt.Sprintf(`host => "127.0.0.1" port => %d data_type => "%s"`, server.Port, kind)
			out := plugintest.Output(t, `redis { `+options+` key => "to-%{type}" }`, plugintest.Env(t), redisout.Spec, json.Spec)
			if err := out.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			batch := event.Batch{
				plugintest.Event(t, `{"type":"`+kind+`","message":"one","@metadata":{"id":"abc-1","secret":"stays here"}}`),
				plugintest.Event(t, `{"type":"other-`+kind+`","message":"elsewhere"}`),
				plugintest.Event(t, `{"type":"`+kind+`","message":"two"}`),
			}
			if err := out.Write(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if err := out.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
			in := plugintest.Start(t, plugintest.Input(t, `redis { `+options+` key => "to-`+kind+`" add_field => { "seen" => "yes" } }`, plugintest.Env(t), redisin.Spec, json.Spec))
			got := in.Wait(2)
			for i, want := range []string{"one", "two"} {
				if message, _ := got[i].Fields().Get("message"); message.Str() != want || plugintest.Field(got[i], "seen") != "yes" {
					t.Errorf("event %d: %s", i, got[i].AppendFull(nil))
				}
			}
			if got[0].ID() != "abc-1" || got[1].ID() == "" || got[1].ID() == got[0].ID() {
				t.Errorf("identities %q and %q", got[0].ID(), got[1].ID())
			}
			if plugintest.Field(got[0], "[@metadata][secret]") != "" {
				t.Error("metadata beside the identity went over the wire")
			}
			if err := in.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	r := plugin.NewRegistry(redisout.Spec, redisin.Spec, json.Spec)
	plugintest.Refuses(t, r, plugin.OutputType, `redis { data_type => "list" }`, "key")
	plugintest.Refuses(t, r, plugin.OutputType, `redis { key => "x" data_type => "lst" }`, "list")
	plugintest.Refuses(t, r, plugin.InputType, `redis { key => "x" }`, "data_type")
	plugintest.Refuses(t, r, plugin.InputType, `redis { key => "x" data_type => "list" ssl_enabled => true ssl_certificate_authorities => ["/nonexistent"] }`, "/nonexistent")
}
