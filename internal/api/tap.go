package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"castor/internal/pipeline"
)

// The bounds of a tap.
const (
	tapEvents = 10     // shown where nothing else is asked for
	tapMost   = 100000 // the most that may be asked for
	tapBuffer = 1000   // that may wait for a slow watcher
	tapWait   = time.Minute
)

// tap streams events that pass a plugin, one JSON object a line: ?plugin=ID (or PIPELINE/ID), ?limit=N events, ?every=N shows one in
// N, ?wait=SECONDS ends it at the latest. At the end comes a line {"_tap": …} with how many were left out because the watcher was slow.
func (s *Server) tap(w http.ResponseWriter, r *http.Request) {
	limit, err1 := Number(r, "limit", tapEvents, tapMost)
	every, err2 := Number(r, "every", 1, 1<<30)
	wait, err3 := Number(r, "wait", int(tapWait.Seconds()), 3600)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			s.fail(w, r, err)
			return
		}
	}
	p, err := s.tapped(r.URL.Query().Get("plugin"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	watch := p.Watch(every, min(limit, tapBuffer))
	defer watch.Close()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	end := time.NewTimer(time.Duration(wait) * time.Second)
	defer end.Stop()
	shown := 0
	for ; shown < limit; shown++ {
		select {
		case e := <-watch.Events:
			patient(w)
			if _, err := w.Write(append(e, '\n')); err != nil {
				return
			}
			_ = flush.Flush()
			continue
		case <-end.C:
		case <-r.Context().Done():
		}
		break
	}
	_ = json.NewEncoder(w).Encode(obj{"_tap": obj{"plugin": p.ID, "shown": shown, "missed": watch.Missed()}})
}

// tapped finds the plugin; without an id the last filter, or the first input where there is no filter.
func (s *Server) tapped(id string) (*pipeline.PluginStats, error) {
	var ids []string
	var last *pipeline.PluginStats
	for _, v := range s.opt.Pipelines.Views() {
		if v.Pipeline == nil {
			continue
		}
		st := v.Pipeline.Stats()
		for _, p := range allPlugins(st) {
			ids = append(ids, v.ID+"/"+p.ID)
		}
		switch {
		case last != nil:
		case len(st.Filters) > 0:
			last = st.Filters[len(st.Filters)-1]
		case len(st.Inputs) > 0:
			last = st.Inputs[0]
		}
	}
	p := last
	if id != "" {
		p = s.opt.Pipelines.Find(id)
	}
	if p == nil {
		return nil, NotFound("there is no plugin %q in a running pipeline; there are: %s", id, strings.Join(ids, ", "))
	}
	return p, nil
}
