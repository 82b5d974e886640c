// Package csv is the filter that reads a line of values between commas.
package csv

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-csv.
var Spec = plugin.FilterSpec("csv", "Reads a line of values between commas, or another separator, into fields.", newFilter)

// Tags of events that the filter could do nothing with.
const (
	failureTag = "_csvparsefailure"
	emptyTag   = "_csvskippedemptyfield"
)

type config struct {
	plugin.FilterCommon
	AutodetectColumnNames   bool        `opt:"autodetect_column_names" default:"false" doc:"Whether the first line that comes gives the columns their names; its event is dropped. All lines must be of one file then."`
	AutogenerateColumnNames bool        `opt:"autogenerate_column_names" default:"true" doc:"Whether columns without a name are called column1, column2 and so on; they are left out otherwise."`
	Columns                 []string    `opt:"columns" doc:"The names of the columns, in order."`
	Convert                 plugin.Hash `opt:"convert" doc:"Types of columns: integer, float, date, date_time or boolean."`
	QuoteChar               string      `opt:"quote_char" default:"\"" doc:"The character that encloses values with separators in them."`
	Separator               string      `opt:"separator" default:"," doc:"The text between values."`
	SkipEmptyColumns        bool        `opt:"skip_empty_columns" default:"false" doc:"Whether empty columns make no field."`
	SkipEmptyRows           bool        `opt:"skip_empty_rows" default:"false" doc:"Whether an empty line is no failure; its event gets the tag _csvskippedemptyfield."`
	SkipHeader              bool        `opt:"skip_header" default:"false" doc:"Whether a line that holds just the names of columns is dropped."`
	Source                  string      `opt:"source" default:"message" doc:"The field with the line."`
	Target                  string      `opt:"target" doc:"The field that takes the columns; they go to the event's root where it is missing."`
}

type filter struct {
	*shared
	cells []cell
}

// shared is what the workers have in common; the names of columns may come with the first line.
type shared struct {
	cfg      *config
	source   event.Ref
	dialect  dialect
	bad      error // of separator or quote character, which Logstash finds when an event comes
	target   string
	columns  atomic.Pointer[[]column]
	converts map[string]conversion
	zone     *time.Location
}

// column is where a value goes.
type column struct {
	name    string
	named   bool
	ref     event.Ref
	err     error
	convert conversion
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	s := &shared{cfg: cfg, zone: env.Zone, dialect: dialect{separator: cfg.Separator, quote: cfg.QuoteChar}, converts: map[string]conversion{}}
	var err error
	if s.source, err = event.ParseRef(cfg.Source); err != nil {
		return nil, &plugin.OptionError{Option: "source", Err: err}
	}
	if s.target, err = target(cfg); err != nil {
		return nil, err
	}
	if cfg.QuoteChar == `\x00` {
		s.dialect.quote = "\x00"
	}
	switch {
	case cfg.Separator == "":
		s.bad = plugin.BadOption("separator", "must not be empty")
	case utf8.RuneCountInString(s.dialect.quote) != 1:
		s.bad = plugin.BadOption("quote_char", "must be one character, got %q", cfg.QuoteChar)
	}
	if s.bad != nil {
		env.Warn(cfg.PosOf(s.bad.(*plugin.OptionError).Option), "%v; every event will get the tag %s", s.bad, failureTag)
	}
	if err := s.conversions(); err != nil {
		return nil, err
	}
	s.name(named(cfg.Columns))
	return &filter{shared: s}, nil
}

func target(cfg *config) (string, error) {
	if cfg.Target == "" {
		return "", nil
	}
	if _, err := event.ParseRef(cfg.Target); err != nil {
		return "", &plugin.OptionError{Option: "target", Err: err}
	}
	if strings.HasPrefix(cfg.Target, "[") {
		return cfg.Target, nil
	}
	return "[" + cfg.Target + "]", nil
}

