package pipeline

import (
	"testing"
	"time"

	"castor/internal/event"
)

func TestLag(t *testing.T) {
	var s PluginStats
	if _, _, ok := s.Lag(); ok {
		t.Error("a lag before any event")
	}
	s.lag.note(nil)
	for i := range 200 { // more than are kept: the first ones, of a day, are forgotten
		age := time.Minute
		if i < 100 {
			age = 24 * time.Hour
		} else if i == 150 {
			age = time.Hour
		}
		s.lag.note(event.Batch{event.New(event.TimeOf(time.Now().Add(-age)))})
	}
	median, most, ok := s.Lag()
	if !ok || median < time.Minute || median > 30*time.Minute || most < time.Hour || most > 2*time.Hour {
		t.Errorf("median %v, most %v, %v", median, most, ok)
	}
	for i := range s.lag.looks {
		s.lag.looks[i].at = time.Now().Add(-2 * lagAge)
	}
	if _, _, ok := s.Lag(); ok {
		t.Error("events of long ago count")
	}
}
