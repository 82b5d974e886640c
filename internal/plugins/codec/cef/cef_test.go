package cef

import (
	"slices"
	"strings"
	"testing"
	"time"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func env(t testing.TB, ecs plugin.ECS) plugin.Env {
	e := plugintest.Env(t)
	e.ECS = ecs
	e.Now = func() time.Time { return time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC) }
	return e
}

func TestTimesThatAreNone(t *testing.T) {
	c := plugintest.Codec(t, "cef { }", env(t, "v8"), Spec)
	for text, failed := range map[string]bool{"art=": false, "rt=": true, "start=Mar 6 10:00:00": true, "start=Mar 06 10:00:00": false} {
		e := plugintest.Decoded(c, "CEF:0|v|p|1|2|n|3|"+text)[0]
		if slices.Contains(e.Tags(), failureTag) != failed {
			t.Errorf("%s: tags are %q", text, e.Tags())
		}
	}
}

func TestFailuresAreUnquoted(t *testing.T) {
	e := plugintest.Decoded(plugintest.Codec(t, "cef { }", env(t, ""), Spec), `"CEF:0|v|p|é`)[0]
	if got := plugintest.Field(e, "message"); got != "CEF:0|v|p|" || !slices.Equal(e.Tags(), []string{failureTag}) {
		t.Errorf("got %q with the tags %q", got, e.Tags())
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, options, text string
		ecs                 plugin.ECS
		want                map[string]string
	}{
		{"header and extension", "", `CEF:0|security|threat|1.0|100|trojan found|10|src=10.0.0.192 dst=12.121.122.82 spt=1232`, "", map[string]string{
			"cefVersion": "0", "deviceVendor": "security", "deviceProduct": "threat", "deviceVersion": "1.0", "deviceEventClassId": "100", "name": "trojan found",
			"severity": "10", "sourceAddress": "10.0.0.192", "destinationAddress": "12.121.122.82", "sourcePort": "1232"}},
		{"the same in ECS", "", `CEF:0|security|threat|1.0|100|trojan found|10|src=10.0.0.192 dst=12.121.122.82 spt=1232`, "v8", map[string]string{
			"[cef][version]": "0", "[observer][vendor]": "security", "[event][code]": "100", "[cef][name]": "trojan found", "[event][severity]": "10",
			"[source][ip]": "10.0.0.192", "[destination][ip]": "12.121.122.82", "[source][port]": "1232"}},
		{"syslog header", "", "Sep 19 08:26:10 host CEF:0|v|p|1|2|n|3|", "", map[string]string{"syslog": "Sep 19 08:26:10 host", "cefVersion": "0", "severity": "3"}},
		{"syslog header in ECS", "", "Sep 19 08:26:10 host CEF:0|v|p|1|2|n|3|", "v1", map[string]string{"[log][syslog][header]": "Sep 19 08:26:10 host", "[cef][version]": "0"}},
		{"escapes", "", `CEF:0|a\|b|c\\d|1|2|n|3|msg=x\=y\nz act=a \\ b`, "", map[string]string{"deviceVendor": "a|b", "deviceProduct": `c\d`, "message": "x=y\nz", "deviceAction": `a \ b`}},
		{"blanks and equals signs in values", "", `CEF:0|v|p|1|2|n|3|msg=one two  three = four request=http://h/?a\=1 foo.bar[1]=x foo=`, "", map[string]string{
			"message": "one two  three = four", "requestUrl": "http://h/?a=1", "[foo.bar][1]": "x", "foo": ""}},
		{"labels", "", `CEF:0|v|p|1|2|n|3|cs1=x cs1Label=why cn15=7`, "v8", map[string]string{
			"[cef][device_custom_string_1][value]": "x", "[cef][device_custom_string_1][label]": "why", "[cef][device_custom_number_15][value]": "7"}},
		{"older names", "", `CEF:0|v|p|1|2|n|3|sourceLatitude=1.5 slat=2.5`, "", map[string]string{"sourceLatitude": "1.5", "sourceGeoLatitude": "2.5"}},
		{"device is host", `device => "host"`, `CEF:0|v|p|1|2|n|3|dvchost=h dvc=1.2.3.4`, "v8", map[string]string{"[host][name]": "h", "[host][ip]": "1.2.3.4"}},
		{"quotes of flex connectors", "", `"CEF:0|v|p|1|2|n|3|src=1"`, "", map[string]string{"sourceAddress": "1"}},
		{"raw data", `raw_data_field => "raw"`, "CEF:0|v|p|1|2|n|3|", "", map[string]string{"raw": "CEF:0|v|p|1|2|n|3|"}},
		{"milliseconds", "", "CEF:0|v|p|1|2|n|3|rt=1577934245678", "v8", map[string]string{"@timestamp": "2020-01-02T03:04:05.678Z"}},
		{"time with year and zone", "", "CEF:0|v|p|1|2|n|3|start=Sep 19 2017 08:26:10.5 CEST", "v8", map[string]string{"[event][start]": "2017-09-19T06:26:10.500Z"}},
		{"the device's zone", "", "CEF:0|v|p|1|2|n|3|rt=Sep 19 2017 08:26:10 dtz=Europe/Berlin", "v8", map[string]string{"@timestamp": "2017-09-19T06:26:10.000Z", "[event][timezone]": "Europe/Berlin"}},
		{"the default zone", `default_timezone => "America/New_York"`, "CEF:0|v|p|1|2|n|3|rt=Sep 19 2017 08:26:10", "v8", map[string]string{"@timestamp": "2017-09-19T12:26:10.000Z"}},
		{"no year, last year", "", "CEF:0|v|p|1|2|n|3|rt=Sep 19 08:26:10", "v8", map[string]string{"@timestamp": "2025-09-19T08:26:10.000Z"}},
		{"no year, this year", "", "CEF:0|v|p|1|2|n|3|rt=Jan 11 08:26:10", "v8", map[string]string{"@timestamp": "2026-01-11T08:26:10.000Z"}},
		{"times stay texts without ECS", "", "CEF:0|v|p|1|2|n|3|rt=Sep 19 08:26:10", "", map[string]string{"deviceReceiptTime": "Sep 19 08:26:10"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := plugintest.Decoded(plugintest.Codec(t, "cef { "+c.options+" }", env(t, c.ecs), Spec), c.text)
			if len(events) != 1 {
				t.Fatalf("expected one event, got %d", len(events))
			}
			for ref, want := range c.want {
				if got := plugintest.Field(events[0], ref); got != want {
					t.Errorf("%s: expected %q, got %q", ref, want, got)
				}
			}
			if tags := events[0].Tags(); len(tags) > 0 {
				t.Errorf("tags: %q", tags)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	for _, text := range []string{"", "hello", "CEF:0|v|p|1|2|n", "CEF:0|v|p|1|2|n|3|no key", "CEF:0|v|p|1|2|n|3|a=1\nb=2", "CEF:0|v|p|1|2|n|3|rt=yesterday", "CEF:0|\xff|p|1|2|n|3|"} {
		events := plugintest.Decoded(plugintest.Codec(t, "cef { }", env(t, "v8"), Spec), text)
		if len(events) != 1 || len(events[0].Tags()) != 1 || events[0].Tags()[0] != failureTag {
			t.Errorf("%q: expected one event with the tag %s, got %v", text, failureTag, events)
		}
	}
}

func TestDelimiter(t *testing.T) {
	c := plugintest.Codec(t, `cef { delimiter => "\r\n" }`, env(t, ""), Spec)
	events := plugintest.Decoded(c, "CEF:0|v|p|1|2|one|3|\r", "\nCEF:0|v|p|1|2|two|3|a=b")
	if len(events) != 2 || plugintest.Field(events[0], "name") != "one" || plugintest.Field(events[1], "a") != "b" {
		t.Errorf("got %v", events)
	}
}

func TestEncode(t *testing.T) {
	const text = `{"@timestamp":"2020-01-02T03:04:05.678Z","v":"a|b\\c\nd","sev":"7","deviceAction":"x=y\nz","n":5,"list":[1],"sourceAddress":"1.2.3.4"}`
	for options, want := range map[string]string{
		``: "CEF:0|Elasticsearch|Logstash|1.0|Logstash|Logstash|6|",
		`vendor => "%{v}" severity => "%{sev}" name => ""`: `CEF:0|a\|b\\c d|Logstash|1.0|Logstash|Logstash|7|`,
		`severity => "11"`:  "CEF:0|Elasticsearch|Logstash|1.0|Logstash|Logstash|6|",
		`severity => "3.0"`: "CEF:0|Elasticsearch|Logstash|1.0|Logstash|Logstash|3|",
		`delimiter => "\n"`: "CEF:0|Elasticsearch|Logstash|1.0|Logstash|Logstash|6|\n",
		`fields => ["deviceAction", "n", "list", "nope", "sourceAddress"]`:                  `CEF:0|Elasticsearch|Logstash|1.0|Logstash|Logstash|6|deviceAction=x\=y\nz n=5 list=[1] sourceAddress=1.2.3.4`,
		`fields => ["deviceAction", "sourceAddress", "@timestamp"] reverse_mapping => true`: `CEF:0|Elasticsearch|Logstash|1.0|Logstash|Logstash|6|act=x\=y\nz src=1.2.3.4 timestamp=2020-01-02T03:04:05.678Z`,
	} {
		c := plugintest.Codec(t, "cef { "+options+" }", env(t, ""), Spec)
		if got := plugintest.Encoded(t, c, plugintest.Event(t, text)); got != want {
			t.Errorf("%s: expected\n%q, got\n%q", options, want, got)
		}
	}
	c := plugintest.Codec(t, `cef { fields => ["[source][ip]"] reverse_mapping => true }`, env(t, "v8"), Spec)
	if got := plugintest.Encoded(t, c, plugintest.Event(t, `{"source":{"ip":"::1"}}`)); !strings.HasSuffix(got, "|src=::1") {
		t.Errorf("ECS: got %q", got)
	}
}

func FuzzCEF(f *testing.F) {
	plugintest.FuzzCodec(f, `cef { delimiter => "\n" fields => ["message", "name", "sourceAddress"] ecs_compatibility => "v8" }`, []*plugin.Spec{Spec},
		`CEF:0|a\|b|c\\d|1|2|n|3|msg=x\=y\nz act=a \\ b cs1Label=l foo[0]=x rt=Sep 19 2017 08:26:10.5 CEST`, "\"CEF:0|||||||\"", "x CEF:0|v|p|1|2|n|3|rt=1577934245678 dtz=+02:00\n")
}
