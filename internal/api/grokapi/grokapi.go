// Package grokapi is the part of the monitoring API that tries grok patterns: what they make of lines, where they fail, which patterns there
// are, and which might fit lines that nobody has a pattern for. It imports api and grok.
package grokapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"castor/internal/api"
	"castor/internal/grok"
)

// The bounds of a request. The work on a line is bounded by steps, as in the filter.
const (
	maxBody     = 1 << 20
	maxPatterns = 50
	maxLines    = 500
	maxTime     = 5 * time.Second // then the lines that are left are not tried
	timeout     = 100 * time.Millisecond
)

// tool answers the requests, one at a time: it must not take the processors from the pipelines.
type tool struct {
	folder string // of patterns beside the program
	turn   chan struct{}
}

// Endpoints are the monitoring API's requests about grok; folder is where patterns that override the stock ones are, empty for none.
func Endpoints(folder string) []api.Endpoint {
	t := &tool{folder: folder, turn: make(chan struct{}, 1)}
	return []api.Endpoint{
		{Pattern: "POST /_castor/grok", Answer: t.inTurn(t.match)},
		{Pattern: "POST /_castor/grok/discover", Answer: t.inTurn(t.discover)},
		{Pattern: "GET /_castor/grok/library", Answer: t.patterns},
	}
}

// inTurn lets one request after the other work, and none that nobody waits for any more.
func (t *tool) inTurn(work func(*http.Request, *wanted) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		q, err := read(r)
		if err != nil {
			return nil, err
		}
		select {
		case t.turn <- struct{}{}:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		defer func() { <-t.turn }()
		return work(r, q)
	}
}

// wanted is the body of a request.
type wanted struct {
	Patterns    []string `json:"patterns"`     // tried in their order, the first that matches is taken
	Lines       []string `json:"lines"`        // what they are tried on
	Definitions string   `json:"definitions"`  // more patterns, "NAME regex" a line
	ECS         string   `json:"ecs"`          // disabled (or empty), v1, v8
	AllCaptures bool     `json:"all_captures"` // named_captures_only => false
}

func read(r *http.Request) (*wanted, error) {
	var q wanted
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, api.BadRequest("that is too much at once: patterns and lines may have %d KiB together", maxBody>>10)
		}
		return nil, api.BadRequest("the request's body is not what is expected: %v; it is JSON with patterns, lines, definitions, ecs, all_captures", err)
	}
	if len(q.Patterns) > maxPatterns || len(q.Lines) > maxLines {
		return nil, api.BadRequest("that is too much at once: at most %d patterns and %d lines are tried", maxPatterns, maxLines)
	}
	for i, line := range q.Lines {
		q.Lines[i] = strings.ToValidUTF8(line, "\uFFFD")
	}
	return &q, nil
}

// library is what the patterns of a request may refer to.
func (t *tool) library(q *wanted) (*grok.Library, []string, error) {
	lib, err := grok.Stock(q.ECS)
	if err != nil {
		return nil, nil, api.BadRequest("%v", err)
	}
	if t.folder != "" {
		if _, err := lib.LoadFolder(t.folder, q.ECS); err != nil {
			return nil, nil, err
		}
	}
	defs, warnings := grok.Definitions("your definitions", q.Definitions)
	return lib.With(defs...), warnings, nil
}

// patterns lists the library.
func (t *tool) patterns(r *http.Request) (any, error) {
	lib, _, err := t.library(&wanted{ECS: r.URL.Query().Get("ecs")})
	if err != nil {
		return nil, err
	}
	type entry struct {
		Name    string `json:"name"`
		Pattern string `json:"pattern"`
		About   string `json:"about"`
		Example string `json:"example"`
		Source  string `json:"source"`
		Stock   bool   `json:"stock"`
	}
	list := []entry{}
	for _, name := range lib.Names() {
		def, _ := lib.Lookup(name)
		list = append(list, entry{name, def.Text, def.About(), def.Example(), def.Source, def.Stock})
	}
	return map[string]any{"patterns": list}, nil
}

// discover proposes patterns for the lines.
func (t *tool) discover(_ *http.Request, q *wanted) (any, error) {
	lib, warnings, err := t.library(q)
	if err != nil {
		return nil, err
	}
	found, err := grok.Discover(q.Lines, lib)
	if err != nil {
		return nil, api.BadRequest("%v", err)
	}
	type proposal struct {
		Pattern string `json:"pattern"`
		Lines   int    `json:"lines"`
		Example string `json:"example"`
	}
	list := []proposal{}
	for _, p := range found {
		list = append(list, proposal{p.Expr, p.Lines, p.Example})
	}
	return map[string]any{"proposals": list, "lines": len(q.Lines), "warnings": nonNil(warnings)}, nil
}

func nonNil(list []string) []string { return append([]string{}, list...) }
