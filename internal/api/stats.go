package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// allPlugins are a pipeline's plugins, inputs first.
func allPlugins(st *pipeline.Stats) []*pipeline.PluginStats {
	return slices.Concat(st.Inputs, st.Filters, st.Outputs)
}

func hash(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// runID is the identity of one run of a pipeline: another one after each reload.
func (s *Server) runID(v pipeline.View) string {
	h := hash(s.ephemeral + v.ID + v.Version + v.Pipeline.Stats().Started.Format(time.RFC3339Nano))
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:32]}, "-")
}

// parts of /_node/stats.
func (s *Server) part(name string, r *http.Request) (any, bool) {
	switch name {
	case "jvm":
		return s.jvmStats(), true
	case "process":
		return s.processStats(), true
	case "os":
		return osStats(), true
	case "events":
		return s.eventStats(), true
	case "flow":
		return s.flowStats(), true
	case "pipelines":
		return s.pipelineStats(r), true
	case "reloads":
		reloads := s.opt.Pipelines.Reloads()
		return obj{"successes": reloads.Successes, "failures": reloads.Failures}, true
	case "queue":
		return obj{"events_count": s.waiting()}, true
	}
	return nil, false
}

var statsParts = []string{"jvm", "process", "events", "flow", "pipelines", "reloads", "os", "queue"}

func (s *Server) stats(r *http.Request) (any, error) {
	o := s.common()
	for _, name := range statsParts {
		o[name], _ = s.part(name, r)
	}
	return o, nil
}

func (s *Server) statsPart(r *http.Request) (any, error) {
	if id := r.PathValue("id"); id != "" {
		all := s.pipelineStats(r)
		if all[id] == nil {
			return nil, s.noPipeline(id)
		}
		return s.with(obj{"pipelines": obj{id: all[id]}}), nil
	}
	o := s.common()
	for _, name := range strings.Split(r.PathValue("part"), ",") {
		v, ok := s.part(name, r)
		if !ok {
			return nil, NotFound("/_node/stats has no part %q; it has %s", name, strings.Join(statsParts, ", "))
		}
		o[name] = v
	}
	return o, nil
}

func (s *Server) eventStats() obj {
	t := s.opt.Pipelines.Totals()
	return obj{
		"in": t.In, "filtered": t.Filtered, "out": t.Out,
		"duration_in_millis": t.WorkNanos / 1e6, "queue_push_duration_in_millis": t.QueueNanos / 1e6,
	}
}

// waiting is how many deliveries are between input and acknowledgement: Castor's inputs hold them, there is no queue of its own.
func (s *Server) waiting() int64 {
	n := int64(0)
	for _, v := range s.opt.Pipelines.Views() {
		if v.Pipeline != nil {
			n += v.Pipeline.Stats().InFlight.Load()
		}
	}
	return n
}

func (s *Server) flowStats() obj { return s.flows("", s.started, s.counters()) }

// flows are the rates of a pipeline, or of the node where prefix is empty.
func (s *Server) flows(prefix string, since time.Time, values map[string]float64) obj {
	now := time.Now()
	rate := func(name string) obj { return s.flow.rates(now, values, since, prefix+name, "", 1) }
	return obj{
		"input_throughput": rate("in"), "filter_throughput": rate("filtered"), "output_throughput": rate("out"),
		"queue_backpressure": rate("wait"), "worker_concurrency": rate("work"),
	}
}

func (s *Server) pipelineStats(r *http.Request) obj {
	all, values := obj{}, s.counters()
	vertices := r.URL.Query().Get("vertices") == "true"
	for _, v := range s.opt.Pipelines.Views() {
		all[v.ID] = s.onePipeline(v, values, vertices)
	}
	return all
}

func (s *Server) onePipeline(v pipeline.View, values map[string]float64, vertices bool) obj {
	o := obj{"reloads": reloadStats(v.Reloads), "state": string(v.Phase)}
	if v.Pipeline == nil {
		o["events"], o["plugins"], o["queue"] = obj{}, obj{"inputs": []obj{}, "codecs": []obj{}, "filters": []obj{}, "outputs": []obj{}}, obj{"type": "memory", "events_count": 0}
		return o
	}
	st, set := v.Pipeline.Stats(), v.Pipeline.Settings()
	prefix := v.ID + "\x00"
	flows := s.flows(prefix, st.Started, values)
	flows["worker_utilization"] = s.flow.rates(time.Now(), values, st.Started, prefix+"work", "", 100/float64(set.Workers))
	o["hash"], o["ephemeral_id"], o["flow"] = hash(v.Version), s.runID(v), flows
	o["events"] = obj{
		"in": st.In.Load(), "filtered": st.Filtered.Load(), "out": st.Out.Load(),
		"duration_in_millis": (st.FilterTime() + st.OutputTime()).Milliseconds(), "queue_push_duration_in_millis": st.QueueWait().Milliseconds(),
		"dropped_by_conditions": st.Incomparable.Load(), "deliveries_given_back": st.Nacks.Load(),
	}
	o["pipeline"] = obj{"workers": set.Workers, "batch_size": set.BatchSize, "batch_delay": set.BatchDelay.Milliseconds()}
	o["queue"] = obj{"type": "memory", "events_count": st.InFlight.Load(), "queue_size_in_bytes": 0, "max_queue_size_in_bytes": set.MaxInFlight}
	o["plugins"] = s.pluginStats(v, values)
	if set.DeadLetters != nil {
		o["dead_letter_queue"] = deadLetterStats(set.DeadLetters, st)
	}
	if vertices {
		o["vertices"] = vertexStats(st)
	}
	return o
}

