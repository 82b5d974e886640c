// Package aggregate is the filter that gathers what belongs to one task from several events.
package aggregate

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/rubycode"
	"castor/internal/ruby/script"
)

// Spec describes the filter; semantics of logstash-filter-aggregate.
var Spec = plugin.FilterSpec("aggregate", "Gathers what belongs to one task from several events, by Ruby code that works on an event and the task's map. "+
	"Any number of workers is right. Events go on at once, so maps are in memory only: a stop keeps them where aggregate_maps_path is set, a crash does not.", newFilter)

type config struct {
	plugin.FilterCommon
	TaskID             event.Template `opt:"task_id" required:"true" doc:"What tells tasks apart, such as %{session}. Filters with the same text share their maps."`
	Code               plugin.Value   `opt:"code" type:"string" required:"true" doc:"Ruby code with the variables event, map (the task's hash), map_meta and new_event_block; see docs/ruby.md."`
	MapAction          string         `opt:"map_action" default:"create_or_update" enum:"create|update|create_or_update" doc:"Whether the code runs only for a task's first event, only for later ones, or for all."`
	EndOfTask          bool           `opt:"end_of_task" default:"false" doc:"Whether the task ends with this event: its map is gone after the code."`
	MapsPath           string         `opt:"aggregate_maps_path" doc:"A file in which the maps are kept from a stop to the next start. In one aggregate filter of a pipeline only; the file holds all maps of the pipeline."`
	Timeout            float64        `opt:"timeout" doc:"Seconds after its first event after which a task is over; 1800 where no filter says it. This and the other timeout options stand in one filter of those with the same task_id."`
	InactivityTimeout  float64        `opt:"inactivity_timeout" doc:"Seconds after its last event after which a task is over; lower than timeout."`
	TimeoutCode        plugin.Value   `opt:"timeout_code" type:"string" doc:"Ruby code for the event that is made of a map; event is that event."`
	PushMapOnTimeout   bool           `opt:"push_map_as_event_on_timeout" default:"false" doc:"Whether the map of a task that timed out becomes an event."`
	PushPrevious       bool           `opt:"push_previous_map_as_event" default:"false" doc:"Whether the map of the task before becomes an event when a new task begins, and at the stop. For tasks that come one after the other."`
	TimestampField     event.Ref      `opt:"timeout_timestamp_field" doc:"A field with a timestamp by which timeouts count, instead of the clock: for old logs."`
	TaskIDField        event.Ref      `opt:"timeout_task_id_field" doc:"The field of an event made of a map that gets the task's id."`
	TimeoutTags        []string       `opt:"timeout_tags" default:"" doc:"Tags of events made of maps; they may hold %{field}."`
	CountWarnThreshold int64          `opt:"map_count_warning_threshold" default:"5000" doc:"From how many maps on a warning is logged; 0 for never."`
}

const (
	exceptionTag   = "_aggregateexception"
	finalTag       = "_aggregatefinalflush"
	defaultTimeout = 1800 * time.Second
)

var dynamic = regexp.MustCompile(`%\{.+\}`)

// filter is shared by the workers: it is sequential.
type filter struct {
	cfg      *config
	env      *plugin.Env
	code     *script.Program
	onTime   *script.Program // timeout_code
	tags     []*event.Template
	tasks    *tasks
	store    *store // all maps of the pipeline
	runner   *script.Runner
	emitter  *rubycode.Emitter
	logger   script.Object
	failures *rubycode.Failures
	warned   int64 // events since the last warning of too many maps
	running  bool
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, env: env, runner: script.NewRunner(), emitter: rubycode.NewEmitter(env), logger: rubycode.Logger(env.Log), failures: rubycode.NewFailures(env.Log)}
	f.store = storeOf(env)
	for _, t := range cfg.TimeoutTags {
		f.tags = append(f.tags, event.ParseTemplate(t))
	}
	return f, errors.Join(f.compile(), f.register())
}

// storeOf is what the aggregate filters of a pipeline share.
func storeOf(env *plugin.Env) *store {
	const key = "aggregate"
	if s, ok := env.Shared[key].(*store); ok {
		return s
	}
	s := &store{byPattern: map[string]*tasks{}}
	if env.Shared != nil {
		env.Shared[key] = s
	}
	return s
}

func (f *filter) compile() error {
	var idErr error
	if err := f.cfg.TaskID.Err(); err != nil {
		idErr = &plugin.OptionError{Option: "task_id", Err: err}
	} else if !dynamic.MatchString(f.cfg.TaskID.String()) {
		idErr = &plugin.OptionError{Option: "task_id", Err: fmt.Errorf("%q is the same for all events", f.cfg.TaskID.String()), Hint: "it must hold a field that tells tasks apart, such as %{session}"}
	}
	shared := rubycode.NewShared(f.env.Log)
	objects := map[string]script.Object{"event": &script.Event{}, "map_meta": &meta{}, "logger": f.logger}
	var codeErr, timeErr error
	f.code, codeErr = rubycode.Compile("code", f.cfg.Code, script.Options{
		Variables: []string{"event", "map", "map_meta", "new_event_block", "logger"}, Objects: objects, Shared: shared, Now: f.env.Now, Zone: f.env.Zone,
	})
	if f.cfg.IsSet("timeout_code") {
		f.onTime, timeErr = rubycode.Compile("timeout_code", f.cfg.TimeoutCode, script.Options{
			Variables: []string{"event", "logger"}, Objects: objects, Shared: shared, Now: f.env.Now, Zone: f.env.Zone,
		})
	}
	return errors.Join(idErr, codeErr, timeErr)
}

