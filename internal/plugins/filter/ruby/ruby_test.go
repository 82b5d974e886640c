package ruby_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/ruby"
	"castor/internal/testkit/onefilter"
)

func check(t *testing.T, options, in, want string) {
	t.Helper()
	if got := onefilter.Run(t, onefilter.New(t, ruby.Spec, options), in); got != want {
		t.Errorf("%s\n    want %s\n    got  %s", options, want, got)
	}
}

// TestSnippets are what people write into this filter.
func TestSnippets(t *testing.T) {
	f := func(code, in, want string) {
		t.Helper()
		check(t, `code => "`+code+`"`, in, want)
	}
	f(`event.set('seconds', event.get('ms').to_f / 1000)`, `{"ms":"1500"}`, `{"ms":"1500","seconds":1.5}`)
	f(`event.to_hash.each { |k, v| event.remove(k) if v.nil? || v == '' }`, `{"a":"","b":null,"c":"x"}`, `{"c":"x"}`)
	f(`event.cancel if event.get('level') == 'DEBUG'`, `{"level":"DEBUG"}`, ``)
	f(`event.set('day', event.get('@timestamp').time.localtime.strftime('%Y.%m.%d'))`, `{"@timestamp":"2024-05-06T23:30:00Z"}`, `{"day":"2024.05.06"}`)
	f(`event.set('lag', (Time.now - event.get('@timestamp').time).round)`, `{"@timestamp":"2026-11-22T11:59:00Z"}`, `{"lag":60}`)
	f(`event.get('kv').split(';').each { |p| k, v = p.split('=', 2); event.set('[f][' + k + ']', v) }`, `{"kv":"a=1;b=2=3"}`, `{"kv":"a=1;b=2=3","f":{"a":"1","b":"2=3"}}`)
	f(`event.set('msg', event.get('msg').gsub(/\d{4}-\d{4}/, 'xxxx'))`, `{"msg":"card 1234-5678"}`, `{"msg":"card xxxx"}`)
	f(`event.tag('slow') if event.get('t').to_i > 100`, `{"t":"200"}`, `{"t":"200","tags":["slow"]}`)
	f(`new_event_block.call(event.clone); event.set('first', true)`, `{"a":1}`, `{"a":1,"first":true}{"a":1}`)
	f(`new_event_block.call(event.clone); event.cancel`, `{"a":1}`, `{"a":1}`)
	f(`event.set('j', JSON.parse(event.get('t'))['k'])`, `{"t":"{\"k\":[1]}"}`, `{"t":"{\"k\":[1]}","j":[1]}`)
	f(`event.set('n', event.get('[a][0][b]') || 'none')`, `{"a":[{"b":5}]}`, `{"a":[{"b":5}],"n":5}`)
	f(`h = event.get('h'); h.keys.each { |k| h[k.downcase] = h.delete(k) }; event.set('h', h)`, `{"h":{"A":1,"B":2}}`, `{"h":{"a":1,"b":2}}`)
	f(`require 'digest'; event.set('id', Digest::MD5.hexdigest(event.get('a')))`, `{"a":"abc"}`, `{"a":"abc","id":"900150983cd24fb0d6963f7d28e17f72"}`)
}

func TestExceptions(t *testing.T) {
	check(t, `code => "raise 'You shall not pass'" add_tag => "ok"`, `{"a":1}`, `{"a":1,"tags":["_rubyexception"]}`)
	check(t, `code => "event.get('x').upcase" tag_on_exception => "_bad" tag_with_exception_message => true`, `{"a":1}`,
		`{"a":1,"tags":["_bad: undefined method `+"`upcase'"+` for nil:NilClass","_bad"]}`)
	check(t, `code => "loop { }"`, `{"a":1}`, `{"a":1,"tags":["_rubyexception"]}`)
	check(t, `code => "event.set('b', 2)" add_tag => "ok" remove_field => "a"`, `{"a":1}`, `{"b":2,"tags":["ok"]}`)
	check(t, ``, `{"a":1}`, `{"a":1}`) // neither code nor path: nothing, as in Logstash
}