// deadLetterStats are the queue's own figures, with what this run of the pipeline put in.
func deadLetterStats(q pipeline.DeadLetters, st *pipeline.Stats) obj {
	o := obj{}
	if f, ok := q.(plugin.Figured); ok {
		for k, v := range f.Figures() {
			o[k] = v
		}
	}
	o["events_written"] = st.DeadLetters.Load()
	return o
}

func reloadStats(r pipeline.Reloads) obj {
	o := obj{"successes": r.Successes, "failures": r.Failures, "last_success_timestamp": stamp(r.LastSuccess), "last_failure_timestamp": stamp(r.LastFailure), "last_error": nil}
	if r.LastError != "" {
		o["last_error"] = obj{"message": r.LastError, "backtrace": []string{}}
	}
	return o
}

// stamp is null for a time that never was.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func (s *Server) pluginStats(v pipeline.View, values map[string]float64) obj {
	st := v.Pipeline.Stats()
	inputs, filters, outputs, codecs := []obj{}, []obj{}, []obj{}, []obj{}
	for _, p := range st.Inputs {
		o := s.onePlugin(v, p, values)
		o["events"] = obj{"out": p.Out.Load(), "queue_push_duration_in_millis": p.Duration().Milliseconds()}
		inputs = append(inputs, o)
		codecs = append(codecs, codecStats(p)...)
	}
	for _, p := range st.Filters {
		o := s.onePlugin(v, p, values)
		o["events"] = obj{"in": p.In.Load(), "out": p.Out.Load(), "duration_in_millis": p.Duration().Milliseconds()}
		filters = append(filters, o)
	}
	for _, p := range st.Outputs {
		o := s.onePlugin(v, p, values)
		o["events"] = obj{"in": p.In.Load(), "out": p.Out.Load(), "duration_in_millis": p.Duration().Milliseconds()}
		o["retries"], o["dropped"] = p.Retries.Load(), p.Dropped.Load()
		if f, ok := p.Spool(); ok {
			o["spool"] = spoolStats(f)
		}
		if p.Name == "elasticsearch" {
			o["documents"] = obj{"successes": p.Out.Load(), "non_retryable_failures": p.Failures.Load()}
		}
		outputs = append(outputs, o)
		codecs = append(codecs, codecStats(p)...)
	}
	return obj{"inputs": inputs, "codecs": codecs, "filters": filters, "outputs": outputs}
}

// spoolStats names what waits on disk as Logstash names a persistent queue.
func spoolStats(f pipeline.SpoolFigures) obj {
	o := obj{
		"events_count": f.Events, "queue_size_in_bytes": f.Bytes, "max_queue_size_in_bytes": f.MaxBytes, "full": f.Full, "corrupt_events": f.Corrupt,
		"path": f.Dir, "oldest_age_in_millis": int64(0),
	}
	if !f.Oldest.IsZero() {
		o["oldest_age_in_millis"] = time.Since(f.Oldest).Milliseconds()
	}
	return o
}

// codecStats counts for a codec what its plugin counts: all of an input's events came out of its codec, all of an output's
// went in.
func codecStats(p *pipeline.PluginStats) []obj {
	if p.Codec == "" {
		return nil
	}
	o := obj{"id": p.Codec + "_" + p.ID, "name": p.Codec}
	if p.Type == plugin.InputType {
		o["decode"] = obj{"out": p.Out.Load()}
	} else {
		o["encode"] = obj{"writes_in": p.In.Load()}
	}
	return []obj{o}
}

// onePlugin has the plugin's own figures, its rates and its health.
func (s *Server) onePlugin(v pipeline.View, p *pipeline.PluginStats, values map[string]float64) obj {
	o := obj{"id": p.ID, "name": p.Name}
	if p.Type != plugin.InputType {
		o["failures"] = p.Failures.Load()
	}
	if f, ok := p.Plugin.(plugin.Figured); ok {
		for k, figure := range f.Figures() {
			o[k] = figure
		}
	}
	if median, most, ok := p.Lag(); ok {
		o["lag"] = obj{"median_in_millis": median.Milliseconds(), "max_in_millis": most.Milliseconds()}
	}
	if h, ok := p.Plugin.(plugin.Healthy); ok {
		state, reason := h.Health()
		o["health"] = obj{"status": state, "reason": reason}
	}
	now, key, since := time.Now(), v.ID+"\x00"+p.ID+"\x00", v.Pipeline.Stats().Started
	if p.Type == plugin.InputType {
		o["flow"] = obj{"throughput": s.flow.rates(now, values, since, key+"out", "", 1)}
		return o
	}
	o["flow"] = obj{
		"throughput":              s.flow.rates(now, values, since, key+"out", "", 1),
		"worker_utilization":      s.flow.rates(now, values, since, key+"time", "", 100/float64(v.Pipeline.Settings().Workers)),
		"worker_millis_per_event": s.flow.rates(now, values, since, key+"time", key+"in", 1000),
	}
	return o
}
