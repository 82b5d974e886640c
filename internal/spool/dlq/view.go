package dlq

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"castor/internal/spool"
)

// Filter chooses entries; its zero value chooses all. Every field that is set
// must match.
type Filter struct {
	Reason   string // contained in the entry's reason, any case
	Kind     string // the kind of reason, as a Group has it
	Index    string // with * and ?
	PluginID string
	Field    string
	Status   int
	Since    time.Time // not before
	Until    time.Time // before
}

// Match says whether the filter chooses the entry.
func (f Filter) Match(e Entry) bool {
	if f.Index != "" {
		if ok, err := path.Match(f.Index, e.Index); err != nil || !ok {
			return false
		}
	}
	return (f.Reason == "" || strings.Contains(strings.ToLower(e.Reason), strings.ToLower(f.Reason))) &&
		(f.Kind == "" || f.Kind == reasonKind(e.Reason)) &&
		(f.PluginID == "" || f.PluginID == e.PluginID) &&
		(f.Field == "" || f.Field == e.Field) &&
		(f.Status == 0 || f.Status == e.Status) &&
		(f.Since.IsZero() || !e.Time.Before(f.Since)) &&
		(f.Until.IsZero() || e.Time.Before(f.Until))
}

// Group is what List shows in a line: entries with the same kind of reason.
type Group struct {
	Count      int       `json:"count"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
	Kind       string    `json:"kind"`   // the reason without the values in it
	Reason     string    `json:"reason"` // of the newest entry, in full
	PluginType string    `json:"plugin_type"`
	PluginID   string    `json:"plugin_id"`
	Index      string    `json:"index"` // of the newest entry
	Field      string    `json:"field"`
	Status     int       `json:"status"`
}

type groupKey struct {
	kind, pluginType, pluginID, field string
	status                            int
}

// Groups counts the entries in dir by kind of reason, most frequent first. It
// works beside the process that has the queue open. At most limit entries are
// looked at, the oldest ones, where limit is not 0; more says whether others
// are left.
func Groups(dir string, f Filter, limit int) (groups []Group, more bool, err error) {
	byKey := map[groupKey]*Group{}
	n := 0
	err = each(dir, f, func(e Entry) error {
		if n++; limit > 0 && n > limit {
			more = true
			return errEnough
		}
		key := groupKey{reasonKind(e.Reason), e.PluginType, e.PluginID, e.Field, e.Status}
		g := byKey[key]
		if g == nil {
			g = &Group{First: e.Time, Kind: key.kind, PluginType: e.PluginType, PluginID: e.PluginID, Field: e.Field, Status: e.Status}
			byKey[key] = g
		}
		g.Count++
		g.Last, g.Reason, g.Index = e.Time, e.Reason, e.Index
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	groups = make([]Group, 0, len(byKey))
	for _, g := range byKey {
		groups = append(groups, *g)
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Kind, b.Kind), strings.Compare(a.Field, b.Field))
	})
	return groups, more, nil
}

// reasonKind leaves out what changes from document to document: quoted values
// and numbers.
func reasonKind(reason string) string {
	var b strings.Builder
	for i := 0; i < len(reason); i++ {
		c := reason[i]
		switch {
		case c == '\'':
			if n := strings.IndexByte(reason[i+1:], '\''); n >= 0 {
				b.WriteString("'…'")
				i += n + 1
				continue
			}
		case c >= '0' && c <= '9':
			for i+1 < len(reason) && reason[i+1] >= '0' && reason[i+1] <= '9' {
				i++
			}
			c = '#'
		}
		b.WriteByte(c)
	}
	return b.String()
}

func each(dir string, f Filter, visit func(Entry) error) error {
	err := spool.Scan(dir, cursorName, func(r spool.Record) error {
		if e := decode(r); f.Match(e) {
			return visit(e)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("read the dead letters: %w", err)
	}
	return nil
}

var errEnough = errors.New("enough")

// List writes the groups of the entries in dir as a table.
func List(w io.Writer, dir string, f Filter) error {
	groups, _, err := Groups(dir, f, 0)
	if err != nil {
		return err
	}
	if len(groups) == 0 {
		_, err := fmt.Fprintln(w, "no dead letters")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "COUNT\tLAST\tSTATUS\tPLUGIN\tINDEX\tFIELD\tREASON")
	total := 0
	for _, g := range groups {
		total += g.Count
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", g.Count, g.Last.UTC().Format(time.RFC3339), dash(status(g.Status)),
			dash(pluginName(g.PluginType, g.PluginID)), dash(g.Index), dash(g.Field), oneLine(g.Reason))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%d dead letters of %d kinds; see them with show, send them again with replay, delete them with purge\n", total, len(groups))
	return err
}

// Letter is an entry as people see it, with its number.
type Letter struct {
	Seq uint64 `json:"seq"`
	Entry
}

// Letters calls visit for the entries in dir, oldest first, at most limit of
// them when limit is not 0. It works beside the process that has the queue
// open.
func Letters(dir string, f Filter, limit int, visit func(Letter) error) error {
	n := 0
	return each(dir, f, func(e Entry) error {
		if err := visit(Letter{e.Seq, e}); err != nil {
			return err
		}
		if n++; n == limit {
			return errEnough
		}
		return nil
	})
}

// Show writes Letters as NDJSON.
func Show(w io.Writer, dir string, f Filter, limit int) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return Letters(dir, f, limit, func(l Letter) error { return enc.Encode(l) })
}

func pluginName(kind, id string) string {
	if id == "" || id == kind {
		return kind
	}
	return strings.TrimPrefix(kind+"/"+id, "/")
}

func status(code int) string {
	if code == 0 {
		return ""
	}
	return fmt.Sprint(code)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// oneLine keeps a reason from breaking the table or the terminal.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 200 {
		s = string(runes[:199]) + "…"
	}
	return s
}
