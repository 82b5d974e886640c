package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"castor/internal/store/column"

	"github.com/valyala/fastjson"
)

func flatten(t *testing.T, m *Mapping, doc string) (string, error) {
	t.Helper()
	v, err := fastjson.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	var fl Flattener
	if err := fl.Flatten(m, v, "1"); err != nil {
		return "", err
	}
	var out []string
	for _, l := range fl.Leaves {
		s := ""
		switch l.Value.Kind {
		case column.String:
			s = l.Value.Str
		case column.Long:
			s = fmt.Sprint(l.Value.Long)
		default:
			s = fmt.Sprint(l.Value.Double)
		}
		out = append(out, l.Field.Name+"("+l.Field.Type+")="+s)
	}
	return strings.Join(out, " "), nil
}

func TestDynamic(t *testing.T) {
	f := func(doc, want string) {
		t.Helper()
		if got, err := flatten(t, New(), doc); err != nil || got != want {
			t.Errorf("%s\n got %s (%v)\nwant %s", doc, got, err, want)
		}
	}
	f(`{"a":1,"b":1.5,"c":true,"d":"x","e":null,"f":[],"g":{}}`, "a(long)=1 b(float)=1.5 c(boolean)=1 d(text)=x")
	f(`{"a":{"b":{"c":1}},"x.y":2}`, "a.b.c(long)=1 x.y(long)=2")
	f(`{"a":[1,[2,3]],"b":[{"c":1},{"c":2}]}`, "a(long)=1 a(long)=2 a(long)=3 b.c(long)=1 b.c(long)=2")
	f(`{"a":1e3}`, "a(float)=1000")
	f(`{"a":[1,"2",3.7]}`, "a(long)=1 a(long)=2 a(long)=3")
	f(`{"d":"2026-11-23T10:00:00.123Z"}`, "d(date)=1795428000123")
	f(`{"d":"2026-11-23"}`, "d(date)=1795392000000")
	f(`{"d":"2026/11/23"}`, "d(date)=1795392000000")
	f(`{"d":"2026"}`, "d(text)=2026")
	f(`{"d":"1795392000000"}`, "d(text)=1795392000000")
	f(`{"d":"2026-11-23 10:00:00"}`, "d(text)=2026-11-23 10:00:00")
}

func TestConflicts(t *testing.T) {
	m := New()
	for _, doc := range []string{`{"n":1,"f":1.5,"b":true,"d":"2026-11-23","s":"x","o":{"p":1}}`} {
		if _, err := flatten(t, m, doc); err != nil {
			t.Fatal(err)
		}
	}
	f := func(doc, reason string) {
		t.Helper()
		got, err := flatten(t, m, doc)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), reason) {
			t.Errorf("%s: %s, %v, want %s", doc, got, err, reason)
		}
	}
	f(`{"n":"abc"}`, "failed to parse field [n] of type [long] in document with id '1'. Preview of field's value: 'abc'")
	f(`{"n":true}`, "failed to parse field [n]")
	f(`{"n":""}`, "failed to parse field [n]")
	f(`{"n":1e30}`, "out of range")
	f(`{"f":"x"}`, "of type [float]")
	f(`{"b":"maybe"}`, "only [true] or [false]")
	f(`{"d":"tomorrow"}`, "failed to parse date field [tomorrow]")
	f(`{"d":"2026-02-30"}`, "failed to parse date field")
	f(`{"s":{"x":1}}`, "failed to parse field [s]")
	f(`{"o":1}`, "object mapping for [o]")
	f(`{"new":1,"n":"abc"}`, "[n]")
	f(`[1]`, "not a JSON object")
	f(strings.Repeat(`{"a":`, 30)+"1"+strings.Repeat("}", 30), "depth")
	if f, _ := m.Field("new"); f != nil {
		t.Error("a refused document has left a field")
	}
	g := func(doc, want string) {
		t.Helper()
		if got, err := flatten(t, m, doc); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", doc, got, err, want)
		}
	}
	g(`{"n":"7","f":"1.5","b":"false","d":1795392000000,"s":5}`, "n(long)=7 f(float)=1.5 b(boolean)=0 d(date)=1795392000000 s(text)=5")
	g(`{"n":[null,3]}`, "n(long)=3")
}

func TestFieldLimit(t *testing.T) {
	m := New()
	var b strings.Builder
	for i := range Limit {
		fmt.Fprintf(&b, `,"f%d":1`, i)
	}
	if _, err := flatten(t, m, "{"+b.String()[1:]+"}"); err != nil {
		t.Fatal(err)
	}
	if _, err := flatten(t, m, `{"more":1}`); err == nil || !strings.Contains(err.Error(), "Limit of total fields") {
		t.Errorf("got %v", err)
	}
	if _, err := flatten(t, m, `{"f1":1}`); err != nil {
		t.Error(err)
	}
}

// What GET _mapping answers can be put again and means the same.
func TestMergeAndJSON(t *testing.T) {
	m := New()
	raw := `{"dynamic":"false","dynamic_templates":[{"s":{"match_mapping_type":"string","mapping":{"type":"keyword"}}}],"properties":{"a":{"type":"keyword","ignore_above":10},
		"o":{"properties":{"p":{"type":"integer"}}},"raw":{"type":"object","enabled":false},"t":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}}}}`
	if err := m.Merge([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	first, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	again := New()
	if err := again.Merge(first); err != nil {
		t.Fatal(err)
	}
	second, _ := json.Marshal(again)
	if string(first) != string(second) {
		t.Errorf("first %s\nthen %s", first, second)
	}
	if got, err := flatten(t, again, `{"a":"x","o":{"p":1},"raw":{"anything":"1"},"unknown":1}`); err != nil || got != "a(keyword)=x o.p(integer)=1" {
		t.Errorf("%s, %v", got, err)
	}
	strict := New()
	if err := strict.Merge([]byte(`{"_doc":{"dynamic":"strict","properties":{"a":{"type":"long"}}}}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := flatten(t, strict, `{"b":1}`); err == nil || !strings.Contains(err.Error(), "strict") {
		t.Errorf("strict: %v", err)
	}
	for _, bad := range []string{`{"properties":{"a":{"type":"long"}}}`, `{"properties":{"o":{"type":"long"}}}`, `{"properties":{"a":{"properties":{"b":{"type":"long"}}}}}`, `{"properties":5}`, `[]`} {
		if err := m.Merge([]byte(bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestParseDate(t *testing.T) {
	f := func(s, want string) {
		t.Helper()
		ms, ok := ParseDate(s)
		got := "no"
		if ok {
			got = time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
	f("2026-11-23T10:20:30.123456789Z", "2026-11-23T10:20:30.123Z")
	f("2026-11-23T10:20:30,5+02:00", "2026-11-23T08:20:30.500Z")
	f("2026-11-23T10:20:30-0130", "2026-11-23T11:50:30.000Z")
	f("2026-11-23T10:20+02", "2026-11-23T08:20:00.000Z")
	f("2026-11-23T10", "2026-11-23T10:00:00.000Z")
	f("2026-11-23", "2026-11-23T00:00:00.000Z")
	f("2026-11", "2026-11-01T00:00:00.000Z")
	f("2026", "2026-01-01T00:00:00.000Z")
	f("2026/11/23 10:20:30", "2026-11-23T10:20:30.000Z")
	f("1795392000000", "2026-11-23T00:00:00.000Z")
	for _, bad := range []string{"", "x", "2026-13-01", "2026-02-30", "2026-11-23T25:00", "2026-11-23T10:20:30.Z", "23.11.2026", "2026-11-23x", "2026-1-1"} {
		f(bad, "no")
	}
}
