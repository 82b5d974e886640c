package beats

import (
	"crypto/tls"

	"castor/internal/event"
	"castor/internal/plugin"
)

// fields says where events tell of the connection that they came by.
type fields struct{ ip, hostname, protocol, subject, cipher, status event.Ref }

func newFields(ecs plugin.ECS) fields {
	ref := func(legacy, v1 string) event.Ref {
		return event.MustRef(ecs.Pick(legacy, "[@metadata][input][beats]"+v1))
	}
	return fields{
		ip: ref("[@metadata][ip_address]", "[host][ip]"), hostname: ref("host", "[host][name]"), protocol: ref("[@metadata][tls_peer][protocol]", "[tls][version_protocol]"),
		subject: ref("[@metadata][tls_peer][subject]", "[tls][client][subject]"), cipher: ref("[@metadata][tls_peer][cipher_suite]", "[tls][cipher]"),
		status: event.MustRef("[@metadata][tls_peer][status]"),
	}
}

// source is the other side of a connection.
type source struct {
	ip  string
	tls *tls.ConnectionState
}

// lineFields are where the text of a message is: Beats', and that of the protocol's older clients.
var lineFields = []string{event.MessageField, "line"}

// events makes events of a window.
func (in *input) events(codec plugin.Codec, w *window, from *source) event.Batch {
	var batch event.Batch
	decoder := event.Decoder{}
	for _, text := range w.events {
		v, err := decoder.Decode(text)
		if err != nil || v.Object() == nil {
			e := event.New(in.env.EventNow())
			e.Fields().Set(event.MessageField, event.StringValue(text))
			e.Tag("_jsonparsefailure")
			in.finish(e, from)
			batch = append(batch, e)
			continue
		}
		batch = in.decode(batch, codec, v.Object(), from)
	}
	return batch
}

// decode makes events of what a Beat sent: the codec's of the message, each with the Beat's other fields.
func (in *input) decode(batch event.Batch, codec plugin.Codec, fields *event.Object, from *source) event.Batch {
	message, found := takeLine(fields)
	if !found {
		e := event.FromObject(fields, in.env.EventNow)
		in.finish(e, from)
		if in.codecTag {
			e.Tag("beats_input_raw_event")
		}
		return append(batch, e)
	}
	given := event.FromObject(fields, in.env.EventNow)
	first := len(batch)
	add := func(e *event.Event) { batch = append(batch, e) }
	codec.Decode(message, add)
	codec.Flush(add)
	for i, e := range batch[first:] {
		beat := given
		if i > 0 {
			beat = given.Clone()
		}
		merge(e, beat)
		in.finish(e, from)
		if in.codecTag {
			e.Tag("beats_input_codec_" + in.cfg.Codec.Name() + "_applied")
		}
	}
	return batch
}

func takeLine(fields *event.Object) (string, bool) {
	for _, name := range lineFields {
		if v, ok := fields.Get(name); ok && !v.IsNull() {
			fields.Remove(name)
			return v.String(), true
		}
	}
	return "", false
}

// merge adds the Beat's fields to an event of the codec. Of a hash that both have, the Beat's keys win.
func merge(e, beat *event.Event) {
	for _, m := range beat.Fields().Members() {
		if old, ok := e.Fields().Get(m.Key); ok && old.Object() != nil && m.Value.Object() != nil {
			for _, inner := range m.Value.Object().Members() {
				old.Object().Set(inner.Key, inner.Value)
			}
			continue
		}
		e.Fields().Set(m.Key, m.Value)
	}
	for _, m := range beat.Metadata().Members() {
		e.Metadata().Set(m.Key, m.Value)
	}
}

// finish adds what the options ask for.
func (in *input) finish(e *event.Event, from *source) {
	set := func(ref event.Ref, text string) { _ = e.Set(ref, event.StringValue(text)) }
	if in.sourceInfo && from.ip != "" {
		set(in.fields.ip, from.ip)
	}
	if in.tlsInfo && from.tls != nil {
		in.peer(set, from.tls)
	}
	if name, _ := e.Get(event.MustRef("[beat][hostname]")); in.cfg.AddHostname && name.IsString() && !e.Has(in.fields.hostname) {
		set(in.fields.hostname, name.Str())
	}
	in.cfg.Decorate(e)
}

func (in *input) peer(set func(ref event.Ref, text string), s *tls.ConnectionState) {
	if len(s.PeerCertificates) == 0 {
		set(in.fields.status, "unverified")
		return
	}
	set(in.fields.status, "verified")
	set(in.fields.protocol, tls.VersionName(s.Version))
	set(in.fields.subject, s.PeerCertificates[0].Subject.String())
	set(in.fields.cipher, tls.CipherSuiteName(s.CipherSuite))
}
