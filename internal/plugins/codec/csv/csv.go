// Package csv is the codec for lines of values between commas. It imports the plugin contracts, events, the codecs'
// character sets, for reading the csv filter, and Ruby's texts of values.
package csv

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
	filter "castor/internal/plugins/filter/csv"
	"castor/internal/ruby"
)

// Spec describes the codec; semantics of logstash-codec-csv.
var Spec = plugin.CodecSpec("csv", "Reads and writes lines of values between commas, or another separator.", newCodec)

const failureTag = "_csvparsefailure"

type config struct {
	plugin.CodecCommon
	Autodetect     bool        `opt:"autodetect_column_names" default:"false" doc:"Whether the first line that is read gives the columns their names."`
	Autogenerate   bool        `opt:"autogenerate_column_names" default:"true" doc:"Whether columns without a name are called column1, column2 and so on; they are left out otherwise."`
	Charset        string      `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Columns        []string    `opt:"columns" doc:"The names of the columns, in order; for writing, the fields to write."`
	Convert        plugin.Hash `opt:"convert" doc:"Types of columns: integer, float, date, date_time or boolean."`
	IncludeHeaders bool        `opt:"include_headers" default:"false" doc:"For writing, whether the first line is the names of the columns."`
	QuoteChar      string      `opt:"quote_char" default:"\"" doc:"The character that encloses values with separators in them."`
	Separator      string      `opt:"separator" default:"," doc:"The text between values."`
	SkipEmpty      bool        `opt:"skip_empty_columns" default:"false" doc:"Whether empty columns make no field."`
	Target         event.Ref   `opt:"target" doc:"The field that takes the columns; they go to the event's root where it is missing."`
}

type codec struct {
	plugin.NoFlush
	cfg      *config
	charset  *charset.Charset
	now      func() event.Time
	zone     *time.Location
	original event.Ref // what takes the line, with ECS
	reader   *filter.Reader
	columns  []event.Value // their names; null for none
	converts map[string]filter.Conversion
	fields   []event.Ref
	headed   bool // the line of names was written
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	cs, err := charset.Find(cfg.Charset)
	if err != nil {
		return nil, &plugin.OptionError{Option: "charset", Err: err}
	}
	if cfg.QuoteChar == `\x00` {
		cfg.QuoteChar = "\x00"
	}
	if cfg.Separator == "" || utf8.RuneCountInString(cfg.QuoteChar) != 1 {
		return nil, errors.New("separator must not be empty, and quote_char must be one character")
	}
	c := &codec{
		cfg: cfg, charset: cs, now: env.EventNow, zone: env.Zone, reader: filter.NewReader(cfg.Separator, cfg.QuoteChar),
		converts: map[string]filter.Conversion{},
	}
	if env.ECS.Enabled() {
		c.original = event.MustRef("[event][original]")
	}
	for _, p := range cfg.Convert {
		name, _ := p.Value.Text()
		if c.converts[p.Key], err = filter.ConversionTo(name); err != nil {
			return nil, plugin.BadValue("convert", p.Value, "%w", err)
		}
	}
	for _, name := range cfg.Columns {
		ref, err := event.ParseRef(name)
		if err != nil {
			return nil, &plugin.OptionError{Option: "columns", Err: err}
		}
		c.columns = append(c.columns, event.StringValue(name))
		c.fields = append(c.fields, ref)
	}
	return c, nil
}

// Decode implements plugin.Codec: data is one line. What cannot be read becomes a message with the tag
// _csvparsefailure.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	text := c.charset.Decode(data)
	row, ok, err := c.reader.Row(text)
	switch {
	case err == nil && c.cfg.Autodetect && len(c.columns) == 0:
		for _, name := range row {
			c.columns = append(c.columns, name.Clone())
		}
		return
	case err == nil && ok:
		var o *event.Object
		if o, err = c.object(row); err == nil {
			emit(c.event(o, text))
			return
		}
	}
	e := event.New(c.now())
	e.Fields().Set(event.MessageField, event.StringValue(text))
	e.Tag(failureTag)
	emit(e)
}

// object names the values; a column's name is a key as it stands, not a reference to a field in others.
func (c *codec) object(row []event.Value) (*event.Object, error) {
	o := event.NewObject(len(row) + 2)
	for i, v := range row {
		if c.cfg.SkipEmpty && v.Str() == "" {
			continue
		}
		name := "column" + strconv.Itoa(i+1)
		if i < len(c.columns) && !c.columns[i].IsNull() {
			name = c.columns[i].Str()
		} else if !c.cfg.Autogenerate {
			continue
		}
		if convert := c.converts[name]; convert != nil {
			var err error
			if v, err = convert(v, c.zone); err != nil {
				return nil, err
			}
		}
		o.Set(name, v)
	}
	return o, nil
}

func (c *codec) event(o *event.Object, text string) *event.Event {
	e := event.FromValue(event.ObjectValue(o), c.cfg.Target, c.now)
	if !c.original.IsZero() {
		_ = e.Set(c.original, event.StringValue(text))
	}
	return e
}

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	if c.cfg.IncludeHeaders && !c.headed {
		c.headed = true
		names := c.cfg.Columns
		if len(names) == 0 {
			for _, m := range e.Fields().Members() {
				names = append(names, m.Key)
			}
		}
		for i, name := range names {
			dst = c.cell(dst, i, event.StringValue(name))
		}
		dst = append(dst, '\n')
	}
	if len(c.fields) == 0 {
		for i, m := range e.Fields().Members() {
			dst = c.cell(dst, i, m.Value)
		}
		return append(dst, '\n'), nil
	}
	for i, ref := range c.fields {
		v, _ := e.Get(ref)
		dst = c.cell(dst, i, v)
	}
	return append(dst, '\n'), nil
}

// cell writes Ruby's text of a value; in quotes where it must, so that it is read as it was.
func (c *codec) cell(dst []byte, i int, v event.Value) []byte {
	if i > 0 {
		dst = append(dst, c.cfg.Separator...)
	}
	if v.IsNull() {
		return dst
	}
	text, quote := ruby.ToS(v), c.cfg.QuoteChar
	if text != "" && !strings.ContainsAny(text, "\r\n"+quote+c.cfg.Separator) {
		return append(dst, text...)
	}
	dst = append(dst, quote...)
	dst = append(dst, strings.ReplaceAll(text, quote, quote+quote)...)
	return append(dst, quote...)
}
