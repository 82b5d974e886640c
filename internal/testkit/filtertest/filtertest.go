// Package filtertest runs recorded filter cases, whose answers came from the real Logstash, through the
// filters of a registry. It is imported by tests only.
package filtertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/lfv"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/lsconf/subst"
	"castor/internal/pipeline"
	"castor/internal/plugin"
	"castor/internal/testkit/conformance"
)

// Case is one recorded pipeline, in the schema of the conformance files and in that of the
// differential ones.
type Case struct {
	ID                 string            `json:"id"`
	Kind               string            `json:"kind"`
	Config             string            `json:"config"`
	ECSCompatibility   string            `json:"ecs_compatibility"`
	ECS                string            `json:"ecs"`
	Events             []json.RawMessage `json:"events"`
	Expect             []any             `json:"expect"`
	Expected           []any             `json:"expected"`
	Order              string            `json:"order"`
	Metadata           bool              `json:"metadata"`
	Settings           map[string]string `json:"settings"`
	Files              map[string]string `json:"files"`
	Error              *Fault            `json:"error"`
	Reason             string            `json:"reason"`
	acceptAnything     bool
	withoutOrder       bool
	oneByOne           bool
	metadataInExpected bool
}

// Fault is what the real pipeline died of.
type Fault struct{ Class, Message, When string }

// Suite runs cases with one registry.
type Suite struct {
	Registry *plugin.Registry
	// Now is the clock for cases that set none.
	Now time.Time
	// Variables replace ${NAME} in configurations, beside FILES_DIR.
	Variables map[string]string
	// FilesDir is an empty folder for the files that cases bring.
	FilesDir string
}

// Conformance checks a case of the conformance files: all events in one batch, then a final flush.
func (s *Suite) Conformance(c conformance.Case) error {
	var k Case
	if err := c.Decode(&k); err != nil {
		return err
	}
	k.metadataInExpected = true
	k.withoutOrder = k.Order == "any"
	return s.check(&k)
}

// Differential checks a whole pipeline: events one at a time, in order, then a final flush.
func (s *Suite) Differential(c conformance.Case) error {
	var k Case
	if err := c.Decode(&k); err != nil {
		return err
	}
	k.Expect, k.ECSCompatibility = k.Expected, k.ECS
	k.metadataInExpected = k.Metadata
	k.oneByOne = k.Settings["pipeline.ordered"] != "false"
	return s.check(&k)
}

// Crash checks a case on which the real pipeline dies: ours must refuse it at start or survive it.
func (s *Suite) Crash(c conformance.Case) error {
	var k Case
	if err := c.Decode(&k); err != nil {
		return err
	}
	k.ECSCompatibility, k.acceptAnything, k.oneByOne = k.ECS, true, true
	return s.check(&k)
}

func (s *Suite) check(k *Case) error {
	if err := s.writeFiles(k); err != nil {
		return err
	}
	p, diags := s.compile(k)
	switch {
	case k.Error != nil && k.Error.When == "start":
		if p != nil {
			return fmt.Errorf("expected a refusal to start (%s), but it compiles", k.Error.Message)
		}
		return nil
	case p == nil && k.acceptAnything:
		return nil
	case p == nil:
		return fmt.Errorf("does not compile: %w", diags.Err())
	}
	if k.Error != nil {
		k.acceptAnything = true
	}
	got, err := run(p, k)
	if err != nil {
		return err
	}
	if k.acceptAnything {
		return faultless(got)
	}
	return k.compare(got)
}

