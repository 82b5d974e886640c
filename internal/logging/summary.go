package logging

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// summaryEvery is the time for which a message that repeats gets one line.
const summaryEvery = 30 * time.Second

// Summary keeps a message that repeats from flooding the log: the first is told at once, then one line for all of an interval, which says how often it was
// so (times) and of how many events. Another message is told at once. The zero value is ready; it may be used from any goroutine.
type Summary struct {
	mu     sync.Mutex
	since  time.Time // of the last line
	what   string
	level  slog.Level
	events int // not yet told, as times
	times  int
}

// Tell writes a message about so many events, or keeps it for the next line.
func (s *Summary) Tell(log *slog.Logger, level slog.Level, what string, events int, attrs ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events += events
	s.times++
	if what == s.what && time.Since(s.since) < summaryEvery {
		return
	}
	s.what, s.level = what, level
	s.write(log, level, what, attrs...)
}

// Rest writes what was kept, once the interval is over. Call it when things go well, which may be often.
func (s *Summary) Rest(log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times > 0 && time.Since(s.since) >= summaryEvery {
		s.write(log, s.level, s.what)
	}
}

// End says, where something was kept, that it is over: in the words of what. The next message is told at once.
func (s *Summary) End(log *slog.Logger, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times > 0 {
		s.write(log, slog.LevelInfo, what)
	}
	s.what = ""
}

func (s *Summary) write(log *slog.Logger, level slog.Level, what string, attrs ...any) {
	log.Log(context.Background(), level, what, append(attrs, "events", s.events, "times", s.times)...)
	s.since, s.events, s.times = time.Now(), 0, 0
}
