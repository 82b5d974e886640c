package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"castor/internal/store/lucene"
)

// maxQuery bounds a query's text.
const maxQuery = 64 << 10

// query reads a query as the search engines do: its tree, by which the page marks what was found, or what is wrong with it and where. The
// engines' own parser names its grammar's tokens instead.
func query(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("text")
	if len(text) > maxQuery {
		problem(w, http.StatusRequestEntityTooLarge, "the query is longer than 64 KiB")
		return
	}
	answer := map[string]any{}
	tree, err := lucene.Parse(text, lucene.Options{})
	var fault *lucene.Error
	switch {
	case errors.As(err, &fault):
		answer["error"] = map[string]any{"column": fault.Column(), "message": fault.Message, "hint": fault.Hint}
	case err != nil:
		answer["error"] = map[string]any{"column": 1, "message": err.Error()}
	default:
		answer["tree"] = shape(tree)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(answer)
}

// shape is a query's tree for JSON.
func shape(n lucene.Node) map[string]any {
	switch n := n.(type) {
	case *lucene.Bool:
		return map[string]any{"kind": "bool", "must": shapes(n.Must), "should": shapes(n.Should), "not": shapes(n.Not)}
	case *lucene.Term:
		return map[string]any{"kind": "term", "field": n.Field, "text": n.Text}
	case *lucene.Phrase:
		return map[string]any{"kind": "phrase", "field": n.Field, "text": n.Text, "slop": n.Slop}
	case *lucene.Wildcard:
		return map[string]any{"kind": "wildcard", "field": n.Field, "text": n.Pattern}
	case *lucene.Regexp:
		return map[string]any{"kind": "regexp", "field": n.Field, "text": n.Pattern}
	case *lucene.Fuzzy:
		return map[string]any{"kind": "fuzzy", "field": n.Field, "text": n.Text}
	case *lucene.Range:
		return map[string]any{"kind": "range", "field": n.Field, "from": n.From, "to": n.To}
	case *lucene.Exists:
		return map[string]any{"kind": "exists", "field": n.Field}
	}
	return map[string]any{"kind": "all"}
}

func shapes(nodes []lucene.Node) []map[string]any {
	out := make([]map[string]any, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, shape(n))
	}
	return out
}
