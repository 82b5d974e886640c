package script_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/ruby/script"
)

// BenchmarkAggregate is the code of a typical aggregate filter.
func BenchmarkAggregate(b *testing.B) {
	opts := options()
	opts.Variables, opts.Objects = []string{"event", "map"}, map[string]script.Object{"event": &script.Event{}}
	p, err := script.Compile(`map['n'] ||= 0 ; map['n'] += 1 ; map['sum'] = (map['sum'] || 0) + event.get('duration').to_i`, opts)
	if err != nil {
		b.Fatal(err)
	}
	e := event.New(event.Now())
	_ = e.Set(event.MustRef("duration"), event.StringValue("12"))
	r, m, o := script.NewRunner(), script.NewHash(), script.NewEvent(e)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Run(p, o, m); err != nil {
			b.Fatal(err)
		}
	}
}
