package option

import (
	"log/slog"

	"castor/internal/broker"
)

// LogStatus tells the log each change of a broker's health.
func LogStatus(log *slog.Logger) func(broker.Status) {
	return func(s broker.Status) {
		if s.State == broker.Connected {
			log.Info("connected", "broker", s.Addr)
			return
		}
		log.Warn("broker: "+s.State.String(), "broker", s.Addr, "reason", s.Reason)
	}
}
