package api

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// exposition collects metrics in Prometheus' text format. It is written by hand because the client library would add its
// weight to the shipper, for a format of two kinds of lines.
type exposition struct {
	names    []string
	families map[string]*strings.Builder
}

func (x *exposition) add(name, kind, help string, value float64, labels ...string) {
	b := x.families[name]
	if b == nil {
		b = &strings.Builder{}
		fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
		x.families[name] = b
		x.names = append(x.names, name)
	}
	b.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		b.WriteByte("{,"[min(i, 1)])
		fmt.Fprintf(b, `%s="%s"`, labels[i], labelEscapes.Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	b.WriteByte(' ')
	b.WriteString(strconv.FormatFloat(value, 'g', -1, 64))
	b.WriteByte('\n')
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func (x *exposition) counter(name, help string, value float64, labels ...string) {
	x.add(name, "counter", help, value, labels...)
}

func (x *exposition) gauge(name, help string, value float64, labels ...string) {
	x.add(name, "gauge", help, value, labels...)
}

// metrics answers /metrics.
func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	x := &exposition{families: map[string]*strings.Builder{}}
	s.nodeMetrics(x)
	for _, v := range s.opt.Pipelines.Views() {
		pipelineMetrics(x, v)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	for _, name := range x.names {
		_, _ = w.Write([]byte(x.families[name].String()))
	}
}

func (s *Server) nodeMetrics(x *exposition) {
	colour, _ := s.health()
	t, r := s.opt.Pipelines.Totals(), s.opt.Pipelines.Reloads()
	x.gauge("castor_info", "The program and its version.", 1, "program", s.opt.Program, "version", s.opt.Version, "node", s.opt.Name)
	x.gauge("castor_health", "0 green, 1 yellow, 2 red.", float64(ranks[colour]))
	x.counter("castor_node_events_in_total", "Events from inputs, over all pipelines and reloads.", float64(t.In))
	x.counter("castor_node_events_filtered_total", "Events that passed the filters.", float64(t.Filtered))
	x.counter("castor_node_events_out_total", "Events that all their outputs confirmed.", float64(t.Out))
	x.counter("castor_reloads_total", "Changes of configuration.", float64(r.Successes), "result", "success")
	x.counter("castor_reloads_total", "Changes of configuration.", float64(r.Failures), "result", "failure")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	_, resident := memory()
	x.counter("process_cpu_seconds_total", "Processor time.", cpuTime().Seconds())
	x.gauge("process_resident_memory_bytes", "Resident memory.", float64(resident))
	x.gauge("process_open_fds", "Open file descriptors.", float64(openFiles()))
	x.gauge("process_max_fds", "The most file descriptors that may be open.", float64(maxFiles()))
	x.gauge("process_start_time_seconds", "Start, since 1970.", float64(s.started.UnixMilli())/1000)
	x.gauge("go_goroutines", "Goroutines.", float64(runtime.NumGoroutine()))
	x.gauge("go_memstats_heap_inuse_bytes", "Heap in use.", float64(m.HeapInuse))
	x.counter("go_gc_cycles_total", "Garbage collections.", float64(m.NumGC))
}

func pipelineMetrics(x *exposition, v pipeline.View) {
	for _, phase := range []pipeline.Phase{pipeline.Running, pipeline.Reloading, pipeline.Finished, pipeline.Failed} {
		on := 0.0
		if v.Phase == phase {
			on = 1
		}
		x.gauge("castor_pipeline_phase", "1 for the phase in which the pipeline is.", on, "pipeline", v.ID, "phase", string(phase))
	}
	x.counter("castor_pipeline_reloads_total", "Changes of the pipeline's configuration.", float64(v.Reloads.Successes), "pipeline", v.ID, "result", "success")
	x.counter("castor_pipeline_reloads_total", "Changes of the pipeline's configuration.", float64(v.Reloads.Failures), "pipeline", v.ID, "result", "failure")
	if v.Pipeline == nil {
		return
	}
	st := v.Pipeline.Stats()
	for _, c := range []struct {
		name, help string
		value      int64
	}{
		{"events_in_total", "Events from the inputs.", st.In.Load()},
		{"events_filtered_total", "Events that passed the filters.", st.Filtered.Load()},
		{"events_out_total", "Events that all their outputs confirmed.", st.Out.Load()},
		{"dead_letters_total", "Events that were put into the dead-letter queue.", st.DeadLetters.Load()},
		{"incomparable_total", "Events dropped because a condition compares what cannot be compared.", st.Incomparable.Load()},
		{"deliveries_returned_total", "Deliveries given back to their input.", st.Nacks.Load()},
	} {
		x.counter("castor_pipeline_"+c.name, c.help, float64(c.value), "pipeline", v.ID)
	}
	x.counter("castor_pipeline_queue_push_seconds_total", "Time that inputs were held back.", st.QueueWait().Seconds(), "pipeline", v.ID)
	x.counter("castor_pipeline_filter_seconds_total", "Time in filters, over all workers.", st.FilterTime().Seconds(), "pipeline", v.ID)
	x.counter("castor_pipeline_output_seconds_total", "Time in outputs, over all workers.", st.OutputTime().Seconds(), "pipeline", v.ID)
	x.gauge("castor_pipeline_deliveries_in_flight", "Deliveries between input and acknowledgement.", float64(st.InFlight.Load()), "pipeline", v.ID)
	x.gauge("castor_pipeline_start_time_seconds", "Start of this run, since 1970.", float64(st.Started.UnixMilli())/1000, "pipeline", v.ID)
	for _, p := range allPlugins(st) {
		pluginMetrics(x, v.ID, p)
	}
}

func pluginMetrics(x *exposition, pipelineID string, p *pipeline.PluginStats) {
	labels := []string{"pipeline", pipelineID, "type", string(p.Type), "plugin", p.Name, "id", p.ID}
	count := func(name, help string, v float64) { x.counter("castor_plugin_"+name, help, v, labels...) }
	if p.Type != plugin.InputType {
		count("events_in_total", "Events that a plugin was given.", float64(p.In.Load()))
		count("failures_total", "Filter: events on which it failed by a fault in Castor. Output: events refused for good.", float64(p.Failures.Load()))
	}
	count("events_out_total", "Events that a plugin gave on; of an output those confirmed.", float64(p.Out.Load()))
	count("seconds_total", "Time in the plugin; of an input the time that it was held back.", p.Duration().Seconds())
	if p.Type == plugin.OutputType {
		count("retries_total", "Events that an output had to write again.", float64(p.Retries.Load()))
		count("dropped_total", "Events that are neither written nor in the dead letters.", float64(p.Dropped.Load()))
		spoolMetrics(x, p, labels)
	}
	if h, ok := p.Plugin.(plugin.Healthy); ok {
		colour, _ := h.Health()
		x.gauge("castor_plugin_health", "How the plugin's connection fares: 0 green, 1 yellow, 2 red.", float64(ranks[colour]), labels...)
	}
	if median, most, ok := p.Lag(); ok {
		x.gauge("castor_plugin_lag_seconds", "Age of events by their @timestamp as they passed in the last minute.", median.Seconds(), append(labels, "quantile", "0.5")...)
		x.gauge("castor_plugin_lag_seconds", "Age of events by their @timestamp as they passed in the last minute.", most.Seconds(), append(labels, "quantile", "1")...)
	}
	figured, ok := p.Plugin.(plugin.Figured)
	if !ok {
		return
	}
	figures := figured.Figures()
	if q, ok := figures["queue"].(map[string]any); ok {
		queueMetrics(x, q, labels)
	}
	for _, name := range []string{"matches", "failures"} {
		if n, ok := figures[name].(int64); ok {
			x.counter("castor_filter_"+name+"_total", "Events with which the filter had success (matches) or not (failures).", float64(n), labels...)
		}
	}
}

// spoolMetrics are those of an output with a spool.
func spoolMetrics(x *exposition, p *pipeline.PluginStats, labels []string) {
	f, ok := p.Spool()
	if !ok {
		return
	}
	x.gauge("castor_output_spool_events", "Events that wait on disk for an output.", float64(f.Events), labels...)
	x.gauge("castor_output_spool_bytes", "Size of an output's spool.", float64(f.Bytes), labels...)
	x.gauge("castor_output_spool_max_bytes", "Size at which the pipeline waits for the output.", float64(f.MaxBytes), labels...)
	age := 0.0
	if !f.Oldest.IsZero() {
		age = time.Since(f.Oldest).Seconds()
	}
	x.gauge("castor_output_spool_oldest_seconds", "How long the oldest event in an output's spool has waited.", age, labels...)
}

// queueMetrics are those of a broker's queue that an input reads from; none while the broker does not tell.
func queueMetrics(x *exposition, q map[string]any, labels []string) {
	for _, state := range []string{"ready", "leased"} {
		if n, ok := q["messages_"+state].(int64); ok {
			x.gauge("castor_input_queue_messages", "Messages in the broker's queue: ready, or leased to an indexer.", float64(n), append(labels, "state", state)...)
		}
	}
	if ms, ok := q["oldest_age_in_millis"].(int64); ok {
		x.gauge("castor_input_queue_oldest_seconds", "Age of the oldest message in the broker's queue, by its @timestamp.", float64(ms)/1000, labels...)
	}
}
