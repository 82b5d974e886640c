// Package multiline is the filter that joins the lines of one message into one event.
package multiline

import (
	"hash/maphash"
	"strconv"
	"time"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-multiline.
var Spec = plugin.FilterSpec("multiline", "Joins lines that belong together, such as a stack trace, into one event. Each stream of lines stays in one worker, so it is right with any number of them.", newFilter)

type config struct {
	plugin.FilterCommon
	Pattern         string         `opt:"pattern" required:"true" doc:"The pattern that tells lines which belong to another one; a grok expression."`
	What            string         `opt:"what" required:"true" enum:"previous|next" doc:"Whether a line that matches belongs to the line before it or to the one after it."`
	Negate          bool           `opt:"negate" default:"false" doc:"Whether lines that do not match are meant."`
	Source          event.Ref      `opt:"source" default:"message" doc:"The field with the line."`
	StreamIdentity  event.Template `opt:"stream_identity" default:"%{host}.%{path}.%{type}" doc:"What tells streams of lines apart."`
	AllowDuplicates bool           `opt:"allow_duplicates" default:"true" doc:"Whether a line that occurs twice is kept twice."`
	MaxAge          float64        `opt:"max_age" default:"5" doc:"Seconds after a stream's last line in which more of the message is waited for."`
	PatternsDir     []string       `opt:"patterns_dir" doc:"Folders with patterns of your own."`
	MaxLines        int            `opt:"max_lines" default:"10000" doc:"The most lines that are joined; the event is then given with the tag _multiline_truncated. An option of Castor."`
	MaxBytes        plugin.Bytes   `opt:"max_bytes" default:"10MiB" doc:"The most text that is joined, likewise. An option of Castor."`
}

// multilineTag marks lines that belong to others, and so the event that they make.
const multilineTag = "multiline"

const truncatedTag = "_multiline_truncated"

type filter struct {
	cfg     *config
	pattern *grok.Pattern
	scratch *grok.Scratch
	seed    maphash.Seed
	key     []byte
	streams map[string]*stream
	order   []*stream // as their keys were first seen
}

// stream is what is pending of one stream of lines.
type stream struct {
	key   string
	lines []*event.Event
	size  int64
	last  time.Time // when the last line came, by our own clock
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	library, err := grok.Stock(string(env.ECS))
	if err != nil {
		return nil, err
	}
	if env.PatternsDir != "" {
		if _, err := library.LoadFolder(env.PatternsDir, string(env.ECS)); err != nil {
			return nil, err
		}
	}
	if len(cfg.PatternsDir) > 0 {
		if _, err := library.Load(cfg.PatternsDir, "*"); err != nil {
			return nil, &plugin.OptionError{Option: "patterns_dir", Err: err}
		}
	}
	pattern, err := grok.Compile(cfg.Pattern, grok.Options{Library: library})
	if err != nil {
		return nil, &plugin.OptionError{Option: "pattern", Err: err}
	}
	f := &filter{cfg: cfg, pattern: pattern, seed: maphash.MakeSeed()}
	return f.fork(), nil
}

func (f *filter) fork() *filter {
	return &filter{cfg: f.cfg, pattern: f.pattern, seed: f.seed, scratch: grok.NewScratch(), streams: map[string]*stream{}}
}

// Fork implements plugin.Forker: each worker keeps the streams that come to it.
func (f *filter) Fork() plugin.Filter { return f.fork() }

// PartitionKey implements plugin.Partitioner: a stream stays in one worker.
func (f *filter) PartitionKey(e *event.Event) uint64 {
	return maphash.Bytes(f.seed, f.cfg.StreamIdentity.Append(make([]byte, 0, 96), e))
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	out := make(event.Batch, 0, len(b))
	now := time.Now()
	for _, e := range b {
		belongs := f.matches(e) != f.cfg.Negate
		s := f.stream(e)
		if f.cfg.What == "previous" {
			out = f.previous(out, s, e, belongs, now)
		} else {
			out = f.next(out, s, e, belongs, now)
		}
	}
	return out
}

func (f *filter) matches(e *event.Event) bool {
	v, _ := e.Get(f.cfg.Source)
	if a := v.Array(); a != nil {
		v = event.Value{}
		if a.Len() > 0 {
			v = a.Values[0]
		}
	}
	if v.IsNull() {
		return false
	}
	ok, err := f.pattern.Match(v.String(), f.scratch)
	return ok && err == nil
}

func (f *filter) stream(e *event.Event) *stream {
	f.key = f.cfg.StreamIdentity.Append(f.key[:0], e)
	if s, ok := f.streams[string(f.key)]; ok {
		return s
	}
	s := &stream{key: string(f.key)}
	f.streams[s.key] = s
	f.order = append(f.order, s)
	return s
}

func (f *filter) previous(out event.Batch, s *stream, e *event.Event, belongs bool, now time.Time) event.Batch {
	if belongs {
		e.Tag(multilineTag)
	} else if done := f.take(s); done != nil {
		out = append(out, done)
	}
	return f.hold(out, s, e, now)
}

func (f *filter) next(out event.Batch, s *stream, e *event.Event, belongs bool, now time.Time) event.Batch {
	if belongs {
		e.Tag(multilineTag)
		return f.hold(out, s, e, now)
	}
	if len(s.lines) > 0 {
		e.Hold()
		s.lines = append(s.lines, e)
		e = f.take(s)
	} else {
		_ = f.cfg.Matched(e)
	}
	f.forget(s)
	return append(out, e)
}

func (f *filter) hold(out event.Batch, s *stream, e *event.Event, now time.Time) event.Batch {
	e.Hold()
	s.lines, s.last = append(s.lines, e), now
	v, _ := e.Get(f.cfg.Source)
	s.size += int64(len(v.Str()))
	if len(s.lines) >= f.cfg.MaxLines || s.size >= int64(f.cfg.MaxBytes) {
		done := f.take(s)
		done.Tag(truncatedTag)
		return append(out, done)
	}
	return out
}

// take joins what is pending into its first line's event; nil when nothing is.
func (f *filter) take(s *stream) *event.Event {
	if len(s.lines) == 0 {
		return nil
	}
	g := merger{}
	if f.cfg.AllowDuplicates {
		g.texts = f.cfg.Source.String()
	}
	e := s.lines[0]
	own := ""
	if e.ID() != "" {
		own = event.IDField
	}
	for _, line := range s.lines[1:] {
		g.merge(e.Fields(), line.Fields(), event.TimestampField)
		g.merge(e.Metadata(), line.Metadata(), own)
		e.Absorb(line)
	}
	if n := len(s.lines); n > 1 {
		// The number of lines belongs to the identity: after a restart the same head may get more of them.
		e.DeriveID(strconv.Itoa(n))
	}
	v, _ := e.Get(f.cfg.Source)
	_ = e.Set(f.cfg.Source, text(v))
	_ = f.cfg.Matched(e)
	s.lines, s.size = nil, 0
	return e
}

// forget drops an empty stream, so that streams that end use no memory.
func (f *filter) forget(s *stream) {
	delete(f.streams, s.key)
	for i := range f.order {
		if f.order[i] == s {
			f.order = append(f.order[:i], f.order[i+1:]...)
			return
		}
	}
}

// Flush implements plugin.Flusher: a message is complete when its stream was silent for max_age. The lines' own times
// do not count: they may be years old.
func (f *filter) Flush(_ time.Time, final bool) event.Batch {
	var out event.Batch
	age := time.Duration(f.cfg.MaxAge * float64(time.Second))
	for _, s := range append([]*stream(nil), f.order...) {
		if final || time.Since(s.last) >= age {
			if e := f.take(s); e != nil {
				out = append(out, e)
			}
			f.forget(s)
		}
	}
	return out
}
