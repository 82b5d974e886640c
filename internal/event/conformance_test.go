package event_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"castor/internal/event"
	"castor/internal/lfv"
	"castor/internal/testkit/conformance"
)

func TestConformanceFieldReferences(t *testing.T) {
	conformance.Run(t, "fieldref.jsonl", func(c conformance.Case) error {
		var k struct {
			Ref, Scope string
			Valid      bool
			Path       []string
		}
		if err := c.Decode(&k); err != nil {
			return err
		}
		ref, err := event.ParseRef(k.Ref)
		switch {
		case (err == nil) != k.Valid:
			return fmt.Errorf("%q: expected valid=%v, got %v", k.Ref, k.Valid, err)
		case err != nil:
			return nil
		}
		path := ref.Path()
		if k.Scope == "metadata" {
			k.Path = append([]string{event.MetadataField}, k.Path...)
		}
		if ref.InMetadata() != (k.Scope != "data") || !slices.Equal(path, k.Path) {
			return fmt.Errorf("%q: expected path %q in %s, got %q (metadata: %v)", k.Ref, k.Path, k.Scope, path, ref.InMetadata())
		}
		return nil
	})
}

func decodeEvent(raw json.RawMessage) (*event.Event, error) {
	var d event.Decoder
	return d.DecodeEvent(string(raw), event.Now)
}

func TestConformanceTemplates(t *testing.T) {
	conformance.Run(t, "sprintf.jsonl", func(c conformance.Case) error {
		var k struct {
			Template, Compare string
			Event             json.RawMessage
			Expect            string
			Error, Quirk      bool
		}
		if err := c.Decode(&k); err != nil {
			return err
		}
		e, err := decodeEvent(k.Event)
		if err != nil {
			return err
		}
		got, err := event.ParseTemplate(k.Template).Expand(e)
		switch {
		case (err != nil) != k.Error:
			return fmt.Errorf("%q: expected error=%v, got %q, %v", k.Template, k.Error, got, err)
		case err != nil:
			return nil
		case k.Compare == "json":
			return sameJSON(k.Expect, got)
		case got != k.Expect:
			return fmt.Errorf("%q: expected %q, got %q", k.Template, k.Expect, got)
		}
		return nil
	})
}

func sameJSON(want, got string) error {
	w, err := lfv.ParseJSON([]byte(want))
	if err != nil {
		return err
	}
	g, err := lfv.ParseJSON([]byte(got))
	if err != nil {
		return fmt.Errorf("got no JSON: %q: %w", got, err)
	}
	return conformance.Diff(w, g)
}

type operation struct {
	Op     string
	Args   []json.RawMessage
	Result *json.RawMessage
	Error  *json.RawMessage
}

func TestConformanceEventOperations(t *testing.T) {
	conformance.Run(t, "event_ops.jsonl", func(c conformance.Case) error {
		var k struct {
			Event json.RawMessage
			Ops   []operation
			Final json.RawMessage
		}
		if err := c.Decode(&k); err != nil {
			return err
		}
		e, err := decodeEvent(k.Event)
		if err != nil {
			return err
		}
		for i, op := range k.Ops {
			got, err := op.apply(e)
			if (err != nil) != (op.Error != nil) {
				return fmt.Errorf("operation %d, %s %s: expected an error: %v, got %v", i, op.Op, op.Args, op.Error != nil, err)
			}
			if op.Result == nil || err != nil {
				continue
			}
			if err := sameJSON(string(*op.Result), string(got.AppendJSON(nil))); err != nil {
				return fmt.Errorf("operation %d, %s %s: %w", i, op.Op, op.Args, err)
			}
		}
		final := e.Fields().Clone()
		if e.Metadata().Len() > 0 {
			final.Set(event.MetadataField, event.ObjectValue(e.Metadata()))
		}
		return sameJSON(string(k.Final), string(final.AppendJSON(nil)))
	})
}

func (op operation) apply(e *event.Event) (event.Value, error) {
	var name string
	if err := json.Unmarshal(op.Args[0], &name); err != nil {
		return event.Value{}, err
	}
	if op.Op == "tag" {
		e.Tag(name)
		return event.Value{}, nil
	}
	ref, err := event.ParseRef(name)
	if err != nil {
		return event.Value{}, err
	}
	switch op.Op {
	case "get":
		v, _ := e.Get(ref)
		return v, nil
	case "include":
		return event.BoolValue(e.Has(ref)), nil
	case "remove":
		v, _ := e.Remove(ref)
		return v, nil
	}
	var d event.Decoder
	v, err := d.Decode(string(op.Args[1]))
	if err != nil {
		return event.Value{}, err
	}
	return event.Value{}, e.Set(ref, v)
}
