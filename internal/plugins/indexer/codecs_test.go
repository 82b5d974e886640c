package indexer_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/lfv"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
	"castor/internal/plugins/indexer"
	"castor/internal/testkit/conformance"
)

// codecCase is a case of both schemas: feeds and expect are the older one's, chunks and result the newer one's.
type codecCase struct {
	Op               string
	Codec            string
	Params           map[string]json.RawMessage
	ECS              string
	ECSCompatibility string `json:"ecs_compatibility"`

	Feeds  []json.RawMessage
	Events []json.RawMessage
	Expect []any

	Chunks []json.RawMessage
	Flush  bool
	Event  string
	Ruby   string
	Stable bool
	Result struct {
		Out            []any
		EventsPerChunk []any `json:"events_per_chunk"`
		Flushed        []any
		Raised         any
		Sorted         string
	}
}

// readTime is when the cases' codecs read, by their clock.
var readTime = event.Time{Sec: 1795347000, Nsec: 7e6}

func TestConformanceCodecs(t *testing.T) {
	registry := indexer.Plugins()
	for _, name := range []string{"es_bulk", "json", "json_lines", "line", "plain"} {
		conformance.Run(t, "codec_"+name+".jsonl", func(c conformance.Case) error { return checkFed(registry, name, c) })
	}
	conformance.Run(t, "multiline.jsonl", func(c conformance.Case) error { return checkFed(registry, "multiline", c) })
	for _, name := range []string{"collectd", "es_bulk", "graphite", "msgpack", "multiline", "rubydebug", "text_codecs"} {
		conformance.Run(t, "codecs/"+name+".jsonl", func(c conformance.Case) error { return checkRecorded(registry, c) })
	}
}

func (k *codecCase) build(registry *plugin.Registry, ecs string) (plugin.Codec, error) {
	node := &ast.Plugin{Name: k.Codec}
	for name, raw := range k.Params {
		v, err := settingOf(raw)
		if err != nil {
			return nil, err
		}
		node.Attrs = append(node.Attrs, &ast.Attr{Name: name, Value: v})
	}
	var diags diag.List
	c := registry.Decode(plugin.CodecType, node, &diags)
	if c == nil {
		return nil, diags.Err()
	}
	env := plugin.Env{ECS: plugin.ECS(ecs), Now: func() time.Time { return readTime.Std() }, Host: "test-host", Zone: time.UTC}
	codec, _ := c.Build(env, &diags).(plugin.Codec)
	return codec, diags.Err()
}

// settingOf is a JSON value as it would stand in a configuration.
func settingOf(raw json.RawMessage) (ast.Value, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return setting(v), nil
}

// casesDir has the files that cases name: those beside the cases, else the project's own.
func casesDir() string {
	dir := filepath.Join(conformance.Dir(), "codecs")
	if _, err := os.Stat(filepath.Join(dir, "types.db")); err == nil {
		return dir
	}
	return filepath.Join("..", "..", "testdata", "conformance", "codecs")
}

func setting(v any) ast.Value {
	switch v := v.(type) {
	case string:
		return &ast.String{Text: strings.ReplaceAll(v, "${CASES}", casesDir())}
	case bool:
		return &ast.Bareword{Text: fmt.Sprint(v)}
	case json.Number:
		n := &ast.Number{Text: v.String()}
		n.Float, _ = v.Float64()
		var err error
		n.Int, err = v.Int64()
		n.IsInt = err == nil
		return n
	case []any:
		a := &ast.Array{}
		for _, e := range v {
			a.Elems = append(a.Elems, setting(e))
		}
		return a
	case map[string]any:
		h := &ast.Hash{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			h.Entries = append(h.Entries, &ast.HashEntry{Key: &ast.String{Text: key}, Value: setting(v[key])})
		}
		return h
	}
	return &ast.String{}
}

