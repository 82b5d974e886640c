// Package bytes is the filter that reads sizes such as 10 MB.
package bytes

import (
	"math"
	"regexp"
	"strings"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-bytes.
var Spec = plugin.FilterSpec("bytes", "Reads sizes such as 10 MB and writes them as numbers of bytes.", newFilter)

type config struct {
	plugin.FilterCommon
	Source           event.Ref `opt:"source" default:"message" doc:"The field with the size."`
	Target           event.Ref `opt:"target" doc:"The field that takes the number; the source where it is missing."`
	ConversionMethod string    `opt:"conversion_method" default:"binary" enum:"binary|metric" doc:"Whether a kB is 1024 or 1000 bytes."`
	DecimalSeparator string    `opt:"decimal_separator" default:"." enum:".|," doc:"What stands between a number and its decimals; the other one groups digits."`
	TagOnFailure     []string  `opt:"tag_on_failure" default:"_bytesparsefailure" doc:"Tags of events whose field is no size."`
}

// size is a number with digits grouped by any of " _,.", a unit, and a B. As in Ruby it may be one line of several.
var size = regexp.MustCompile(`(?m)^([0-9 _,.]*)[\t\n\v\f\r ]*([kKmMgGtTpPeE]?)([bB]?)$`)

const units = "kmgtpe"

type filter struct {
	cfg  *config
	base float64
}

func newFilter(cfg *config, _ *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, base: 1024}
	if cfg.ConversionMethod == "metric" {
		f.base = 1000
	}
	if cfg.Target.IsZero() {
		cfg.Target = cfg.Source
	}
	return f, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if !f.event(e) || f.cfg.Matched(e) != nil {
			for _, tag := range f.cfg.TagOnFailure {
				e.Tag(tag)
			}
		}
	}
	return b
}

func (f *filter) event(e *event.Event) bool {
	v, _ := e.Get(f.cfg.Source)
	if !v.IsString() {
		return false
	}
	text := ruby.Strip(v.Str())
	if len(text) < len(v.Str()) && e.Set(f.cfg.Source, event.StringValue(text)) != nil { // Logstash strips the source too
		return false
	}
	n, ok := f.parse(text)
	return ok && e.Set(f.cfg.Target, n) == nil
}

func (f *filter) parse(text string) (event.Value, bool) {
	m := size.FindStringSubmatch(text)
	if m == nil || strings.Count(m[1], f.cfg.DecimalSeparator) > 1 {
		return event.Value{}, false
	}
	number := strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9':
			return r
		case string(r) == f.cfg.DecimalSeparator:
			return '.'
		}
		return -1
	}, m[1])
	if number == "" {
		return event.Value{}, false
	}
	result := grok.ToFloat(number)
	if m[2] != "" {
		result *= math.Pow(f.base, float64(1+strings.Index(units, strings.ToLower(m[2]))))
	}
	n, err := ruby.Truncate(math.Round(result))
	return n, err == nil
}