func (s *Suite) writeFiles(k *Case) error {
	for name, text := range k.Files {
		path := filepath.Join(s.FilesDir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (s *Suite) compile(k *Case) (*pipeline.Pipeline, diag.List) {
	text := strings.ReplaceAll(k.Config, "${FILES_DIR}", s.FilesDir)
	for name, value := range s.Variables {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	cfg, diags := parser.Parse("case.conf", text, parser.Options{})
	if diags.HasErrors() {
		return nil, diags
	}
	if diags = append(diags, subst.Apply(cfg, subst.Options{})...); diags.HasErrors() {
		return nil, diags
	}
	now := s.Now
	if t, err := time.Parse(time.RFC3339, k.Settings["now"]); err == nil {
		now = t
	}
	zone := time.UTC
	if name := k.Settings["default_timezone"]; name != "" {
		zone, _ = time.LoadLocation(name)
	}
	p := pipeline.Compile(cfg, s.Registry, pipeline.Settings{
		Workers: 1, ECS: plugin.ECS(k.ECSCompatibility), Now: func() time.Time { return now }, Zone: zone, Host: "test-host",
	}, &diags)
	return p, diags
}

func run(p *pipeline.Pipeline, k *Case) ([]any, error) {
	session := p.NewSession()
	defer session.Close()
	var in, out event.Batch
	for _, raw := range k.Events {
		e, err := readEvent(raw)
		if err != nil {
			return nil, err
		}
		if k.oneByOne {
			out = append(out, session.Filter(event.Batch{e})...)
		} else {
			in = append(in, e)
		}
	}
	if len(in) > 0 {
		out = append(out, session.Filter(in)...)
	}
	out = append(out, session.Flush()...)
	got := make([]any, len(out))
	for i, e := range out {
		v, err := lfv.ParseJSON(appendEvent(e, k.metadataInExpected))
		if err != nil {
			return nil, fmt.Errorf("own output: %w", err)
		}
		got[i] = v
	}
	return got, nil
}

func readEvent(raw json.RawMessage) (*event.Event, error) {
	var d event.Decoder
	v, err := d.DecodeBytes(raw)
	if err != nil {
		return nil, fmt.Errorf("case's event: %w", err)
	}
	return event.FromObject(unbin(v).Object(), event.Now), nil
}

// unbin turns {"__bin": base64} into the bytes as a string.
func unbin(v event.Value) event.Value {
	if a := v.Array(); a != nil {
		for i := range a.Values {
			a.Values[i] = unbin(a.Values[i])
		}
	}
	o := v.Object()
	if o == nil {
		return v
	}
	if b, ok := o.Get("__bin"); ok && o.Len() == 1 {
		raw, _ := base64.StdEncoding.DecodeString(b.Str())
		return event.StringValue(string(raw))
	}
	for _, m := range o.Members() {
		o.Set(m.Key, unbin(m.Value))
	}
	return v
}

func appendEvent(e *event.Event, metadata bool) []byte {
	o := e.Fields()
	if metadata && e.Metadata().Len() > 0 {
		o = o.Clone()
		o.Set(event.MetadataField, event.ObjectValue(e.Metadata()))
	}
	return appendValue(nil, event.ObjectValue(o))
}

// appendValue is JSON with bytes that are not UTF-8 as {"__bin": base64}.
func appendValue(dst []byte, v event.Value) []byte {
	switch {
	case v.IsString() && !utf8.ValidString(v.Str()):
		dst = append(dst, `{"__bin":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(v.Str()))
		return append(dst, `"}`...)
	case v.Array() != nil:
		dst = append(dst, '[')
		for i, w := range v.Array().Values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, w)
		}
		return append(dst, ']')
	case v.Object() != nil:
		dst = append(dst, '{')
		for i, m := range v.Object().Members() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(event.AppendJSONString(dst, m.Key), ':')
			dst = appendValue(dst, m.Value)
		}
		return append(dst, '}')
	}
	return v.AppendJSON(dst)
}

func faultless(got []any) error {
	for _, g := range got {
		tags, _ := g.(map[string]any)["tags"].([]any)
		for _, t := range tags {
			if s, ok := t.(string); ok && strings.HasSuffix(s, "_fault") {
				return fmt.Errorf("a filter panicked: tag %s", s)
			}
		}
	}
	return nil
}

func (k *Case) compare(got []any) error {
	err := conformance.Diff(k.Expect, got)
	if err != nil && (k.withoutOrder || !k.oneByOne) {
		if conformance.DiffAnyOrder(k.Expect, got) == nil {
			return nil
		}
	}
	if err != nil {
		text, _ := json.Marshal(got)
		return fmt.Errorf("%w\n  config: %s\n  got: %.600s", err, k.Config, text)
	}
	return nil
}
