package web

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
)

// table writes documents as CSV with chosen columns.
type table struct {
	csv     *csv.Writer
	columns []string
	safe    bool
	begun   bool
}

// newTable makes one. Safe cells never begin as a formula does: who opens the file in a spreadsheet runs what stood in a log line otherwise.
func newTable(w io.Writer, columns []string, safe bool) *table {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &table{csv: c, columns: columns, safe: safe}
}

func (t *table) row(h hit) error {
	if !t.begun {
		t.begun = true
		if err := t.csv.Write(t.columns); err != nil {
			return err
		}
	}
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(h.Source))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return err
	}
	cells := make([]string, len(t.columns))
	for i, name := range t.columns {
		switch name {
		case "_index":
			cells[i] = h.Index
		case "_id":
			cells[i] = h.ID
		default:
			cells[i] = t.cell(lookup(doc, name))
		}
	}
	if err := t.csv.Write(cells); err != nil {
		return err
	}
	t.csv.Flush()
	return t.csv.Error()
}

// lookup finds a field by its full name, whose dots may be levels or part of a name.
func lookup(doc map[string]any, name string) any {
	if v, ok := doc[name]; ok {
		return v
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if inner, ok := doc[name[:i]].(map[string]any); ok {
			if v := lookup(inner, name[i+1:]); v != nil {
				return v
			}
		}
	}
	return nil
}

// cell is a value as text; what has parts is JSON.
func (t *table) cell(v any) string {
	var s string
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		s = v
	case json.Number:
		return v.String()
	default:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(v)
		return strings.TrimSuffix(b.String(), "\n")
	}
	if t.safe && s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
