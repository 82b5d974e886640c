package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// diagnosis is one reason for not being green.
type diagnosis struct {
	id     string
	colour plugin.Health
	cause  string
	action string
}

var ranks = map[plugin.Health]int{plugin.Green: 0, plugin.Yellow: 1, plugin.Red: 2}

func worse(a, b plugin.Health) plugin.Health {
	if ranks[b] > ranks[a] {
		return b
	}
	return a
}

// health is the node's colour: the worst of its pipelines, with all reasons.
func (s *Server) health() (plugin.Health, []diagnosis) {
	colour := plugin.Green
	var all []diagnosis
	for _, v := range s.opt.Pipelines.Views() {
		c, reasons := s.pipelineHealth(v)
		colour = worse(colour, c)
		for _, d := range reasons {
			d.cause = "pipeline " + v.ID + ": " + d.cause
			all = append(all, d)
		}
	}
	if !s.opt.Pipelines.Ready() {
		colour = worse(colour, plugin.Yellow)
		all = append(all, diagnosis{"starting", plugin.Yellow, "the pipelines are being started", "wait"})
	}
	return colour, all
}

func (s *Server) pipelineHealth(v pipeline.View) (plugin.Health, []diagnosis) {
	var ds []diagnosis
	switch v.Phase {
	case pipeline.Failed:
		cause := "it does not run"
		if v.Err != nil {
			cause += ": " + v.Err.Error()
		}
		ds = append(ds, diagnosis{"failed", plugin.Red, cause, "mend the configuration or what it needs, then reload (SIGHUP) or restart"})
	case pipeline.Finished:
		ds = append(ds, diagnosis{"finished", plugin.Yellow, "its inputs came to their end", "nothing, if they were meant to"})
	case pipeline.Reloading:
		ds = append(ds, diagnosis{"reloading", plugin.Yellow, "the old configuration is being drained since " + v.Since.UTC().Format(time.RFC3339), "wait; pipeline.drain_timeout bounds it"})
	}
	if v.Reloads.LastFailure.After(v.Reloads.LastSuccess) && v.Phase != pipeline.Failed {
		ds = append(ds, diagnosis{"reload_failed", plugin.Yellow, "the last change of its configuration was not taken, the one before runs: " + v.Reloads.LastError, "mend the configuration; `check` shows what is wrong and where"})
	}
	if v.Pipeline != nil && v.Phase != pipeline.Finished {
		for _, p := range allPlugins(v.Pipeline.Stats()) {
			ds = append(ds, pluginHealth(p)...)
		}
	}
	colour := plugin.Green
	for _, d := range ds {
		colour = worse(colour, d.colour)
	}
	return colour, ds
}

func pluginHealth(p *pipeline.PluginStats) []diagnosis {
	var ds []diagnosis
	if h, ok := p.Plugin.(plugin.Healthy); ok {
		if colour, reason := h.Health(); colour != plugin.Green {
			ds = append(ds, diagnosis{"connection", colour, fmt.Sprintf("%s %s (%s): %s", p.Type, p.Name, p.ID, reason), "look at the other side; nothing is lost meanwhile, Castor tries again by itself"})
		}
	}
	if f, ok := p.Spool(); ok {
		ds = append(ds, spoolHealth(p, f)...)
	}
	if n := p.Dropped.Load(); n > 0 {
		ds = append(ds, diagnosis{"dropped", plugin.Yellow, fmt.Sprintf("%s %s (%s) refused %d events for good, and there is no dead-letter queue", p.Type, p.Name, p.ID, n), "see the log for the reasons"})
	}
	if n := p.Failures.Load(); n > 0 && p.Type == plugin.FilterType {
		ds = append(ds, diagnosis{"fault", plugin.Yellow, fmt.Sprintf("filter %s (%s) failed on %d events by a fault in Castor; they are tagged _%s_fault", p.Name, p.ID, n, p.Name), "report it with the log's stack"})
	}
	return ds
}

// spoolLate is how long events may wait in a spool without remark.
const spoolLate = time.Minute