func checkFed(registry *plugin.Registry, name string, c conformance.Case) error {
	k := codecCase{Codec: name}
	if err := c.Decode(&k); err != nil {
		return err
	}
	codec, err := k.build(registry, k.ECSCompatibility)
	if err != nil {
		return err
	}
	if k.Op == "encode" {
		return k.checkEncoded(codec, k.Events, k.Expect)
	}
	for i, feed := range k.Feeds {
		got, err := decode(codec, feed, false)
		if err != nil {
			return err
		}
		want, _ := k.Expect[i].([]any)
		for j := range min(len(got), len(want)) {
			if _, ok := want[j].(map[string]any)["@timestamp"]; !ok && got[j].(map[string]any)["@timestamp"] == readTime.String() {
				delete(got[j].(map[string]any), "@timestamp")
			}
		}
		if err := conformance.Diff(want, got); err != nil {
			return fmt.Errorf("feed %d %.200s: %w\n  params: %s", i, feed, err, k.Params)
		}
	}
	return nil
}

func checkRecorded(registry *plugin.Registry, c conformance.Case) error {
	var k codecCase
	if err := c.Decode(&k); err != nil {
		return err
	}
	codec, err := k.build(registry, k.ECS)
	if err != nil {
		return err
	}
	if k.Op == "encode" {
		raw := json.RawMessage(k.Event)
		if k.Ruby != "" {
			if raw, err = rubyEvent(k.Ruby); err != nil {
				return err
			}
		}
		return k.checkEncoded(codec, []json.RawMessage{raw}, k.Result.Out)
	}
	for i, chunk := range k.Chunks {
		if err := k.checkDecoded(codec, chunk, k.Result.EventsPerChunk[i]); err != nil {
			return fmt.Errorf("chunk %d %.200s: %w", i, chunk, err)
		}
	}
	if k.Flush {
		if err := k.checkDecoded(codec, json.RawMessage(`{"flush":true}`), k.Result.Flushed); err != nil {
			return fmt.Errorf("flush: %w", err)
		}
	}
	return nil
}

func (k *codecCase) checkDecoded(codec plugin.Codec, chunk json.RawMessage, want any) error {
	got, err := decode(codec, chunk, true)
	if err != nil {
		return err
	}
	if k.Result.Raised != nil {
		got = slices.DeleteFunc(got, failure)
	}
	if want == nil {
		want = []any{}
	}
	return conformance.Diff(expected(want), any(got))
}

// failure tells an event that stands for text which the real codec raised an exception about.
func failure(e any) bool {
	tags, _ := e.(map[string]any)["tags"].([]any)
	return slices.ContainsFunc(tags, func(t any) bool { return strings.HasSuffix(fmt.Sprint(t), "failure") })
}

// expected fills in what the recording leaves open.
func expected(v any) any {
	switch v := v.(type) {
	case string:
		if v == "__NOW__" {
			return readTime.String()
		}
	case []any:
		for i := range v {
			v[i] = expected(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = expected(v[key])
		}
	}
	return v
}

func decode(codec plugin.Codec, chunk json.RawMessage, metadata bool) ([]any, error) {
	got := []any{}
	var bad error
	emit := func(e *event.Event) {
		v, err := lfv.ParseJSON(recorded(nil, withMetadata(e)))
		bad = errors.Join(bad, err)
		got = append(got, v)
	}
	var text string
	var object map[string]any
	switch {
	case json.Unmarshal(chunk, &text) == nil:
		codec.Decode(text, emit)
	case json.Unmarshal(chunk, &object) != nil:
		return nil, fmt.Errorf("cannot read the chunk %s", chunk)
	case object["flush"] == true:
		codec.Flush(emit)
	default:
		codec.Decode(binary(object), emit)
	}
	return got, bad
}

func binary(v any) string {
	object, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprint(v)
	}
	raw, _ := base64.StdEncoding.DecodeString(fmt.Sprint(object["__bin"]))
	return string(raw)
}

