package drop_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/drop"
	"castor/internal/testkit/onefilter"
)

func TestShare(t *testing.T) {
	f := func(options string, lowest, highest int) {
		t.Helper()
		filter := onefilter.New(t, drop.Spec, options)
		var b event.Batch
		for range 1000 {
			b = append(b, onefilter.Event(t, `{"n":1}`))
		}
		if n := len(filter.Filter(b)); n < lowest || n > highest {
			t.Errorf("%s kept %d of 1000, expected %d to %d", options, n, lowest, highest)
		}
	}
	f(``, 0, 0)
	f(`percentage => 100`, 0, 0)
	f(`percentage => 0`, 1000, 1000)
	f(`percentage => 50`, 350, 650) // nine standard deviations to either side
}