// timeoutOptions may stand in one filter of a task_id only.
var timeoutOptions = []string{"timeout", "inactivity_timeout", "timeout_code", "push_map_as_event_on_timeout", "push_previous_map_as_event",
	"timeout_timestamp_field", "timeout_task_id_field", "timeout_tags"}

func (f *filter) register() error {
	pattern := f.cfg.TaskID.String()
	f.tasks = f.store.tasks(pattern)
	if i := slices.IndexFunc(timeoutOptions, f.cfg.IsSet); i >= 0 {
		if f.tasks.owner != nil {
			return &plugin.OptionError{Option: timeoutOptions[i], Err: fmt.Errorf("another aggregate filter with the task_id %q has timeout options already", pattern),
				Hint: "give all timeout options in one of them"}
		}
		f.tasks.owner = f
	}
	if f.inactivity() > f.timeout() {
		return plugin.BadOption("inactivity_timeout", "it must be lower than timeout, which is %v", f.timeout())
	}
	if f.cfg.MapsPath != "" {
		if f.store.path != "" {
			return plugin.BadOption("aggregate_maps_path", "another aggregate filter of the pipeline has it already, and its file holds all maps")
		}
		f.store.path = f.cfg.MapsPath
	}
	return nil
}

func (f *filter) timeout() time.Duration {
	if !f.cfg.IsSet("timeout") {
		return defaultTimeout
	}
	return seconds(f.cfg.Timeout)
}

func (f *filter) inactivity() time.Duration {
	if !f.cfg.IsSet("inactivity_timeout") {
		return f.timeout()
	}
	return seconds(f.cfg.InactivityTimeout)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Sequential implements plugin.Sequential: a task's events must come in their order.
func (f *filter) Sequential() bool { return true }

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	out := make(event.Batch, 0, len(b))
	for _, e := range b {
		out = f.filter(out, e)
	}
	return out
}

func (f *filter) filter(out event.Batch, e *event.Event) event.Batch {
	id, _ := f.cfg.TaskID.Expand(e)
	if id == f.cfg.TaskID.String() {
		return append(out, e)
	}
	f.warnOfMany()
	now, err := f.clock(e)
	if err != nil {
		f.failed(e, err)
		return append(out, e)
	}
	var expired event.Batch
	t := f.tasks.get(id)
	if t != nil && !f.cfg.TimestampField.IsZero() && t.over(now, t.created, t.last, f.timeout(), f.inactivity()) {
		expired = f.expire(expired, t)
		t = nil
	}
	if t == nil && f.cfg.MapAction == "update" || t != nil && f.cfg.MapAction == "create" {
		return append(append(out, e), expired...)
	}
	if t == nil {
		if f.cfg.PushPrevious {
			expired = f.pushFirst(expired)
		}
		t = f.tasks.add(id, now, f.env.Now(), e.ID())
	}
	t.events++
	t.last, t.lastWall = now, f.env.Now()
	out, ok := f.run(out, e, t)
	if f.cfg.EndOfTask {
		f.tasks.remove(t)
	}
	expired = f.customTimeout(expired, t)
	if ok {
		if err := f.cfg.Matched(e); err != nil {
			f.failed(e, err)
		}
	}
	return append(out, expired...)
}

// clock is the time by which an event's task is timed.
func (f *filter) clock(e *event.Event) (time.Time, error) {
	if f.cfg.TimestampField.IsZero() {
		return f.env.Now(), nil
	}
	v, _ := e.Get(f.cfg.TimestampField)
	if v.Kind() != event.Timestamp {
		return time.Time{}, fmt.Errorf("timeout_timestamp_field: %s is no timestamp but %s", f.cfg.TimestampField, v.Kind())
	}
	return v.Time().Std(), nil
}

// run runs the code; what it makes goes on behind the event.
func (f *filter) run(out event.Batch, e *event.Event, t *task) (event.Batch, bool) {
	shown := script.NewEvent(e)
	f.emitter.Begin(e)
	_, err := f.runner.Run(f.code, shown, t.fields, &meta{t}, f.emitter.Block, f.logger)
	if err != nil {
		f.failed(e, err)
	}
	if !shown.Cancelled {
		out = append(out, e)
	}
	return append(out, f.emitter.Made()...), err == nil
}

