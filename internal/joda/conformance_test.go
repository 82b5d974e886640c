package joda

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/conformance"
)

// dateCase is a recorded case of the date filter with one source field, "t".
type dateCase struct {
	Formats  []string         `json:"formats"`
	Timezone *string          `json:"timezone"`
	Locale   *string          `json:"locale"`
	Target   *string          `json:"target"`
	Events   []map[string]any `json:"events"`
	Expect   []map[string]any `json:"expect"`
	Settings struct {
		Now             string `json:"now"`
		DefaultTimezone string `json:"default_timezone"`
	} `json:"settings"`
}

// TestConformanceDate runs the cases of date.jsonl whose formats are given apart;
// the rest are whole configurations, which the filter's own test runs.
func TestConformanceDate(t *testing.T) {
	conformance.Run(t, "date.jsonl", func(c conformance.Case) error {
		var d dateCase
		if err := c.Decode(&d); err != nil {
			return err
		}
		if d.Formats == nil {
			return nil
		}
		return d.check()
	})
}

func (d *dateCase) check() error {
	p, err := d.parser()
	if err != nil {
		return err
	}
	for i, event := range d.Events {
		if err := d.checkEvent(p, event, d.Expect[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *dateCase) parser() (*Parser, error) {
	zones := &Zones{}
	o := Options{Formats: d.Formats, Timezone: d.Timezone, Locale: d.Locale, Zones: zones, Clock: clockAt("2026-11-22T12:00:00Z")}
	if d.Settings.Now != "" {
		o.Clock = clockAt(d.Settings.Now)
	}
	if id := d.Settings.DefaultTimezone; id != "" {
		zone, err := zones.Load(id)
		if err != nil {
			return nil, err
		}
		o.DefaultZone = zone
	}
	return NewParser(o)
}

func clockAt(text string) func() time.Time {
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return func() time.Time { return now }
}

func (d *dateCase) checkEvent(p *Parser, event, expect map[string]any) error {
	value, ok := event["t"]
	if !ok || value == nil {
		return nil
	}
	target := "@timestamp"
	if d.Target != nil {
		target = *d.Target
	}
	want := fmt.Sprint(lookup(expect, target))
	if _, failed := expect["tags"]; failed {
		want = "failure"
	}
	got := "failure"
	if at, ok := parseValue(p, d.Timezone, value, event); ok {
		got = at.Time().Format("2006-01-02T15:04:05.000Z07:00")
	}
	if got != want {
		return fmt.Errorf("%v of %q in %v: want %s, got %s", value, d.Formats, d.Timezone, want, got)
	}
	return nil
}

// lookup follows a field reference of one or more names.
func lookup(event map[string]any, ref string) any {
	var value any = event
	for _, name := range strings.FieldsFunc(ref, func(r rune) bool { return r == '[' || r == ']' }) {
		fields, _ := value.(map[string]any)
		value = fields[name]
	}
	return value
}

func parseValue(p *Parser, zone *string, value any, event map[string]any) (Instant, bool) {
	switch v := value.(type) {
	case string:
		if !p.DynamicZone() {
			return p.Parse(v)
		}
		id := *zone
		if found := lookup(event, strings.Trim(id, "%{}")); found != nil {
			id = fmt.Sprint(found)
		}
		return p.ParseIn(v, id)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return p.ParseInt(n)
		}
		if x, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return p.ParseFloat(x)
		}
	}
	return Instant{}, false
}