func withMetadata(e *event.Event) event.Value {
	o := e.Fields()
	if e.Metadata().Len() > 0 {
		o = o.Clone()
		o.Set(event.MetadataField, event.ObjectValue(e.Metadata()))
	}
	return event.ObjectValue(o)
}

// recorded is JSON with the recordings' forms for what JSON has not.
func recorded(dst []byte, v event.Value) []byte {
	switch f := v.Float(); {
	case v.Kind() == event.Float && (math.IsNaN(f) || math.IsInf(f, 0)):
		return fmt.Appendf(dst, `{"__float":%s}`, v.AppendJSON(nil))
	case v.Kind() == event.BigDecimal:
		return fmt.Appendf(dst, `{"__bigdecimal":%q}`, rubyDecimal(v.Str()))
	case v.IsString() && !utf8.ValidString(v.Str()):
		return fmt.Appendf(dst, `{"__bin":%q}`, base64.StdEncoding.EncodeToString([]byte(v.Str())))
	case v.Array() != nil:
		dst = append(dst, '[')
		for i, w := range v.Array().Values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = recorded(dst, w)
		}
		return append(dst, ']')
	case v.Object() != nil:
		dst = append(dst, '{')
		for i, m := range v.Object().Members() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(event.AppendJSONString(dst, m.Key), ':')
			dst = recorded(dst, m.Value)
		}
		return append(dst, '}')
	}
	return v.AppendJSON(dst)
}

// rubyDecimal writes digits as BigDecimal#to_s does: 0.15e1.
func rubyDecimal(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	whole = strings.TrimLeft(whole, "0")
	exponent := len(whole)
	digits := strings.TrimRight(whole+fraction, "0")
	for whole == "" && strings.HasPrefix(digits, "0") {
		digits, exponent = digits[1:], exponent-1
	}
	return fmt.Sprintf("%s0.%se%d", sign, digits, exponent)
}

var (
	rubySet = regexp.MustCompile(`^e=LogStash::Event\.new\("@timestamp"=>"([^"]+)"\); e\.set\("(\w+)",LogStash::Timestamp\.new\("([^"]+)"\)\); e$`)
	rubyNew = regexp.MustCompile(`^LogStash::Event\.new\("@timestamp"=>"([^"]+)","(\w+)"=>(.*)\)$`)
)

// rubyEvent is the event that an expression of the recordings makes, in the form that readEvent takes.
func rubyEvent(expr string) (json.RawMessage, error) {
	if m := rubySet.FindStringSubmatch(expr); m != nil {
		return fmt.Appendf(nil, `{"@timestamp":%q,%q:{"__time":%q}}`, m[1], m[2], m[3]), nil
	}
	m := rubyNew.FindStringSubmatch(expr)
	if m == nil {
		return nil, fmt.Errorf("unknown expression %s", expr)
	}
	value, ok := map[string]string{
		`BigDecimal("1.25")`: `{"__bigdecimal":"1.25"}`, `Float::NAN`: `{"__float":"NaN"}`, `Float::INFINITY`: `{"__float":"Infinity"}`,
		`:sym`: `"sym"`, `Time.at(0).utc`: `{"__time":"1970-01-01T00:00:00Z"}`, `2**70`: `1180591620717411303424`,
	}[m[3]]
	if !ok {
		value = m[3]
	}
	return fmt.Appendf(nil, `{"@timestamp":%q,%q:%s}`, m[1], m[2], value), nil
}

func readEvent(raw json.RawMessage) (*event.Event, error) {
	var d event.Decoder
	v, err := d.DecodeBytes(raw)
	if err != nil {
		return nil, fmt.Errorf("case's event: %w", err)
	}
	return event.FromObject(special(v).Object(), func() event.Time { return readTime }), nil
}

