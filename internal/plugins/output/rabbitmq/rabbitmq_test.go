package rabbitmq

import (
	"testing"

	"castor/internal/plugin"
	"castor/internal/plugins/codec/json"
	"castor/internal/testkit/plugintest"
)

// A queue that is bound by one key would not get what is sent by others.
func TestQueueNeedsAFixedKey(t *testing.T) {
	plugintest.Refuses(t, plugin.NewRegistry(Spec, json.Spec), plugin.OutputType, `rabbitmq { host => "h" exchange => "x" exchange_type => "topic" queue => "q" key => "%{type}" }`, "queue", "key")
	o := plugintest.Output(t, `rabbitmq { host => "h" exchange => "x" exchange_type => "topic" queue => "q" queue_durable => false queue_arguments => { "x-max-length" => 7 } key => "logs" }`, plugintest.Env(t), Spec, json.Spec).(*output)
	if q := o.options.Queue; q.Name != "q" || q.Durable || q.Arguments["x-max-length"] != int64(7) || o.options.Key != "logs" {
		t.Errorf("got %+v by %q", q, o.options.Key)
	}
}
