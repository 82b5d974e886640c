package option

import (
	"errors"
	"testing"

	"castor/internal/broker"
	"castor/internal/plugin"
)

func TestLinkHealth(t *testing.T) {
	var l Link
	if h, why := l.Health(); h != plugin.Yellow || why != "not connected yet" {
		t.Errorf("before a connection: %s %q", h, why)
	}
	for _, c := range []struct {
		status broker.Status
		want   plugin.Health
		why    string
	}{
		{broker.Status{State: broker.Connected, Err: errors.New("earlier")}, plugin.Green, ""},
		{broker.Status{State: broker.Connecting}, plugin.Yellow, "connecting"},
		{broker.Status{State: broker.Connecting, Reason: "refused", Err: errors.New("x")}, plugin.Red, "refused"},
		{broker.Status{State: broker.Connecting, Err: errors.New("x")}, plugin.Red, "x"},
		{broker.Status{State: broker.Congested, Reason: "full"}, plugin.Yellow, "the broker takes nothing for now: full"},
		{broker.Status{State: broker.Closed}, plugin.Yellow, "closed"},
	} {
		l.Set(func() broker.Status { return c.status })
		if h, why := l.Health(); h != c.want || why != c.why {
			t.Errorf("%+v: %s %q, want %s %q", c.status, h, why, c.want, c.why)
		}
	}
}
