// Package cef is the codec for ArcSight's Common Event Format. It imports the plugin contracts, events, and the
// codec for lines.
package cef

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
	"castor/internal/plugins/codec/line"
)

// Spec describes the codec; semantics of logstash-codec-cef.
var Spec = plugin.CodecSpec("cef", "Reads and writes ArcSight's Common Event Format (CEF).", newCodec)

const failureTag = "_cefparsefailure"

// maxLine bounds the memory for a message without its delimiter.
const maxLine = 20 << 20

type config struct {
	plugin.CodecCommon
	Vendor         event.Template `opt:"vendor" default:"Elasticsearch" doc:"The device vendor to write; it may hold %{field}."`
	Product        event.Template `opt:"product" default:"Logstash" doc:"The device product to write; it may hold %{field}."`
	Version        event.Template `opt:"version" default:"1.0" doc:"The device version to write; it may hold %{field}."`
	Signature      event.Template `opt:"signature" default:"Logstash" doc:"The signature id to write; it may hold %{field}."`
	Name           event.Template `opt:"name" default:"Logstash" doc:"The name to write; it may hold %{field}."`
	Severity       event.Template `opt:"severity" default:"6" doc:"The severity to write, 0 to 10; it may hold %{field}. Anything else is written as 6."`
	Fields         []string       `opt:"fields" doc:"The fields to write into the extension."`
	ReverseMapping bool           `opt:"reverse_mapping" default:"false" doc:"Whether fields are written by their short keys instead of their names."`
	Delimiter      string         `opt:"delimiter" doc:"What ends a message, when the text comes as a stream; \\r and \\n stand for the characters. It is written behind each event as well."`
	RawDataField   string         `opt:"raw_data_field" doc:"The field that takes the message as it came."`
	DefaultZone    string         `opt:"default_timezone" doc:"The zone of times that name none, with ECS; the process's zone where it is missing."`
	Device         string         `opt:"device" default:"observer" enum:"observer|host" doc:"Whether ECS fields speak of the device as observer or as host."`
	Locale         string         `opt:"locale" doc:"The language of month names, with ECS." ignored:"month names are read in English, as CEF writes them"`
}

type codec struct {
	cfg       *config
	env       *plugin.Env
	log       *slog.Logger
	names     *names
	header    [7]event.Ref
	syslog    event.Ref
	raw       event.Ref
	zone      *time.Location
	delimiter string
	split     *line.Splitter // nil without a delimiter
	written   []writtenField
}

type writtenField struct {
	ref event.Ref
	key string
}

var headerNames = [2][7]string{
	{"cefVersion", "deviceVendor", "deviceProduct", "deviceVersion", "deviceEventClassId", "name", "severity"},
	{"[cef][version]", "[observer][vendor]", "[observer][product]", "[observer][version]", "[event][code]", "[cef][name]", "[event][severity]"},
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	ecs := env.ECS.Enabled()
	c := &codec{cfg: cfg, env: env, log: env.Log, names: newNames(ecs, cfg.ReverseMapping, cfg.Device), zone: env.Zone}
	if c.zone == nil {
		c.zone = time.UTC
	}
	for i, name := range headerNames[pick(ecs, 1, 0)] {
		c.header[i] = event.MustRef(name)
	}
	c.syslog = event.MustRef(env.ECS.Pick("syslog", "[log][syslog][header]"))
	c.delimiter = strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(cfg.Delimiter)
	if c.delimiter != "" {
		c.split = &line.Splitter{Delimiter: c.delimiter, Max: maxLine}
	}
	var err error
	if cfg.RawDataField != "" {
		if c.raw, err = event.ParseRef(cfg.RawDataField); err != nil {
			return nil, &plugin.OptionError{Option: "raw_data_field", Err: err}
		}
	}
	if cfg.DefaultZone != "" {
		if c.zone, err = location(cfg.DefaultZone); err != nil {
			return nil, &plugin.OptionError{Option: "default_timezone", Err: err}
		}
	}
	return c, c.writtenFields()
}