func (s *shared) conversions() error {
	for _, p := range s.cfg.Convert {
		name, _ := p.Value.Text()
		convert := conversions[name]
		if convert == nil {
			err := plugin.BadValue("convert", p.Value, "there is no conversion to %q; expected one of: %s", name, strings.Join(conversionNames, ", "))
			if word := diag.Suggest(name, conversionNames); word != "" {
				err.Hint = fmt.Sprintf("did you mean %q?", word)
			}
			return err
		}
		s.converts[p.Key] = convert
	}
	return nil
}

func named(names []string) []cell {
	var cells []cell
	for _, n := range names {
		cells = append(cells, cell{text: n})
	}
	return cells
}

// name sets the names of the columns.
func (s *shared) name(names []cell) {
	columns := make([]column, len(names))
	for i, n := range names {
		columns[i] = s.column(i, strings.Clone(n.text), !n.null)
	}
	s.columns.Store(&columns)
}

// column is the i-th column from 0; without a name it gets one by its number.
func (s *shared) column(i int, name string, named bool) column {
	c := column{name: name, named: named}
	if !named {
		c.name = "column" + strconv.Itoa(i+1)
	}
	text := c.name
	if !strings.HasPrefix(text, "[") {
		text = "[" + text + "]"
	}
	c.ref, c.err = event.ParseRef(s.target + text)
	c.convert = s.converts[c.name]
	return c
}

// Fork implements plugin.Forker.
func (f *filter) Fork() plugin.Filter { return &filter{shared: f.shared} }

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	out := b[:0]
	for _, e := range b {
		drop, err := f.event(e)
		if err != nil {
			e.Tag(failureTag)
		}
		if !drop {
			out = append(out, e)
		}
	}
	return out
}

var (
	errType = errors.New("only a text can be read as CSV")
	errNone = errors.New("the text has no row")
)

func (f *filter) event(e *event.Event) (drop bool, err error) {
	v, _ := e.Get(f.source)
	switch {
	case v.IsNull(), v.Kind() == event.Bool && !v.Bool():
		return false, nil
	case !v.IsString():
		return false, errType
	case f.bad != nil:
		return false, f.bad
	}
	row, ok, err := f.dialect.firstRow(f.cells[:0], v.Str())
	if err != nil {
		return false, err
	}
	f.cells = row
	columns := *f.columns.Load()
	switch {
	case f.header(row, ok, columns):
		return true, nil
	case !ok && f.cfg.SkipEmptyRows:
		e.Tag(emptyTag)
		return false, nil
	case !ok:
		return false, errNone
	}
	if err := f.fields(e, row, columns); err != nil {
		return false, err
	}
	return false, f.cfg.Matched(e)
}

// header tells whether the row is one of names, and takes them where they are not known yet.
func (f *filter) header(row []cell, ok bool, columns []column) bool {
	switch {
	case f.cfg.AutodetectColumnNames && len(columns) == 0:
		f.name(row) // an empty text is a header too, which names nothing: the next line is asked
		return true
	case !f.cfg.SkipHeader || len(columns) == 0:
		return false
	}
	return slices.EqualFunc(row, columns, func(c cell, col column) bool { return c.null != col.named && (c.null || c.text == col.name) })
}

func (f *filter) fields(e *event.Event, row []cell, columns []column) error {
	for i, c := range row {
		if f.cfg.SkipEmptyColumns && c.text == "" {
			continue
		}
		if (i >= len(columns) || !columns[i].named) && !f.cfg.AutogenerateColumnNames {
			continue
		}
		var col column
		if i < len(columns) {
			col = columns[i]
		} else {
			col = f.column(i, "", false)
		}
		if err := f.set(e, &col, c); err != nil {
			return err
		}
	}
	return nil
}

func (f *filter) set(e *event.Event, col *column, c cell) (err error) {
	if col.err != nil {
		return col.err
	}
	v := asIs(c)
	if col.convert != nil {
		if v, err = col.convert(c, f.zone); err != nil {
			return err
		}
	}
	return e.Set(col.ref, v)
}
