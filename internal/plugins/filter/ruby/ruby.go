// Package ruby is the filter that runs Ruby code on events.
package ruby

import (
	"errors"
	"fmt"
	"os"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/rubycode"
	"castor/internal/ruby/script"
)

// Spec describes the filter; semantics of logstash-filter-ruby.
var Spec = plugin.FilterSpec("ruby", "Runs Ruby code on each event: the part of Ruby that docs/ruby.md describes. Code outside of it is an error of the configuration.", newFilter)

type config struct {
	plugin.FilterCommon
	Code          plugin.Value `opt:"code" type:"string" doc:"The code; event is the event, new_event_block.call(event) makes another one. With @variables, events come to it in their order, one at a time."`
	Init          plugin.Value `opt:"init" type:"string" doc:"Code that runs once, at the start: methods and @variables for code."`
	Path          plugin.Path  `opt:"path" doc:"A file with the methods register(params), which may be missing, and filter(event), which returns a list of events. Its tests are not run."`
	ScriptParams  plugin.Hash  `opt:"script_params" default:"" doc:"What register gets."`
	TagException  string       `opt:"tag_on_exception" default:"_rubyexception" doc:"The tag of events on which the code failed."`
	TagWithReason bool         `opt:"tag_with_exception_message" default:"false" doc:"Whether a second tag has the message too."`
}

type filter struct {
	cfg      *config
	env      *plugin.Env
	program  *script.Program
	shared   *script.Shared
	failures *rubycode.Failures
	runner   *script.Runner
	emitter  *rubycode.Emitter
	method   bool // the program is a file whose method filter is called
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, env: env, shared: rubycode.NewShared(env.Log), failures: rubycode.NewFailures(env.Log)}
	if f.env.Now == nil {
		return nil, errors.New("no clock")
	}
	if err := f.compile(); err != nil {
		return nil, err
	}
	if f.shared.Used() {
		return &sequential{f.fork()}, nil
	}
	return f.fork(), nil
}

func (f *filter) options(variables ...string) script.Options {
	return script.Options{
		Variables: variables, Shared: f.shared, Now: f.env.Now, Zone: f.env.Zone,
		Objects: map[string]script.Object{"event": &script.Event{}, "logger": rubycode.Logger(f.env.Log)},
	}
}

func (f *filter) compile() (err error) {
	hasCode, hasPath := f.cfg.IsSet("code"), f.cfg.Path != ""
	switch {
	case hasCode && hasPath:
		return plugin.BadOption("path", "code and path exclude each other")
	case hasPath:
		return f.compileFile()
	case !hasCode:
		f.env.Warn(f.cfg.PosOf("ruby"), "neither code nor path is given: the filter does nothing")
		return nil
	}
	if f.cfg.IsSet("init") {
		init, err := rubycode.Compile("init", f.cfg.Init, f.options("logger"))
		if err != nil {
			return err
		}
		if _, err := script.NewRunner().Run(init, rubycode.Logger(f.env.Log)); err != nil {
			return &plugin.OptionError{Option: "init", Err: err}
		}
	}
	f.program, err = rubycode.Compile("code", f.cfg.Code, f.options("event", "new_event_block", "logger"))
	return err
}

func (f *filter) compileFile() error {
	text, err := os.ReadFile(string(f.cfg.Path))
	if err != nil {
		return &plugin.OptionError{Option: "path", Err: err}
	}
	opts := f.options("logger")
	opts.SkipTests = true
	f.program, err = script.Compile(string(text), opts)
	var e *script.SyntaxError
	if errors.As(err, &e) {
		return &plugin.OptionError{Option: "path", Err: fmt.Errorf("%s:%d:%d: %w", f.cfg.Path, e.Line, e.Col, e), Hint: e.Hint}
	}
	if !f.program.Defines("filter") {
		return plugin.BadOption("path", "%s defines no method filter(event)", f.cfg.Path)
	}
	runner := script.NewRunner()
	if _, err := runner.Run(f.program, rubycode.Logger(f.env.Log)); err != nil {
		return &plugin.OptionError{Option: "path", Err: err}
	}
	if f.program.Defines("register") {
		params := script.NewHash()
		for _, p := range f.cfg.ScriptParams {
			params.Set(script.Str(p.Key), script.FromEvent(p.Value.Event()))
		}
		if _, err := runner.Call(f.program, "register", params); err != nil {
			return &plugin.OptionError{Option: "path", Err: fmt.Errorf("register: %w", err)}
		}
	}
	f.method = true
	return nil
}

// Fork implements plugin.Forker: code without @variables runs in all workers.
func (f *filter) Fork() plugin.Filter { return f.fork() }

func (f *filter) fork() *filter {
	c := *f
	c.runner, c.emitter = script.NewRunner(), rubycode.NewEmitter(f.env)
	return &c
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	if f.program == nil {
		return b
	}
	out := make(event.Batch, 0, len(b))
	for _, e := range b {
		if f.method {
			out = f.call(out, e)
		} else {
			out = f.run(out, e)
		}
	}
	return out
}

func (f *filter) run(out event.Batch, e *event.Event) event.Batch {
	f.emitter.Begin(e)
	shown := script.NewEvent(e)
	if _, err := f.runner.Run(f.program, shown, f.emitter.Block, rubycode.Logger(f.env.Log)); err != nil {
		f.failed(e, err)
	} else if err := f.cfg.Matched(e); err != nil {
		f.failed(e, err)
	}
	if !shown.Cancelled {
		out = append(out, e)
	}
	return append(out, f.emitter.Made()...)
}

// call is for a file: its method gives the events that go on.
func (f *filter) call(out event.Batch, e *event.Event) event.Batch {
	shown := script.NewEvent(e)
	result, err := f.runner.Call(f.program, "filter", shown)
	if err == nil {
		err = f.cfg.Matched(e)
	}
	events, ok := script.Events(result)
	if err == nil && !ok {
		err = errors.New("filter(event) must return a list of events; to drop an event, return an empty one")
	}
	if err != nil {
		f.failed(e, err)
		return append(out, e)
	}
	f.emitter.Begin(e)
	for _, made := range events {
		if made == shown {
			out = append(out, e)
		} else {
			_ = f.emitter.Block.Call(made)
		}
	}
	return append(out, f.emitter.Made()...)
}

func (f *filter) failed(e *event.Event, err error) {
	f.failures.Add("the Ruby code failed", err)
	if f.cfg.TagWithReason {
		message := err.Error()
		var raised *script.Exception
		if errors.As(err, &raised) {
			message = raised.Message
		}
		e.Tag(f.cfg.TagException + ": " + message)
	}
	e.Tag(f.cfg.TagException)
}

// sequential is a filter whose code keeps something from event to event: it is no Forker.
type sequential struct{ f *filter }

// Filter implements plugin.Filter.
func (s *sequential) Filter(b event.Batch) event.Batch { return s.f.Filter(b) }

// Sequential implements plugin.Sequential.
func (*sequential) Sequential() bool { return true }