func (f *filter) failed(e *event.Event, err error) {
	f.failures.Add("the code of the aggregate filter failed", err)
	e.Tag(exceptionTag)
}

// customTimeout is what the code asked for by map_meta.
func (f *filter) customTimeout(out event.Batch, t *task) event.Batch {
	if t.timeout == nil && t.inactivity == nil {
		return out
	}
	f.tasks.due = time.Time{}
	if zero(t.timeout) || zero(t.inactivity) {
		f.tasks.remove(t)
		if owner := f.tasks.owner; owner != nil && owner.cfg.PushMapOnTimeout {
			out = append(out, f.made(t))
		}
	}
	return out
}

func zero(d *time.Duration) bool { return d != nil && *d == 0 }

// expire removes a task that is over; its map becomes an event where the options say so.
func (f *filter) expire(out event.Batch, t *task) event.Batch {
	f.tasks.remove(t)
	if f.cfg.PushPrevious || f.cfg.PushMapOnTimeout {
		out = append(out, f.made(t))
	}
	return out
}

// pushFirst makes an event of the oldest map.
func (f *filter) pushFirst(out event.Batch) event.Batch {
	t := f.tasks.first()
	if t == nil {
		return out
	}
	f.tasks.remove(t)
	return append(out, f.made(t))
}

// made is the event of a map.
func (f *filter) made(t *task) *event.Event {
	e := f.eventOf(t)
	if t.origin != "" {
		// The number of events belongs to the identity: after a crash the same task may gather others.
		e.SetID(t.origin)
		f.env.Derive(e, t.events)
	}
	if !f.cfg.TaskIDField.IsZero() {
		if err := e.Set(f.cfg.TaskIDField, event.StringValue(t.id)); err != nil {
			f.failed(e, err)
		}
	}
	for _, tag := range f.tags {
		text, _ := tag.Expand(e)
		e.Tag(text)
	}
	if f.onTime != nil {
		if _, err := f.runner.Run(f.onTime, script.NewEvent(e), f.logger); err != nil {
			f.failed(e, err)
		}
	}
	return e
}

// eventOf is a map as an event. What an event cannot hold makes an empty one with the tag of a failure.
func (f *filter) eventOf(t *task) *event.Event {
	fields, err := script.Fields(t.fields)
	if err != nil {
		e := event.New(f.env.EventNow())
		f.failed(e, fmt.Errorf("the map of task %q is no event: %w", t.id, err))
		return e
	}
	return event.FromObject(fields, f.env.EventNow)
}

// Flush implements plugin.Flusher: tasks that are over by the clock.
func (f *filter) Flush(now time.Time, final bool) event.Batch {
	if f.tasks.owner == nil {
		f.tasks.owner = f // nobody gave timeouts: the first one keeps the default
	}
	if f.tasks.owner != f {
		return nil
	}
	var out event.Batch
	for _, t := range f.tasks.expired(now, f.timeout(), f.inactivity()) {
		out = f.expire(out, t)
	}
	if !final {
		return out
	}
	if f.cfg.PushPrevious {
		out = f.pushFirst(out)
	}
	for _, e := range out {
		e.Tag(finalTag)
	}
	return out
}

// warnOfMany warns of too many maps, at the threshold and then at every fifth of it.
func (f *filter) warnOfMany() {
	threshold, n := f.cfg.CountWarnThreshold, int64(len(f.tasks.byID))
	if threshold <= 0 || n < threshold {
		f.warned = 0
		return
	}
	if f.warned == 0 {
		f.env.Log.Warn("many tasks are in memory; do they end?", "task_id", f.cfg.TaskID.String(), "maps", n, "threshold", threshold)
	}
	f.warned = (f.warned + 1) % max(threshold/5, 1)
}

// Start implements plugin.Starter: the maps of the last stop are taken up.
func (f *filter) Start() error {
	f.running = true
	if f.cfg.MapsPath == "" {
		return nil
	}
	n, err := f.store.load()
	if err != nil {
		return fmt.Errorf("aggregate_maps_path: %w", err)
	}
	if n > 0 {
		f.env.Log.Info("aggregate maps loaded", "path", f.cfg.MapsPath, "maps", n)
	}
	return nil
}

// Stop implements plugin.Stopper: maps are kept where a path is given, and are gone elsewhere.
func (f *filter) Stop() {
	n := f.store.count()
	switch {
	case !f.running:
		f.store.clear()
		return
	case f.cfg.MapsPath != "":
		if err := f.store.save(); err != nil {
			f.env.Log.Error("aggregate maps are lost: they could not be stored", "path", f.cfg.MapsPath, "maps", n, "error", err)
		} else if n > 0 {
			f.env.Log.Info("aggregate maps stored", "path", f.cfg.MapsPath, "maps", n)
		}
	case f.store.path == "" && n > 0:
		f.env.Log.Warn("the maps of tasks that had not ended are gone; aggregate_maps_path keeps them from a stop to the next start", "maps", n)
		f.store.clear()
	}
	f.running = false
}
