package plugin

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

// Settler is an output whose Write returns before the events are safe: it keeps their deliveries open itself (see
// event.Origin). Settle returns when none is open any more; when ctx ends it gives back those that are.
type Settler interface {
	Settle(done <-chan struct{})
}