func (c *codec) writtenFields() error {
	for _, name := range c.cfg.Fields {
		ref, err := event.ParseRef(name)
		if err != nil {
			return &plugin.OptionError{Option: "fields", Err: err}
		}
		key, ok := c.names.encode[name]
		if !ok {
			key = name
		}
		c.written = append(c.written, writtenField{ref, alphanumeric(key)})
	}
	return nil
}

// alphanumeric is the key without the characters that CEF does not allow in it.
func alphanumeric(key string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, key)
}

// Decode implements plugin.Codec. What is no CEF becomes a message with the tag _cefparsefailure.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	if c.split == nil {
		emit(c.event(data))
		return
	}
	c.split.Split(data, func(text string, _ bool) { emit(c.event(text)) })
}

// Flush implements plugin.Codec.
func (c *codec) Flush(emit func(*event.Event)) {
	if c.split == nil {
		return
	}
	if rest := c.split.Rest(); rest != "" {
		emit(c.event(rest))
	}
}

// Pending implements plugin.Pending.
func (c *codec) Pending() (bool, time.Time) { return c.split != nil && c.split.Held(), time.Time{} }

func (c *codec) event(data string) *event.Event {
	e := event.New(c.env.EventNow())
	if !c.raw.IsZero() {
		_ = e.Set(c.raw, event.StringValue(charset.Repair(data)))
	}
	if err := c.parse(data, e); err != nil {
		c.log.Warn("a message is no CEF", "error", err)
		e = event.New(c.env.EventNow())
		e.Fields().Set(event.MessageField, event.StringValue(charset.Repair(unquoted(data))))
		e.Tag(failureTag)
	}
	return e
}

var (
	errUTF8    = errors.New("it is not UTF-8")
	errNewline = errors.New("it has line feeds in it; divide a stream by the option delimiter")
)

// unquoted takes the quote at the start and the character at the end away, which some senders enclose a message in.
func unquoted(data string) string {
	if !utf8.ValidString(data) || !strings.HasPrefix(data, `"`) {
		return data
	}
	_, n := utf8.DecodeLastRuneInString(data[1:])
	return data[1 : len(data)-n]
}

func (c *codec) parse(data string, e *event.Event) error {
	if !utf8.ValidString(data) {
		return errUTF8
	}
	data = chomp(unquoted(data))
	if strings.Contains(data, "\n") {
		return errNewline
	}
	for i, ref := range c.header {
		value, rest, ok := headerField(data)
		if !ok {
			return fmt.Errorf("it has %d of the 7 header fields, each of which ends in |", i)
		}
		data = rest
		if i == 0 {
			if at := strings.LastIndexByte(value, ' '); at >= 0 {
				_ = e.Set(c.syslog, event.StringValue(value[:at]))
				value = value[at+1:]
			}
			value = strings.TrimPrefix(value, "CEF:")
		}
		if err := e.Set(ref, event.StringValue(value)); err != nil {
			return err
		}
	}
	return c.extension(strings.TrimSpace(data), e)
}

// chomp takes one line's end away.
func chomp(s string) string {
	if t, ok := strings.CutSuffix(s, "\r\n"); ok {
		return t
	}
	if t, ok := strings.CutSuffix(s, "\n"); ok {
		return t
	}
	return strings.TrimSuffix(s, "\r")
}

// headerField takes the text before the next | that no backslash stands before.
func headerField(s string) (value, rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '|' || s[i+1] == '\\'):
			i++
		case s[i] == '|':
			return headerEscapes.Replace(s[:i]), s[i+1:], true
		}
	}
	return "", "", false
}

