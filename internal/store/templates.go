package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
)

// templates are kept in one file, as they were sent.
type templates struct {
	mu     sync.Mutex
	path   string
	byKind map[string]map[string]json.RawMessage
}

// The kinds of templates, by the path of their API.
const (
	composable = "_index_template"
	legacy     = "_template"
	component  = "_component_template"
)

// indexBody is what creates an index, and a part of templates.
type indexBody struct {
	Settings json.RawMessage `json:"settings"`
	Mappings json.RawMessage `json:"mappings"`
}

type templateBody struct {
	IndexPatterns stringList `json:"index_patterns"`
	Template      indexBody  `json:"template"`
	ComposedOf    []string   `json:"composed_of"`
	Priority      int        `json:"priority"`
	Order         int        `json:"order"`
	indexBody
}

type stringList []string

// UnmarshalJSON takes one string for a list.
func (l *stringList) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = stringList{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

func (t *templates) load(path string) error {
	t.path, t.byKind = path, map[string]map[string]json.RawMessage{}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, &t.byKind)
	}
	if err != nil {
		return fmt.Errorf("read the templates: %w", err)
	}
	return nil
}

// save writes the file anew, whole or not at all.
func (t *templates) save() error {
	b, err := json.MarshalIndent(t.byKind, "", " ")
	if err != nil {
		return err
	}
	f, err := os.Create(t.path + ".new")
	if err != nil {
		return err
	}
	_, werr := f.Write(b)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(t.path+".new", t.path)
}

func (t *templates) put(kind, name string, raw json.RawMessage) error {
	var body templateBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return &apiError{status: 400, kind: "parse_exception", reason: "the template cannot be read: " + err.Error()}
	}
	if kind != component && len(body.IndexPatterns) == 0 {
		return &apiError{status: 400, kind: "action_request_validation_exception", reason: "Validation Failed: 1: index patterns are missing;"}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byKind[kind] == nil {
		t.byKind[kind] = map[string]json.RawMessage{}
	}
	t.byKind[kind][name] = raw
	return t.save()
}

func (t *templates) remove(kind, name string) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.byKind[kind][name]; !ok {
		return false, nil
	}
	delete(t.byKind[kind], name)
	return true, t.save()
}

// find returns the templates of a kind whose names match the pattern.
func (t *templates) find(kind, pattern string) map[string]json.RawMessage {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]json.RawMessage{}
	for name, raw := range t.byKind[kind] {
		if pattern == "" || globName(pattern, name) {
			out[name] = raw
		}
	}
	return out
}

// declared is what the templates say about an index.
type declared struct {
	mappings []json.RawMessage
	settings json.RawMessage
}

// forIndex chooses the composable template with the highest priority, or where
// none matches all legacy ones in their order.
func (t *templates) forIndex(index string) (d declared) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var best *templateBody
	for _, body := range t.matching(composable, index) {
		if best == nil || body.Priority > best.Priority {
			best = &body
		}
	}
	if best != nil {
		for _, name := range best.ComposedOf {
			var part templateBody
			if raw, ok := t.byKind[component][name]; ok && json.Unmarshal(raw, &part) == nil {
				d.add(part.Template)
			}
		}
		d.add(best.Template)
		return d
	}
	list := t.matching(legacy, index)
	slices.SortStableFunc(list, func(a, b templateBody) int { return cmp.Compare(a.Order, b.Order) })
	for _, body := range list {
		d.add(body.indexBody)
	}
	return d
}

func (t *templates) matching(kind, index string) []templateBody {
	var out []templateBody
	for _, name := range slices.Sorted(maps.Keys(t.byKind[kind])) {
		var body templateBody
		if json.Unmarshal(t.byKind[kind][name], &body) != nil {
			continue
		}
		if slices.ContainsFunc(body.IndexPatterns, func(p string) bool { return globName(p, index) }) {
			out = append(out, body)
		}
	}
	return out
}

func (d *declared) add(b indexBody) {
	if len(b.Mappings) > 0 {
		d.mappings = append(d.mappings, b.Mappings)
	}
	if len(b.Settings) > 0 {
		d.settings = b.Settings
	}
}
