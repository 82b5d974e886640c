package joda

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/conformance"
)

// dateCase is a recorded case of the date filter with one source field, "t".
type dateCase struct {
	Config   string           `json:"config"`
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
	field string // the source; "t" if empty
}

// TestConformanceDate runs date.jsonl as far as it is about time. The filter's own
// test runs the same cases as whole configurations.
func TestConformanceDate(t *testing.T) {
	conformance.Run(t, "date.jsonl", func(c conformance.Case) error {
		var d dateCase
		if err := c.Decode(&d); err != nil {
			return err
		}
		if d.Formats == nil {
			d.readConfig()
		}
		return d.check()
	})
}

var (
	matchOption  = regexp.MustCompile(`match\s*=>\s*\[([^\]]*)\]`)
	stringOption = regexp.MustCompile(`(locale|timezone|target)\s*=>\s*"([^"]*)"`)
	quotedText   = regexp.MustCompile(`"([^"]*)"`)
)

// readConfig takes the settings from a configuration with one date filter.
func (d *dateCase) readConfig() {
	for i, m := range quotedText.FindAllStringSubmatch(matchOption.FindStringSubmatch(d.Config)[1], -1) {
		if i == 0 {
			d.field = m[1]
		} else {
			d.Formats = append(d.Formats, m[1])
		}
	}
	for _, m := range stringOption.FindAllStringSubmatch(d.Config, -1) {
		*map[string]**string{"locale": &d.Locale, "timezone": &d.Timezone, "target": &d.Target}[m[1]] = &m[2]
	}
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
	source := "t"
	if d.field != "" {
		source = d.field
	}
	value, ok := event[source]
	if !ok || value == nil {
		return nil
	}
	target := "@timestamp"
	if d.Target != nil {
		target = *d.Target
	}
	want := fmt.Sprint(lookup(expect, target))
	if tags := fmt.Sprint(expect["tags"]); strings.Contains(tags, "_dateparsefailure") {
		want = "failure"
	} else if strings.Contains(d.Config, "tag_on_failure") && want == fmt.Sprint(lookup(event, target)) {
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
