// Package csv is the codec for lines of values between commas. It imports the plugin contracts, events, the codecs'
// character sets, and for reading the csv filter.
package csv

import (
	"errors"
	"strings"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
	filter "castor/internal/plugins/filter/csv"
)

// Spec describes the codec; semantics of logstash-codec-csv.
var Spec = plugin.CodecSpec("csv", "Reads and writes lines of values between commas, or another separator.", newCodec)

const failureTag = "_csvparsefailure"

type config struct {
	plugin.CodecCommon
	Autogenerate   plugin.Value `opt:"autogenerate_column_names" type:"boolean" default:"true" doc:"Whether columns without a name are called column1, column2 and so on; they are left out otherwise."`
	Charset        string       `opt:"charset" default:"UTF-8" doc:"The encoding of the text that is read."`
	Columns        []string     `opt:"columns" doc:"The names of the columns, in order; for writing, the fields to write."`
	Convert        plugin.Value `opt:"convert" type:"hash" doc:"Types of columns: integer, float, date, date_time or boolean."`
	IncludeHeaders bool         `opt:"include_headers" default:"false" doc:"Whether the first line has the names of the columns; for writing, whether to write it."`
	QuoteChar      string       `opt:"quote_char" default:"\"" doc:"The character that encloses values with separators in them."`
	Separator      string       `opt:"separator" default:"," doc:"The text between values."`
	SkipEmpty      plugin.Value `opt:"skip_empty_columns" type:"boolean" default:"false" doc:"Whether empty columns make no field."`
	Target         plugin.Value `opt:"target" type:"string" doc:"The field that takes the columns; they go to the event's root where it is missing."`
}

type codec struct {
	plugin.NoFlush
	cfg     *config
	charset *charset.Charset
	now     func() event.Time
	rows    plugin.Filter
	fields  []event.Ref
	headed  bool // the line of names was written
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	cs, err := charset.Find(cfg.Charset)
	if err != nil {
		return nil, &plugin.OptionError{Option: "charset", Err: err}
	}
	c := &codec{cfg: cfg, charset: cs, now: env.EventNow}
	if cfg.Separator == "" || cfg.QuoteChar == "" {
		return nil, errors.New("separator and quote_char must not be empty")
	}
	if c.rows, err = reader(cfg, *env); err != nil {
		return nil, err
	}
	for _, name := range cfg.Columns {
		ref, err := event.ParseRef(name)
		if err != nil {
			return nil, &plugin.OptionError{Option: "columns", Err: err}
		}
		c.fields = append(c.fields, ref)
	}
	return c, nil
}

// lineField holds the line while it is read, so that no column can be taken for it.
var lineField = event.MustRef("[@metadata][csv_codec_line]")

// reader is the csv filter with the codec's options, working on lineField.
func reader(cfg *config, env plugin.Env) (plugin.Filter, error) {
	node := &ast.Plugin{Name: "csv"}
	set := func(name string, v ast.Value) { node.Attrs = append(node.Attrs, &ast.Attr{Name: name, Value: v}) }
	columns := &ast.Array{}
	for _, name := range cfg.Columns {
		columns.Elems = append(columns.Elems, &ast.String{Text: name})
	}
	set("source", &ast.String{Text: lineField.String()})
	set("columns", columns)
	set("separator", &ast.String{Text: cfg.Separator})
	set("quote_char", &ast.String{Text: cfg.QuoteChar})
	if cfg.IncludeHeaders {
		set("autodetect_column_names", &ast.Bareword{Text: "true"})
	}
	for _, o := range []struct {
		name string
		v    plugin.Value
	}{{"autogenerate_column_names", cfg.Autogenerate}, {"convert", cfg.Convert}, {"skip_empty_columns", cfg.SkipEmpty}, {"target", cfg.Target}} {
		if o.v.Node() != nil {
			set(o.name, o.v.Node())
		}
	}
	var diags diag.List
	configured := plugin.NewRegistry(filter.Spec).Decode(plugin.FilterType, node, &diags)
	if configured == nil {
		return nil, diags.Err()
	}
	f, ok := configured.Build(env, &diags).(plugin.Filter)
	if !ok {
		return nil, diags.Err()
	}
	if forker, ok := f.(plugin.Forker); ok {
		f = forker.Fork()
	}
	return f, nil
}

// Decode implements plugin.Codec: data is one line. What cannot be read becomes a message with the tag
// _csvparsefailure.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	e := event.New(c.now())
	text := event.StringValue(c.charset.Decode(data))
	_ = e.Set(lineField, text)
	for _, e := range c.rows.Filter(event.Batch{e}) {
		e.Remove(lineField)
		if failed(e) {
			e.Fields().Set(event.MessageField, text)
		}
		emit(e)
	}
}

func failed(e *event.Event) bool {
	for _, tag := range e.Tags() {
		if tag == failureTag {
			return true
		}
	}
	return false
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

// cell writes a value; in quotes where it must, so that it is read as it was.
func (c *codec) cell(dst []byte, i int, v event.Value) []byte {
	if i > 0 {
		dst = append(dst, c.cfg.Separator...)
	}
	if v.IsNull() {
		return dst
	}
	text, quote := v.String(), c.cfg.QuoteChar
	if text != "" && !strings.Contains(text, c.cfg.Separator) && !strings.Contains(text, quote) && !strings.ContainsAny(text, "\r\n") && strings.IndexByte(" \t", text[0]) < 0 {
		return append(dst, text...)
	}
	dst = append(dst, quote...)
	dst = append(dst, strings.ReplaceAll(text, quote, quote+quote)...)
	return append(dst, quote...)
}
