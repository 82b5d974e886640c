package api

import (
	"net/http"
	"strings"

	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// common is what every answer begins with.
func (s *Server) common() obj {
	status, _ := s.health()
	return obj{
		"host": s.host, "version": LogstashVersion, "http_address": s.Address(), "id": s.id, "name": s.opt.Name, "ephemeral_id": s.ephemeral,
		"snapshot": false, "status": status,
		"pipeline": obj{"workers": s.opt.Workers, "batch_size": s.opt.BatchSize, "batch_delay": s.opt.Delay.Milliseconds()},
		"castor":   obj{"program": s.opt.Program, "version": s.opt.Version},
	}
}

func (s *Server) root(*http.Request) (any, error) {
	o := s.common()
	o["build_date"], o["build_sha"], o["build_snapshot"] = "", s.opt.Version, false
	return o, nil
}

// with adds parts to the common fields.
func (s *Server) with(parts obj) obj {
	o := s.common()
	for k, v := range parts {
		o[k] = v
	}
	return o
}

func (s *Server) node(r *http.Request) (any, error) {
	return s.with(obj{"pipelines": s.pipelineInfos(graphWanted(r)), "os": osInfo(), "jvm": s.jvmInfo()}), nil
}

func graphWanted(r *http.Request) bool { return r.URL.Query().Get("graph") == "true" }

// nodePart answers /_node/os,jvm and the like.
func (s *Server) nodePart(r *http.Request) (any, error) {
	if id := r.PathValue("id"); id != "" {
		infos := s.pipelineInfos(graphWanted(r))
		if infos[id] == nil {
			return nil, s.noPipeline(id)
		}
		return s.with(obj{"pipelines": obj{id: infos[id]}}), nil
	}
	parts := obj{}
	for _, part := range strings.Split(r.PathValue("part"), ",") {
		switch part {
		case "pipelines":
			parts[part] = s.pipelineInfos(graphWanted(r))
		case "os":
			parts[part] = osInfo()
		case "jvm":
			parts[part] = s.jvmInfo()
		default:
			return nil, NotFound("/_node has no part %q; it has pipelines, os, jvm, plugins, stats, hot_threads and logging", part)
		}
	}
	return s.with(parts), nil
}

func (s *Server) noPipeline(id string) error {
	var ids []string
	for _, v := range s.opt.Pipelines.Views() {
		if v.ID == id && v.Err != nil {
			return NotFound("pipeline %s does not run: %v", id, v.Err)
		}
		ids = append(ids, v.ID)
	}
	return NotFound("there is no pipeline %q; there are: %s", id, strings.Join(ids, ", "))
}

func (s *Server) pipelineInfos(graph bool) obj {
	infos := obj{}
	for _, v := range s.opt.Pipelines.Views() {
		if v.Pipeline != nil {
			infos[v.ID] = s.pipelineInfo(v, graph)
		}
	}
	return infos
}

func (s *Server) pipelineInfo(v pipeline.View, graph bool) obj {
	set := v.Pipeline.Settings()
	info := obj{
		"ephemeral_id": s.runID(v), "hash": hash(v.Version), "workers": set.Workers, "batch_size": set.BatchSize,
		"batch_delay": set.BatchDelay.Milliseconds(), "config_reload_automatic": s.opt.Pipelines.Automatic(),
		"config_reload_interval":    s.opt.Pipelines.Interval().Nanoseconds(),
		"dead_letter_queue_enabled": set.DeadLetters != nil, "ecs_compatibility": string(set.ECS),
	}
	if figured, ok := set.DeadLetters.(plugin.Figured); ok {
		info["dead_letter_queue_path"] = figured.Figures()["path"]
	}
	if graph {
		g := newGraph(v.Pipeline.Shape())
		info["graph"] = obj{"hash": hash(v.Version), "type": "lir", "version": "0.0.0", "graph": obj{"vertices": g.vertices, "edges": g.edges}}
	}
	return info
}

// plugins lists what the program has, under the names of Logstash's packages.
func (s *Server) plugins(*http.Request) (any, error) {
	list := []obj{}
	for _, spec := range s.opt.Registry.Specs() {
		list = append(list, obj{"name": "logstash-" + string(spec.Type) + "-" + spec.Name, "version": s.opt.Version})
	}
	return s.with(obj{"total": len(list), "plugins": list}), nil
}
