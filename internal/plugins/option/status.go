package option

import (
	"log/slog"
	"sync/atomic"

	"castor/internal/broker"
	"castor/internal/plugin"
)

// Link is a plugin's connection to a broker as the monitoring sees it. Embed it, and Set the connection when there is one.
type Link struct {
	status atomic.Pointer[func() broker.Status]
}

// Set gives the connection's own account of how it fares.
func (l *Link) Set(status func() broker.Status) { l.status.Store(&status) }

// Health implements plugin.Healthy.
func (l *Link) Health() (plugin.Health, string) {
	f := l.status.Load()
	if f == nil {
		return plugin.Yellow, "not connected yet"
	}
	s := (*f)()
	switch {
	case s.State == broker.Connected:
		return plugin.Green, ""
	case s.State == broker.Congested:
		return plugin.Yellow, "the broker takes nothing for now: " + reason(s)
	case s.State == broker.Closed:
		return plugin.Yellow, "closed"
	case s.Err == nil:
		return plugin.Yellow, "connecting"
	}
	return plugin.Red, reason(s)
}

func reason(s broker.Status) string {
	switch {
	case s.Reason != "":
		return s.Reason
	case s.Err != nil:
		return s.Err.Error()
	}
	return "no reason known"
}

// LogStatus tells the log each change of a broker's health.
func LogStatus(log *slog.Logger) func(broker.Status) {
	return func(s broker.Status) {
		switch s.State {
		case broker.Connected:
			log.Info("connected", "broker", s.Addr)
			return
		case broker.Closed:
			log.Info("closed", "broker", s.Addr)
			return
		}
		log.Warn("broker: "+s.State.String(), "broker", s.Addr, "reason", s.Reason)
	}
}
