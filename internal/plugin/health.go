package plugin

import (
	"context"

	"castor/internal/event"
)

// Health is how a plugin's other side fares, in the colours of Elasticsearch and Logstash.
type Health string

// The colours.
const (
	Green  Health = "green"  // works
	Yellow Health = "yellow" // works, with patience: congested, some hosts away, not connected yet
	Red    Health = "red"    // does not work, or somebody must act
)

// Healthy is a plugin that knows how its connection fares. It answers at once, without asking the other side, at any
// time from before the first connection to after Close.
type Healthy interface {
	// Health is the colour, and why it is not green in words for a person.
	Health() (Health, string)
}

// Figured is a plugin with figures of its own for the monitoring API, under the names that Logstash gives them. The
// values are what encoding/json can write.
type Figured interface {
	Figures() map[string]any
}

// Unreloadable is an input that cannot be taken up again where another run of it stopped, such as the standard input.
// A pipeline that has one keeps its configuration until the process ends.
type Unreloadable interface{ Unreloadable() }

// Deferred is an output that hands events on and learns only later that they are safe. The pipeline calls WriteDeferred
// instead of Write; the deliveries behind the events stay open until done is called.
type Deferred interface {
	// WriteDeferred returns nil when the events are handed on; done is then called exactly once, from any goroutine.
	// After an error done is not called.
	WriteDeferred(ctx context.Context, b event.Batch, done func(error)) error
}
