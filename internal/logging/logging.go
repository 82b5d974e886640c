// Package logging has the levels of the log, which can be changed while the process runs, for all or for single plugins.
// It imports nothing of Castor.
package logging

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// Root is the name of the level that holds where no other one is set.
const Root = "logstash"

// pluginAttr is the attribute by which a plugin's logger is known: "output/redis".
const pluginAttr = "plugin"

var names = map[string]slog.Level{
	"fatal": slog.LevelError + 4, "error": slog.LevelError, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug, "trace": slog.LevelDebug - 4,
}

// ParseLevel reads a level as Logstash names them, in any case: fatal, error, warn, info, debug, trace.
func ParseLevel(name string) (slog.Level, error) {
	l, ok := names[strings.ToLower(name)]
	if !ok {
		return 0, fmt.Errorf("there is no level %q; expected FATAL, ERROR, WARN, INFO, DEBUG or TRACE", name)
	}
	return l, nil
}

// LevelName is a level's name in capitals.
func LevelName(l slog.Level) string {
	for name, level := range names {
		if level == l {
			return strings.ToUpper(name)
		}
	}
	return l.String()
}

// Levels are the levels of all loggers. A logger of a plugin is named as in Logstash: logstash.outputs.redis.
type Levels struct {
	first slog.Level // of the start, for Reset
	root  slog.LevelVar
	mu    sync.Mutex
	named atomic.Pointer[map[string]slog.Level]
}

// NewLevels begins with a level for all.
func NewLevels(l slog.Level) *Levels {
	ls := &Levels{first: l}
	ls.Reset()
	return ls
}

// Set changes the level of a logger and of those below it in the hierarchy of dots.
func (ls *Levels) Set(logger string, l slog.Level) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if logger == Root || logger == "" {
		ls.root.Set(l)
		return
	}
	next := maps.Clone(*ls.named.Load())
	next[logger] = l
	ls.named.Store(&next)
}

// Reset goes back to the level of the start.
func (ls *Levels) Reset() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.root.Set(ls.first)
	ls.named.Store(&map[string]slog.Level{})
}

// All are the levels that are set, by logger.
func (ls *Levels) All() map[string]slog.Level {
	all := maps.Clone(*ls.named.Load())
	all[Root] = ls.root.Level()
	return all
}

// of finds a logger's level: its own, or that of the nearest one above.
func (ls *Levels) of(logger string) slog.Level {
	named := *ls.named.Load()
	for logger != "" && len(named) > 0 {
		if l, ok := named[logger]; ok {
			return l
		}
		i := strings.LastIndexByte(logger, '.')
		if i < 0 {
			break
		}
		logger = logger[:i]
	}
	return ls.root.Level()
}

// Handler lets through to next what the levels allow.
func (ls *Levels) Handler(next slog.Handler) slog.Handler { return &handler{next: next, levels: ls} }

type handler struct {
	next   slog.Handler
	levels *Levels
	logger string
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.levels.of(h.logger) }

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error { return h.next.Handle(ctx, r) }

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.next = h.next.WithAttrs(attrs)
	for _, a := range attrs {
		if a.Key == pluginAttr {
			c.logger = loggerOf(a.Value.String())
		}
	}
	return &c
}

// loggerOf makes logstash.outputs.redis of output/redis.
func loggerOf(plugin string) string {
	kind, name, _ := strings.Cut(plugin, "/")
	return Root + "." + kind + "s." + name
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	c := *h
	c.next = h.next.WithGroup(name)
	return &c
}