func spoolHealth(p *pipeline.PluginStats, f pipeline.SpoolFigures) []diagnosis {
	title := fmt.Sprintf("output %s (%s)", p.Name, p.ID)
	switch age := time.Since(f.Oldest); {
	case f.Full:
		return []diagnosis{{"spool_full", plugin.Yellow, fmt.Sprintf("%s: its spool has reached %d bytes; the pipeline waits for it", title, f.MaxBytes), "look at the other side, or raise spool_max_bytes"}}
	case f.Events > 0 && age > spoolLate:
		return []diagnosis{{"spool_waits", plugin.Yellow, fmt.Sprintf("%s: %d events wait in its spool, the oldest for %s", title, f.Events, age.Round(time.Second)), "look at the other side; the pipeline's other outputs go on"}}
	}
	return nil
}

// healthReport answers in the shape of Logstash's.
func (s *Server) healthReport(*http.Request) (any, error) {
	colour, _ := s.health()
	indicators, ill := obj{}, []string{}
	for _, v := range s.opt.Pipelines.Views() {
		c, ds := s.pipelineHealth(v)
		indicators[v.ID] = indicator(v, c, ds)
		if c != plugin.Green {
			ill = append(ill, "`"+v.ID+"`")
		}
	}
	pipelines := obj{"status": colour, "symptom": symptom(len(ill), ill), "indicators": indicators}
	symptomOfAll := "1 indicator is healthy (`pipelines`)"
	if colour != plugin.Green {
		symptomOfAll = "1 indicator is unhealthy (`pipelines`)"
	}
	return s.with(obj{"symptom": symptomOfAll, "indicators": obj{"pipelines": pipelines}}), nil
}

func symptom(n int, ill []string) string {
	switch n {
	case 0:
		return "all pipelines are healthy"
	case 1:
		return "1 indicator is unhealthy (" + ill[0] + ")"
	}
	return fmt.Sprintf("%d indicators are unhealthy (%s)", n, strings.Join(ill, ", "))
}

// states are the names of the phases in Logstash's report.
var states = map[pipeline.Phase]string{
	pipeline.Running: "RUNNING", pipeline.Reloading: "LOADING", pipeline.Finished: "FINISHED", pipeline.Failed: "TERMINATED",
}

func indicator(v pipeline.View, c plugin.Health, ds []diagnosis) obj {
	o := obj{"status": c, "symptom": "The pipeline is healthy", "details": obj{"status": obj{"state": states[v.Phase], "since": stamp(v.Since)}}}
	if c == plugin.Green {
		return o
	}
	list, impacts := []obj{}, []obj{}
	for _, d := range ds {
		severity := 2
		if d.colour == plugin.Red {
			severity = 1
		}
		list = append(list, obj{"id": "castor:health:pipeline:" + d.id, "cause": d.cause, "action": d.action, "help_url": ""})
		impacts = append(impacts, obj{"id": "castor:health:pipeline:" + d.id + ":impact", "severity": severity, "description": d.cause, "impact_areas": []string{"pipeline_execution"}})
	}
	o["symptom"] = fmt.Sprintf("The pipeline is %s; %d area(s) may need attention", word(c), len(list))
	o["diagnosis"], o["impacts"] = list, impacts
	return o
}

func word(c plugin.Health) string {
	if c == plugin.Red {
		return "unhealthy"
	}
	return "concerning"
}

// live answers as long as the process does.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	s.write(w, r, http.StatusOK, obj{"status": "alive", "uptime_in_millis": time.Since(s.started).Milliseconds()})
}

// ready is 503 with the reasons while the pipelines are being started, or one does not run or cannot reach its other side.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	colour, ds := s.health()
	status, reasons := http.StatusOK, []obj{}
	if colour == plugin.Red || !s.opt.Pipelines.Ready() {
		status = http.StatusServiceUnavailable
	}
	for _, d := range ds {
		reasons = append(reasons, obj{"status": d.colour, "reason": d.cause, "action": d.action})
	}
	s.write(w, r, status, obj{"ready": status == http.StatusOK, "status": colour, "reasons": reasons})
}
