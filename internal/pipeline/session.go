package pipeline

import (
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/regex"
)

// Session runs events through the filters alone, in the caller's goroutine: for tests of configurations.
type Session struct {
	p *Pipeline
	x *executor
}

// NewSession forks the filters for one caller.
func (p *Pipeline) NewSession() *Session {
	return &Session{p: p, x: &executor{filters: p.filters.fork(), first: true, scratch: regex.NewScratch(), stats: p.stats, log: p.log}}
}

// Filter returns what the filters make of the batch.
func (s *Session) Filter(b event.Batch) event.Batch {
	s.x.clock = time.Now()
	return s.x.filters.run(s.x, b)
}

// Flush returns what the filters held, as at the end of a pipeline.
func (s *Session) Flush() event.Batch {
	return s.x.filters.flush(s.x, s.p.settings.Now(), true)
}

// Close releases what the filters hold open.
func (s *Session) Close() { s.p.filters.stop() }

// AddInput gives the pipeline an input beside those of its configuration.
func (p *Pipeline) AddInput(id string, in plugin.Input) {
	n := &inputNode{in, &PluginStats{ID: id, Type: plugin.InputType, Name: id, Plugin: in}}
	p.inputs = append(p.inputs, n)
	p.stats.Inputs = append(p.stats.Inputs, n.stats)
}
