package deadletters

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"castor/internal/api"
	"castor/internal/pipeline"
	"castor/internal/spool/dlq"
)

// The bounds of an answer.
const (
	mostGrouped = 100_000 // letters that are looked at to count kinds
	mostShown   = 500
	shown       = 20 // where nothing else is asked for
)

// endpoints answer requests about the dead letters of running pipelines.
type endpoints struct {
	pipelines *pipeline.Pipelines
	looks     sync.Mutex // a look reads the whole queue: one at a time
}

// Endpoints are the monitoring API's requests about dead letters.
func Endpoints(g *pipeline.Pipelines) []api.Endpoint {
	e := &endpoints{pipelines: g}
	return []api.Endpoint{
		{Pattern: "GET /_castor/dead_letters", Answer: e.overview},
		{Pattern: "GET /_castor/dead_letters/{pipeline}", Answer: e.letters},
		{Pattern: "DELETE /_castor/dead_letters/{pipeline}", Answer: e.purge},
		{Pattern: "POST /_castor/dead_letters/{pipeline}/replay", Answer: e.replay},
		{Pattern: "DELETE /_castor/dead_letters/{pipeline}/replay", Answer: e.stop},
	}
}

// queueOf is the queue of a pipeline; nil where it has none.
func queueOf(v pipeline.View) *Queue {
	if v.Pipeline == nil {
		return nil
	}
	q, _ := v.Pipeline.Settings().DeadLetters.(*Queue)
	return q
}

func (e *endpoints) queue(r *http.Request) (*Queue, error) {
	id := r.PathValue("pipeline")
	for _, v := range e.pipelines.Views() {
		if v.ID != id {
			continue
		}
		if q := queueOf(v); q != nil {
			return q, nil
		}
		return nil, api.NotFound("pipeline %s has not run yet, its dead letters are not open; `castor-indexer dlq list --pipeline.id %s` shows them", id, id)
	}
	return nil, api.NotFound("there is no pipeline %q", id)
}

// overview counts the kinds of letters of every pipeline, or of ?pipeline=ID.
func (e *endpoints) overview(r *http.Request) (any, error) {
	e.looks.Lock()
	defer e.looks.Unlock()
	all, only := map[string]any{}, r.URL.Query().Get("pipeline")
	for _, v := range e.pipelines.Views() {
		q := queueOf(v)
		if q == nil || only != "" && v.ID != only {
			continue
		}
		groups, more, err := dlq.Groups(q.dir, dlq.Filter{}, mostGrouped)
		if err != nil {
			return nil, err
		}
		o := q.Figures()
		o["groups"], o["partial"], o["replay"] = groups, more, q.status()
		all[v.ID] = o
	}
	return map[string]any{"pipelines": all}, nil
}

// letters shows some.
func (e *endpoints) letters(r *http.Request) (any, error) {
	q, err := e.queue(r)
	if err != nil {
		return nil, err
	}
	limit, err := api.Number(r, "limit", shown, mostShown)
	if err != nil {
		return nil, err
	}
	status := 0
	if r.URL.Query().Get("status") != "" {
		if status, err = api.Number(r, "status", 0, 999); err != nil {
			return nil, err
		}
	}
	get := r.URL.Query().Get
	f := dlq.Filter{Reason: get("reason"), Kind: get("kind"), Index: get("index"), PluginID: get("plugin"), Field: get("field"), Status: status}
	e.looks.Lock()
	defer e.looks.Unlock()
	list := []dlq.Letter{}
	err = dlq.Letters(q.dir, f, limit, func(l dlq.Letter) error { list = append(list, l); return nil })
	return map[string]any{"letters": list, "replay": q.status()}, err
}

// choice is the body of a request that changes something. An empty one chooses nothing, so that no slip touches all letters.
type choice struct {
	All    bool   `json:"all"`
	Reason string `json:"reason"`
	Kind   string `json:"kind"`
	Index  string `json:"index"`
	Plugin string `json:"plugin"`
	Field  string `json:"field"`
	Status int    `json:"status"`
}

func chosen(r *http.Request) (f dlq.Filter, err error) {
	var c choice
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return f, api.BadRequest("the request's body is not what is expected: %v; it is JSON with all, or some of reason, kind, index, plugin, field, status", err)
	}
	f = dlq.Filter{Reason: c.Reason, Kind: c.Kind, Index: c.Index, PluginID: c.Plugin, Field: c.Field, Status: c.Status}
	if f == (dlq.Filter{}) && !c.All {
		return f, api.BadRequest(`say which letters: {"all": true}, or some of reason, kind, index, plugin, field, status`)
	}
	// What comes from now on was not seen by who asks for this.
	f.Until = time.Now()
	return f, nil
}

// target is the queue and the letters in it that a request is about.
func (e *endpoints) target(r *http.Request) (q *Queue, f dlq.Filter, err error) {
	if q, err = e.queue(r); err == nil {
		f, err = chosen(r)
	}
	return q, f, err
}

func (e *endpoints) replay(r *http.Request) (any, error) {
	q, f, err := e.target(r)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("pipeline")
	err = q.Begin(f, func() *pipeline.Pipeline {
		for _, v := range e.pipelines.Views() {
			if v.ID == id && v.Phase == pipeline.Running {
				return v.Pipeline
			}
		}
		return nil
	})
	return map[string]any{"replay": q.status()}, conflict(err)
}

func (e *endpoints) stop(r *http.Request) (any, error) {
	q, err := e.queue(r)
	if err != nil {
		return nil, err
	}
	q.Stop()
	return map[string]any{"replay": q.status()}, nil
}

func (e *endpoints) purge(r *http.Request) (any, error) {
	q, f, err := e.target(r)
	if err != nil {
		return nil, err
	}
	n, err := q.Purge(context.WithoutCancel(r.Context()), f)
	return map[string]any{"deleted": n}, conflict(err)
}

// conflict makes ErrBusy the caller's problem.
func conflict(err error) error {
	if errors.Is(err, ErrBusy) {
		return api.Conflict("%v; wait, or stop it", err)
	}
	return err
}
