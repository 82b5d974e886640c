package beaver_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"castor/internal/beaver"
	"castor/internal/event"
	"castor/internal/lsconf"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
	"castor/internal/plugins/shipper"
	"castor/internal/testkit/conformance"
	"castor/internal/testkit/plugintest"
)

func TestConformanceBeaverGlobs(t *testing.T) {
	conformance.Run(t, "beaver_globs.jsonl", func(c conformance.Case) error {
		var k struct {
			Path   string
			Expect []string
		}
		if err := c.Decode(&k); err != nil {
			return err
		}
		if got := beaver.Expand(k.Path); !slices.Equal(got, k.Expect) {
			return fmt.Errorf("%s: got %q, want %q", k.Path, got, k.Expect)
		}
		return nil
	})
}

// TestConformanceBeaverMultiline reads the lines by the codec that a conversion of the expressions makes.
func TestConformanceBeaverMultiline(t *testing.T) {
	conformance.Run(t, "beaver_multiline.jsonl", func(c conformance.Case) error {
		var k multilineCase
		if err := c.Decode(&k); err != nil {
			return err
		}
		return k.check(t)
	})
}

type multilineCase struct {
	Before, After string
	Batches       [][]string
	Expect        [][]string
	Pending       string
}

func (k multilineCase) check(t *testing.T) error {
	codec, err := convertedCodec(t, k.Before, k.After)
	if err != nil {
		return err
	}
	var got [][]string
	for _, lines := range k.Batches {
		messages := []string{}
		for _, l := range lines {
			codec.Decode(l, func(e *event.Event) { messages = append(messages, plugintest.Messages([]*event.Event{e})...) })
		}
		got = append(got, messages)
	}
	var rest []string
	codec.Flush(func(e *event.Event) { rest = append(rest, plugintest.Messages([]*event.Event{e})...) })
	want, pending := k.Expect, strings.Join(rest, "\n") // nothing at all and one empty line are the same there
	if k.Before == "" && k.After == "" {                // Beaver does not join at all then: no line waits for another one
		want, pending = append(slices.Clone(want), []string{k.Pending}), k.Pending
		if slices.Concat(k.Batches...) == nil {
			want = nil
		}
		got, want = [][]string{slices.Concat(got...)}, [][]string{slices.Concat(want...)}
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || pending != k.Pending {
		return fmt.Errorf("before %q after %q: got %q and held %q, want %q and %q", k.Before, k.After, got, pending, want, k.Pending)
	}
	return nil
}

// convertedCodec is the codec of the file input that a section with the two expressions becomes.
func convertedCodec(t *testing.T, before, after string) (plugin.Codec, error) {
	cfg, diags := lsconf.Parse("converted", convert(t, "[/var/log/a.log]\nmultiline_regex_before: "+before+"\nmultiline_regex_after: "+after+"\n"), lsconf.Options{})
	if err := diags.Err(); err != nil {
		return nil, err
	}
	node := &ast.Plugin{Name: "plain"}
	for _, a := range cfg.Sections[0].Body[0].(*ast.Plugin).Attrs {
		if a.Name == "codec" {
			node = a.Value.(*ast.Plugin)
		}
	}
	var list diag.List
	c := shipper.Plugins().Decode(plugin.CodecType, node, &list)
	if c == nil {
		return nil, list.Err()
	}
	codec, _ := c.Build(plugintest.Env(t), &list).(plugin.Codec)
	return codec, list.Err()
}

// TestConformanceBeaverOptions sets every option of Beaver's, with the transport that it belongs to: it has to become something
// in the configuration, a comment that names its place, or an error there.
func TestConformanceBeaverOptions(t *testing.T) {
	const file = "beaver_options.json"
	t.Run(file, func(t *testing.T) {
		data, err := os.ReadFile(filepath.Join(conformance.Dir(), file))
		if err != nil {
			t.Fatal(err)
		}
		var all struct{ Options []beaverOption }
		if err := json.Unmarshal(data, &all); err != nil || len(all.Options) == 0 {
			t.Fatalf("%s has no options: %v", file, err)
		}
		passed := 0
		for _, o := range all.Options {
			if err := o.check(t); err != nil {
				t.Errorf("%s %s: %v", o.Section, o.Key, err)
				continue
			}
			passed++
		}
		fmt.Printf("%s: passed %d of %d\n", file, passed, len(all.Options))
	})
}

type beaverOption struct{ Section, Key, Type string }

// samples are values where the type alone does not give one.
var samples = map[string]string{
	"rabbitmq_exchange_type": "topic", "redis_data_type": "channel", "redis_url": "redis://r.example.org/3", "rabbitmq_delivery_mode": "2",
	"transport": "rabbitmq", "format": "raw", "files": "/srv/a.log,/srv/b.log", "path": "/srv/log", "encoding": "latin_1", "exclude": "old$",
	"add_field": "env,prod", "add_field_env": "dc,DATACENTRE", "delimiter": `\r\n`, "size_limit": "4096", "multiline_regex_before": `\s`,
	"multiline_regex_after": `.*\\$`, "start_position": "beginning", "logstash_version": "0", "discover_interval": "60", "rabbitmq_arguments": "x-max-length:7",
	"confd_path": "/nonexistent/conf.d", "update_file_mapping_time": "60",
}

func (o beaverOption) value() string {
	if v, ok := samples[o.Key]; ok {
		return v
	}
	switch o.Type {
	case "bool (0/1)":
		return "1"
	case "int", "float":
		return "77"
	}
	return "sample"
}

func (o beaverOption) check(t *testing.T) error {
	global, section := "[beaver]\ntransport: redis\n", "[/var/log/a.log]\n"
	switch {
	case strings.HasPrefix(o.Key, "rabbitmq_"):
		global = "[beaver]\ntransport: rabbitmq\n"
		if strings.HasPrefix(o.Key, "rabbitmq_ssl_") {
			global += "rabbitmq_ssl: 1\n"
		}
	case o.Key == "path":
		section = ""
	}
	line := o.Key + ": " + o.value() + "\n"
	with := global + section + line
	if o.Section == "beaver" {
		with = global + line + section
	}
	plain := beaver.Convert(write(t, global+section), beaver.Options{ConfD: "/nonexistent"})
	if err := plain.Diags.Err(); err != nil {
		return err
	}
	r := beaver.Convert(write(t, with), beaver.Options{})
	if r.Diags.HasErrors() {
		return r.Diags.Err()
	}
	without := func(s string) string { // the first line names the file
		_, s, _ = strings.Cut(s, "\n")
		return s
	}
	if without(r.Text) == without(plain.Text) && len(r.Diags) == 0 {
		return fmt.Errorf("%q changes nothing and is not mentioned", strings.TrimSpace(line))
	}
	return nil
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "beaver.ini")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// convert gives the configuration for a file that can be converted.
func convert(t *testing.T, text string) string {
	t.Helper()
	r := beaver.Convert(write(t, text), beaver.Options{ConfD: "/nonexistent"})
	if r.Diags.HasErrors() {
		t.Fatalf("%s\n%v", text, r.Diags)
	}
	return r.Text
}
