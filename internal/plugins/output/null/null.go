// Package null is the output that writes nothing.
package null

import (
	"context"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the output; semantics of logstash-output-null.
var Spec = plugin.OutputSpec("null", "Throws events away, for tests and measurements.", newOutput)

type config struct{ plugin.OutputCommon }

type output struct{}

func newOutput(*config, *plugin.Env) (plugin.Output, error) { return output{}, nil }

func (output) Open(context.Context) error               { return nil }
func (output) Write(context.Context, event.Batch) error { return nil }
func (output) Close(context.Context) error              { return nil }

// Unordered implements plugin.Unordered.
func (output) Unordered() bool { return true }
