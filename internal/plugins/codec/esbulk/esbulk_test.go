package esbulk

import (
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

const request = `{"index":{"_index":"i","_id":"1"}}
{"f":1}
{"update":{"_id":"2"}}
{"doc":{"g":2},"doc_as_upsert":true}
{"update":{"_id":"3"}}
{"params":{"p":3},"script":"s","lang":"painless","upsert":{"u":1}}
{"delete":{"_id":"4"}}
`

func TestUpdatesParsed(t *testing.T) {
	got := plugintest.Decoded(plugintest.Codec(t, "es_bulk { parse_update => true }", plugintest.Env(t), Spec), request)
	if len(got) != 4 {
		t.Fatalf("expected 4 events, got %d", len(got))
	}
	for i, fields := range []map[string]string{
		{"f": "1", "[@metadata][action]": "index", "[@metadata][_index]": "i"},
		{"g": "2", "[@metadata][doc_as_upsert]": "true", "[@metadata][_id]": "2"},
		{"p": "3", "[@metadata][script]": "s", "[@metadata][script_type]": "inline", "[@metadata][script_lang]": "painless", "[@metadata][scripted_upsert]": "true", "[@metadata][upsert]": `{"u":1}`},
		{"[@metadata][action]": "delete", "[@metadata][_id]": "4"},
	} {
		for ref, want := range fields {
			if v := plugintest.Field(got[i], ref); v != want {
				t.Errorf("event %d, %s: expected %q, got %q", i, ref, want, v)
			}
		}
	}
}

// A request over a stream comes in pieces, and an action waits for its document.
func TestStream(t *testing.T) {
	for cut := range len(request) {
		c := plugintest.Codec(t, "es_bulk", plugintest.Env(t), Spec)
		c.(interface{ Stream() }).Stream()
		if got := plugintest.Decoded(c, request[:cut], request[cut:]); len(got) != 4 || plugintest.Field(got[0], "[@metadata][action]") != "index" {
			t.Fatalf("cut at %d: got %d events", cut, len(got))
		}
	}
}

func TestBadLines(t *testing.T) {
	c := plugintest.Codec(t, "es_bulk", plugintest.Env(t), Spec)
	got := plugintest.Decoded(c, "{\"index\":3}\n[1]\n{\"index\":{}}\n5\n{\"index\":{}}\n{\"a\":1}\n")
	if len(got) != 4 || plugintest.Field(got[3], "a") != "1" {
		t.Fatalf("got %d events", len(got))
	}
	for _, e := range got[:3] {
		if tags := e.Tags(); len(tags) != 1 || tags[0] != failureTag {
			t.Errorf("tags are %q", tags)
		}
	}
}

func FuzzESBulk(f *testing.F) {
	plugintest.FuzzCodec(f, "es_bulk { parse_update => true }", []*plugin.Spec{Spec}, request, "{\"update\":{}}\n{\"params\":1}\n", "{}\nnull\n")
}
