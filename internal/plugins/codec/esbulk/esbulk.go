// Package esbulk is the codec for requests to Elasticsearch's bulk API. It imports the plugin contracts, events,
// and the codec for lines.
package esbulk

import (
	"errors"
	"log/slog"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
	"castor/internal/plugins/codec/line"
)

// Spec describes the codec; semantics of logstash-codec-es_bulk.
var Spec = plugin.CodecSpec("es_bulk", "Reads requests to Elasticsearch's bulk API: each document is an event, what is to be done with it is in @metadata.", newCodec)

const failureTag = "_es_bulkparsefailure"

// maxLine bounds the memory for a line without an end.
const maxLine = 100 << 20

type config struct {
	plugin.CodecCommon
	ParseUpdate    bool      `opt:"parse_update" default:"false" doc:"Whether the event of an update is the document in it, with doc_as_upsert in the metadata."`
	Target         event.Ref `opt:"target" doc:"The field that takes a document; the event's root where it is missing."`
	ScriptedUpsert bool      `opt:"parse_scripted_upsert" default:"true" doc:"Whether parse_update takes the parameters of a scripted update for the event, with the script and upsert in the metadata."`
}

type codec struct {
	plugin.NoEncode
	cfg     *config
	log     *slog.Logger
	now     func() event.Time
	meta    event.Ref
	split   line.Splitter
	stream  bool
	action  *event.Object // of the document that is to come
	decoder event.Decoder
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	return &codec{
		cfg: cfg, log: env.Log, now: env.EventNow, split: line.Splitter{Delimiter: "\n", Max: maxLine},
		meta: event.MustRef(env.ECS.Pick("[@metadata]", "[@metadata][codec][es_bulk]")),
	}, nil
}

// Stream says that a request may come in several pieces; else each Decode begins with an action.
func (c *codec) Stream() { c.stream = true }

// Decode implements plugin.Codec.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	if !c.stream {
		c.action = nil
	}
	c.split.Split(data, func(text string, _ bool) { c.line(text, emit) })
}

// Flush implements plugin.Codec.
func (c *codec) Flush(emit func(*event.Event)) {
	if rest := c.split.Rest(); rest != "" {
		c.line(rest, emit)
	}
	c.action = nil
}

// Pending implements plugin.Pending.
func (c *codec) Pending() (bool, time.Time) {
	return c.split.Held() || c.stream && c.action != nil, time.Time{}
}

var errShape = errors.New("an action or a document must be an object")

func (c *codec) line(text string, emit func(*event.Event)) {
	v, _, err := c.decoder.DecodePrefix(charset.Repair(text))
	if err != nil {
		c.log.Error("a line of a bulk request is no JSON and left out", "error", err)
		return
	}
	o := v.Object()
	switch {
	case o == nil || c.action == nil && (o.Len() == 0 || o.Members()[0].Value.Object() == nil):
		c.action = nil
		c.fail(text, emit)
	case c.action == nil:
		c.begin(o.Members()[0], emit)
	default:
		c.document(o, emit)
	}
}

func (c *codec) fail(text string, emit func(*event.Event)) {
	c.log.Error("a line of a bulk request is not understood", "error", errShape)
	e := event.New(c.now())
	e.Fields().Set(event.MessageField, event.StringValue(charset.Repair(text)))
	e.Tag(failureTag)
	emit(e)
}

// begin takes an action; a deletion has no document.
func (c *codec) begin(m event.Member, emit func(*event.Event)) {
	c.action = m.Value.Object()
	c.action.Set("action", event.StringValue(m.Key))
	if m.Key == "delete" {
		c.give(event.New(c.now()), emit)
	}
}

func (c *codec) document(o *event.Object, emit func(*event.Event)) {
	if action, _ := c.action.Get("action"); action.Str() == "update" && c.cfg.ParseUpdate {
		o = c.update(o)
	}
	c.give(event.FromValue(event.ObjectValue(o), c.cfg.Target, c.now), emit)
}

// update finds the document or the parameters in the body of an update.
func (c *codec) update(o *event.Object) *event.Object {
	if doc, ok := o.Get("doc"); ok && doc.Object() != nil {
		c.copy(o, "doc_as_upsert", "doc_as_upsert")
		return doc.Object()
	}
	params, ok := o.Get("params")
	if !ok || params.Object() == nil || !c.cfg.ScriptedUpsert {
		return o
	}
	c.action.Set("scripted_upsert", event.BoolValue(true))
	switch {
	case c.copy(o, "script", "script"):
		c.action.Set("script_type", event.StringValue("inline"))
	case c.copy(o, "script_id", "script"):
		c.action.Set("script_type", event.StringValue("indexed"))
	}
	c.copy(o, "lang", "script_lang")
	if upsert, ok := o.Get("upsert"); ok {
		c.action.Set("upsert", event.StringValue(string(upsert.AppendJSON(nil))))
	}
	return params.Object()
}

func (c *codec) copy(o *event.Object, from, to string) bool {
	v, ok := o.Get(from)
	if ok {
		c.action.Set(to, v)
	}
	return ok
}

func (c *codec) give(e *event.Event, emit func(*event.Event)) {
	if err := e.Set(c.meta, event.ObjectValue(c.action)); err != nil {
		c.log.Error("cannot keep the action of a bulk request", "error", err)
	}
	c.action = nil
	emit(e)
}

// HeldBytes is the size of what waits for more.
func (c *codec) HeldBytes() int { return c.split.Len() }