// TestShared: @variables are kept from event to event, and then the order counts; without them each worker has a fork.
func TestShared(t *testing.T) {
	f := onefilter.New(t, ruby.Spec, `init => "@seen = {}; def twice(x); x * 2; end" code => "@seen[event.get('k')] ||= 0; event.set('n', twice(@seen[event.get('k')] += 1)); @logger.info('x')"`)
	if s, ok := f.(plugin.Sequential); !ok || !s.Sequential() {
		t.Error("it is not sequential")
	}
	if _, ok := f.(plugin.Forker); ok {
		t.Error("it is forked")
	}
	got := onefilter.Run(t, f, `{"k":"a"}`) + onefilter.Run(t, f, `{"k":"b"}`) + onefilter.Run(t, f, `{"k":"a"}`)
	if want := `{"k":"a","n":2}{"k":"b","n":2}{"k":"a","n":4}`; got != want {
		t.Errorf("got %s", got)
	}
	f = onefilter.New(t, ruby.Spec, `init => "def twice(x); x * 2; end" code => "event.set('@metadata', {}); event.set('n', twice(1)); logger.warn('w')"`)
	if _, ok := f.(plugin.Forker); !ok {
		t.Error("code without @variables is not forked")
	}
	if got := onefilter.Run(t, f.(plugin.Forker).Fork(), `{}`); got != `{"n":2}` {
		t.Error(got)
	}
}

func TestIdentities(t *testing.T) {
	f := onefilter.New(t, ruby.Spec, `code => "2.times { new_event_block.call(event.clone) }; new_event_block.call(LogStash::Event.new('x' => 1))"`)
	e := onefilter.Event(t, `{"a":1}`)
	e.SetID("line")
	ids := map[string]bool{}
	for _, e := range f.Filter(event.Batch{e}) {
		ids[e.ID()] = true
	}
	if len(ids) != 4 || !ids["line"] || ids[""] {
		t.Errorf("identities %v", ids)
	}
}

func TestFile(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "f.rb")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write(`
# multiplies a field
def register(params)
  @field = params["field"]
  @by = params["by"].to_i
end

def filter(event)
  return [] if event.get(@field).nil?
  event.set(@field, event.get(@field) * @by)
  [event, LogStash::Event.new("n" => 1)]
end

test "times two" do
  parameters { { "field" => "foo", "by" => 2 } }
  in_event { { "foo" => 2 } }
  expect("doubles") { |events| events.first.get("foo") == 4 }
end
`)
	options := fmt.Sprintf(`path => %q script_params => { "field" => "foo" "by" => 3 } add_tag => "ok"`, path)
	check(t, options, `{"foo":14}`, `{"foo":42,"tags":["ok"]}{"n":1}`)
	check(t, options, `{"bar":14}`, ``)
	check(t, options, `{"foo":{}}`, `{"foo":{},"tags":["_rubyexception"]}`)
	check(t, fmt.Sprintf(`path => %q`, write("def filter(event)\n  5\nend\n")), `{"a":1}`, `{"a":1,"tags":["_rubyexception"]}`)
	for text, says := range map[string]string{"def filtre(event); end": "defines no method filter", "def filter(event)\n  event.st(1)\nend": ":2:", "raise 'x'\ndef filter(e); end": "RuntimeError: x"} {
		if got := onefilter.Faults(t, ruby.Spec, fmt.Sprintf(`path => %q`, write(text))); !strings.Contains(got, says) {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestFaults: faults stand at their place in the configuration.
func TestFaults(t *testing.T) {
	for options, says := range map[string]string{
		"code => \"\n    a = 1\n    event.gte('x')\n\"": "test.conf:3:11: filter ruby: code: event has no method \"gte\"",
		`code => "File.read('x')"`:                      "no constant File",
		`code => "event.set(" `:                         "does not end",
		`init => "@x = " code => ""`:                    "init: expected an expression",
		`init => "raise 'no'" code => ""`:               "init: RuntimeError: no",
		`code => "" path => "/etc/hostname"`:            "exclude each other",
		`code => { "a" => "b" }`:                        "expected a string with Ruby code",
		`code => "event['a'] = 1"`:                      "event.set",
	} {
		if got := onefilter.Faults(t, ruby.Spec, options); !strings.Contains(got, says) {
			t.Errorf("%s\n    want %s\n    got  %s", options, says, got)
		}
	}
}