// special turns the recordings' forms into values.
func special(v event.Value) event.Value {
	if a := v.Array(); a != nil {
		for i := range a.Values {
			a.Values[i] = special(a.Values[i])
		}
	}
	o := v.Object()
	if o == nil {
		return v
	}
	for _, m := range o.Members() {
		text := m.Value.Str()
		switch m.Key {
		case "__time":
			t, _ := event.ParseTime(text)
			return event.TimeValue(t)
		case "__float":
			if text == "NaN" {
				return event.FloatValue(math.NaN())
			}
			return event.FloatValue(math.Inf(1))
		case "__bigdecimal":
			return event.BigDecimalValue(text)
		case "__bin":
			return event.StringValue(binary(map[string]any{"__bin": text}))
		}
		o.Set(m.Key, special(m.Value))
	}
	return v
}

func (k *codecCase) checkEncoded(codec plugin.Codec, events []json.RawMessage, want []any) error {
	var got []string
	for _, raw := range events {
		e, err := readEvent(raw)
		if err != nil {
			return err
		}
		if k.Codec == "rubydebug" {
			sortKeys(event.ObjectValue(e.Fields()))
			sortKeys(event.ObjectValue(e.Metadata()))
		}
		out, err := codec.Encode(nil, e)
		if err != nil && k.Result.Raised == nil {
			return err
		}
		if len(out) > 0 {
			got = append(got, string(out))
		}
	}
	switch {
	case k.Result.Raised != nil:
		return nil // anything but a panic is better
	case k.Codec == "rubydebug":
		if len(k.Params) > 0 { // the recording sorts @metadata among the other keys
			return sameLines(k.Result.Sorted, strings.Join(got, ""))
		}
		return same(k, k.Result.Sorted, strings.Join(got, ""))
	}
	want = slices.DeleteFunc(want, func(v any) bool { return v == "" }) // nothing and an empty text are the same to an output
	if len(got) != len(want) {
		return fmt.Errorf("expected %q, got %q", want, got)
	}
	for i := range want {
		if err := same(k, binary(want[i]), got[i]); err != nil {
			return err
		}
	}
	return nil
}

// recordingTime is a time at which the recordings were made.
var recordingTime = regexp.MustCompile(`2026-\d\d-\d\dT[\d:.]+Z`)

func sameLines(want, got string) error {
	lines := func(s string) string {
		all := strings.Split(strings.ReplaceAll(s, ",\n", "\n"), "\n")
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	if lines(want) != lines(got) {
		return fmt.Errorf("expected\n%s, got\n%s", want, got)
	}
	return nil
}

// same compares an encoded event; where the recording is not stable the order of keys, and so of characters, is free.
func same(k *codecCase, want, got string) error {
	if recordingTime.MatchString(want) {
		want = recordingTime.ReplaceAllString(want, readTime.String())
	}
	if want == got {
		return nil
	}
	if strings.HasPrefix(k.Codec, "json") {
		w, err := jsonTexts(want)
		if err != nil {
			return err
		}
		g, err := jsonTexts(got)
		if err != nil {
			return err
		}
		return conformance.Diff(w, g)
	}
	if sorted(want) == sorted(got) && k.Codec != "rubydebug" {
		return nil
	}
	return fmt.Errorf("expected\n%q, got\n%q\n  params: %s", want, got, k.Params)
}

func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

func jsonTexts(s string) ([]any, error) {
	var all []any
	d := json.NewDecoder(strings.NewReader(s))
	for {
		var raw json.RawMessage
		if err := d.Decode(&raw); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("no JSON: %q: %w", s, err)
		}
		v, err := lfv.ParseJSON(raw)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
}

func sortKeys(v event.Value) {
	if a := v.Array(); a != nil {
		for _, e := range a.Values {
			sortKeys(e)
		}
	}
	if o := v.Object(); o != nil {
		slices.SortFunc(o.Members(), func(a, b event.Member) int { return strings.Compare(a.Key, b.Key) })
		for _, m := range o.Members() {
			sortKeys(m.Value)
		}
	}
}