var (
	headerEscapes    = strings.NewReplacer(`\\`, `\`, `\|`, `|`)
	extensionEscapes = strings.NewReplacer(`\\`, `\`, `\=`, `=`, `\n`, "\n", `\r`, "\r")
)

// extension reads the pairs of keys and values; a value ends where blanks and the next key follow.
func (c *codec) extension(s string, e *event.Event) error {
	fields := event.NewObject(16)
	for s != "" {
		n := keyLength(s)
		if n == 0 {
			return fmt.Errorf("the extension has a value without key: %.100q", s)
		}
		end := valueEnd(s, n+1)
		fields.Set(c.field(s[:n]), event.StringValue(extensionEscapes.Replace(s[n+1:end])))
		s = strings.TrimLeft(s[end:], blanks)
	}
	zone, _ := fields.Get("[event][timezone]")
	for _, m := range fields.Members() {
		v, err := m.Value, error(nil)
		if c.names.times[m.Key] {
			if strings.TrimSpace(v.Str()) == "" {
				v = event.NullValue // which @timestamp cannot be
			} else if v, err = c.time(v.Str(), zone.Str()); err != nil {
				return err
			}
		}
		ref, err := event.ParseRef(m.Key)
		if err != nil {
			return err
		}
		if err := e.Set(ref, v); err != nil {
			return err
		}
	}
	return nil
}

const blanks = " \t\r\n\v\f"

// field is the event's field for a key; fieldname[0] becomes [fieldname][0].
func (c *codec) field(key string) string {
	if to, ok := c.names.decode[key]; ok {
		return to
	}
	if i := strings.IndexByte(key, '['); i > 0 {
		return "[" + key[:i] + "]" + key[i:]
	}
	return key
}

// keyLength is the length of the key that s begins with, 0 when it begins with none: word characters, more parts
// after points, an index in brackets, and then an equals sign.
func keyLength(s string) int {
	i := 0
	for i < len(s) && isWord(s[i]) {
		i++
	}
	if i == 0 {
		return 0
	}
	for i+1 < len(s) && s[i] == '.' && isSubkey(s[i+1]) {
		for i++; i < len(s) && isSubkey(s[i]); {
			i++
		}
	}
	if i < len(s) && s[i] == '[' {
		j := i + 1
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j == i+1 || j >= len(s) || s[j] != ']' {
			return 0
		}
		i = j + 1
	}
	if i < len(s) && s[i] == '=' {
		return i
	}
	return 0
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func isSubkey(c byte) bool { return strings.IndexByte(".=|\\[]"+blanks, c) < 0 }

func valueEnd(s string, from int) int {
	for i := from; i < len(s); {
		if strings.IndexByte(blanks, s[i]) < 0 {
			i++
			continue
		}
		end := i
		for i < len(s) && strings.IndexByte(blanks, s[i]) >= 0 {
			i++
		}
		if i == len(s) || keyLength(s[i:]) > 0 {
			return end
		}
	}
	return len(s)
}

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	dst = append(dst, "CEF:0"...)
	for _, f := range []struct {
		t        *event.Template
		fallback string
	}{{&c.cfg.Vendor, "Elasticsearch"}, {&c.cfg.Product, "Logstash"}, {&c.cfg.Version, "1.0"}, {&c.cfg.Signature, "Logstash"}, {&c.cfg.Name, "Logstash"}} {
		text := headerText(f.t, e)
		dst = append(append(dst, '|'), pick(text == "", f.fallback, text)...)
	}
	dst = append(append(append(dst, '|'), severity(headerText(&c.cfg.Severity, e))...), '|')
	first := true
	for _, f := range c.written {
		v, ok := e.Get(f.ref)
		if !ok || v.IsNull() {
			continue
		}
		if !first {
			dst = append(dst, ' ')
		}
		first = false
		text := v.String()
		if v.Array() != nil {
			text = string(v.AppendJSON(nil))
		}
		dst = append(append(dst, f.key...), '=')
		dst = append(dst, valueSanitizer.Replace(text)...)
	}
	return append(dst, c.delimiter...), nil
}

var (
	headerSanitizer = strings.NewReplacer("\r\n", " ", `\`, `\\`, "|", `\|`, "\n", " ", "\r", " ")
	valueSanitizer  = strings.NewReplacer("\r\n", `\n`, `\`, `\\`, "=", `\=`, "\n", `\n`, "\r", `\n`)
)

func headerText(t *event.Template, e *event.Event) string {
	return headerSanitizer.Replace(string(t.Append(nil, e)))
}

// severity is a whole number from 0 to 10, 6 for anything else.
func severity(text string) string {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || f < 0 || f > 10 || f != float64(int(f)) {
		return "6"
	}
	return strconv.Itoa(int(f))
}
