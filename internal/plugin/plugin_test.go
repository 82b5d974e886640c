package plugin_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/plugin"
)

// everything has an option of each type.
type everything struct {
	plugin.FilterCommon
	Text     string             `opt:"text" default:"some" doc:"A text."`
	Word     string             `opt:"word" enum:"red|green" doc:"A word."`
	Number   int                `opt:"number" default:"5" doc:"A number."`
	Long     int64              `opt:"long" doc:"A long number."`
	Real     float64            `opt:"real" default:"1.5" doc:"A real number."`
	Switch   bool               `opt:"switch" default:"true" doc:"A switch."`
	Size     plugin.Bytes       `opt:"size" default:"10MB" doc:"A size."`
	Secret   plugin.Password    `opt:"secret" doc:"A secret."`
	File     plugin.Path        `opt:"file" doc:"A file."`
	List     []string           `opt:"list" default:"a|b" doc:"A list."`
	Words    []string           `opt:"words" enum:"red|green" doc:"A list of words."`
	Values   plugin.Array       `opt:"values" doc:"A list of anything."`
	Hash     plugin.Hash        `opt:"hash" doc:"A hash."`
	Anything plugin.Value       `opt:"anything" doc:"Anything."`
	Field    event.Ref          `opt:"field" default:"message" doc:"A field."`
	Template event.Template     `opt:"template" default:"%{a}" doc:"A template."`
	Codec    plugin.CodecOption `opt:"codec" default:"plain" doc:"A codec."`
	Needed   string             `opt:"needed" required:"true" doc:"A thing that must be there."`
	Old      string             `opt:"old" deprecated:"use text" doc:"An old thing."`
	Gone     string             `opt:"gone" obsolete:"use text" doc:"A thing of the past."`
	Idle     string             `opt:"idle" ignored:"there is nothing to do" doc:"An idle thing."`
}

type filter struct{ cfg *everything }

func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if err := f.cfg.Matched(e); err != nil {
			e.Tag("_failed")
		}
	}
	return b
}

type plainConfig struct {
	plugin.CodecCommon
	Charset string `opt:"charset" default:"UTF-8" doc:"An encoding."`
}

type plain struct {
	plugin.NoEncode
	plugin.NoFlush
}

func (plain) Decode(string, func(*event.Event)) {}

func registry(got **everything) *plugin.Registry {
	build := func(cfg *everything, env *plugin.Env) (plugin.Filter, error) {
		*got = cfg
		switch cfg.Text {
		case "bad":
			return nil, plugin.BadOption("text", "%q is bad", cfg.Text)
		case "worse":
			return nil, plugin.BadValue("hash", cfg.Hash[0].Value, "it is worse")
		case "doubtful":
			env.Warn(cfg.PosOf("text"), "is it right?")
		}
		return &filter{cfg}, nil
	}
	return plugin.NewRegistry(
		plugin.FilterSpec("everything", "Has options of all types.", build),
		plugin.CodecSpec("plain", "Has text.", func(*plainConfig, *plugin.Env) (plugin.Codec, error) { return plain{}, nil }),
	)
}

// configure parses `everything { TEXT }`, decodes and builds it.
func configure(t *testing.T, text string) (*everything, plugin.Filter, diag.List) {
	t.Helper()
	cfg, diags := parser.Parse("test.conf", "filter {\n  everything {\n"+text+"\n  }\n}\n", parser.Options{})
	if diags.HasErrors() {
		t.Fatalf("parse %s: %v", text, diags)
	}
	var got *everything
	c := registry(&got).Decode(plugin.FilterType, cfg.Sections[0].Body[0].(*ast.Plugin), &diags)
	if c == nil {
		return nil, nil, diags
	}
	f, _ := c.Build(plugin.Env{ID: "it", ECS: plugin.ECSDisabled, Now: time.Now}, &diags).(plugin.Filter)
	return got, f, diags
}

func TestDefaults(t *testing.T) {
	cfg, _, diags := configure(t, `needed => "x"`)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	got := fmt.Sprint(cfg.Text, cfg.Number, cfg.Real, cfg.Switch, int64(cfg.Size), cfg.List, cfg.Field.String(), cfg.Template.String(), cfg.Codec.Name(), cfg.IsSet("text"), cfg.IsSet("needed"))
	if want := "some5 1.5 true 10000000 [a b]message%{a}plainfalse true"; got != want {
		t.Errorf("expected %s, got %s", want, got)
	}
}

func TestDecodesEveryType(t *testing.T) {
	file := filepath.Join(t.TempDir(), "not-there")
	f := func(text string, show func(c *everything) any, want string) {
		t.Helper()
		cfg, _, diags := configure(t, `needed => "x" `+text)
		if diags.HasErrors() {
			t.Errorf("%s: %v", text, diags)
			return
		}
		if got := fmt.Sprint(show(cfg)); got != want {
			t.Errorf("%s: expected %s, got %s", text, want, got)
		}
	}
	f(`text => bareword`, func(c *everything) any { return c.Text }, "bareword")
	f(`text => 5`, func(c *everything) any { return c.Text }, "5")
	f(`text => ["one"]`, func(c *everything) any { return c.Text }, "one")
	f(`word => green`, func(c *everything) any { return c.Word }, "green")
	f(`number => "42"`, func(c *everything) any { return c.Number }, "42")
	f(`number => 010`, func(c *everything) any { return c.Number }, "8")
	f(`number => "1.5"`, func(c *everything) any { return c.Number }, "1")
	f(`number => 4.9`, func(c *everything) any { return c.Number }, "4")
	f(`long => -9000000000`, func(c *everything) any { return c.Long }, "-9000000000")
	f(`real => "2.25"`, func(c *everything) any { return c.Real }, "2.25")
	f(`switch => "false"`, func(c *everything) any { return c.Switch }, "false")
	f(`size => "2MiB"`, func(c *everything) any { return int64(c.Size) }, "2097152")
	f(`secret => "s3cret"`, func(c *everything) any { return c.Secret }, "<password>")
	f(`secret => "s3cret"`, func(c *everything) any { return c.Secret.Reveal() }, "s3cret")
	f(`list => "one"`, func(c *everything) any { return c.List }, "[one]")
	f(`list => ["one", 2, three]`, func(c *everything) any { return c.List }, "[one 2 three]")
	f(`values => ["a", 1.5]`, func(c *everything) any { return c.Values.Texts() }, "[a 1.5]")
	f(`hash => { "a" => 1 "b" => ["x"] }`, func(c *everything) any { return len(c.Hash) }, "2")
	f(`hash => ["a", 1, "b", 2]`, func(c *everything) any { return c.Hash[1].Key }, "b")
	f(`anything => { "k" => [1, "two", 3.5] }`, func(c *everything) any { return c.Anything.Event() }, `{"k":[1,"two",3.5]}`)
	f(`field => "[a][b]"`, func(c *everything) any { return c.Field.Path() }, "[a b]")
	f(`codec => plain { charset => "CP1252" }`, func(c *everything) any { return c.Codec.Name() }, "plain")
	_, _, diags := configure(t, `needed => "x" file => "`+file+`"`)
	if err := diags.Err(); err == nil || !strings.Contains(err.Error(), "the file must exist") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestFaultsHaveAPlaceAndAHint(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, _, diags := configure(t, text)
		for _, d := range diags {
			if d.Error() == want {
				return
			}
		}
		t.Errorf("%s:\nexpected %s\n    got %v", text, want, diags)
	}
	f(`text => "x"`, `test.conf:2:3: filter everything needs the option "needed": A thing that must be there. (add needed => … (string))`)
	f(`needed => "x" txet => 1`, `test.conf:3:15: filter everything has no option "txet" (did you mean "text"?)`)
	f(`needed => "x" qqqqqq => 1`, "test.conf:3:15: filter everything has no option \"qqqqqq\" (`castor-indexer docs everything` lists its options)")
	f(`needed => "x" number => "five"`, `test.conf:3:25: filter everything: option "number": expected a number, got "five" (write it as number => 5)`)
	f(`needed => "x" number => "1e3"`, `test.conf:3:25: filter everything: option "number": expected a number, got "1e3" (write it as number => 5)`)
	f(`needed => "x" real => "1.50"`, `test.conf:3:23: filter everything: option "real": expected a number, got "1.50" (write it as real => 5)`)
	f(`needed => "x" number => [1, 2]`, `test.conf:3:25: filter everything: option "number": expected one number, got a list of 2 (write it as number => 5)`)
	f(`needed => "x" switch => "yes"`, `test.conf:3:25: filter everything: option "switch": expected true or false, got "yes" (write it as switch => true)`)
	f(`needed => "x" word => "gren"`, `test.conf:3:23: filter everything: option "word": "gren" is not allowed: expected one of: red, green (did you mean "green"?)`)
	f(`needed => "x" words => ["red", "blu"]`, `test.conf:3:32: filter everything: option "words": "blu" is not allowed: expected one of: red, green`)
	f(`needed => "x" hash => "a"`, `test.conf:3:23: filter everything: option "hash": expected a hash, got "a" (write it as hash => { "key" => "value" })`)
	f(`needed => "x" hash => ["a"]`, `test.conf:3:23: filter everything: option "hash": expected a hash, got an array with an odd number of elements (1) (write it as hash => { "key" => "value" })`)
	f(`needed => "x" list => [{ "a" => 1 }]`, `test.conf:3:24: filter everything: option "list": expected a list of strings, got a hash in it (write it as list => ["a", "b"])`)
	f(`needed => "x" size => "big"`, `test.conf:3:23: filter everything: option "size": expected a size such as 500, 10MB or 10MiB, got "big" (write it as size => "10MB")`)
	f(`needed => "x" codec => plian`, `test.conf:3:24: no codec plugin named "plian" (did you mean "plain"?)`)
	f(`needed => "x" codec => plain { charst => "x" }`, `test.conf:3:32: codec plain has no option "charst" (did you mean "charset"?)`)
	f(`needed => "x" old => "y"`, `test.conf:3:15: filter everything: the option "old" is deprecated (use text)`)
	f(`needed => "x" gone => "y"`, `test.conf:3:15: filter everything: the option "gone" is gone (use text)`)
	f(`needed => "x" idle => "y"`, `test.conf:3:15: filter everything: the option "idle" has no effect here: there is nothing to do`)
	f(`needed => "x" text => "bad"`, `test.conf:3:23: filter everything: text: "bad" is bad`)
	f(`needed => "x" text => "worse" hash => { "k" => "v" }`, `test.conf:3:48: filter everything: hash: it is worse`)
	f(`needed => "x" text => "doubtful"`, `test.conf:3:23: filter everything: is it right?`)
}

func TestAllFaultsAreTold(t *testing.T) {
	_, _, diags := configure(t, `number => "a" switch => "b" nothing => 1`)
	if len(diags) != 4 {
		t.Errorf("expected four faults, got %v", diags)
	}
}

func TestUnknownPlugins(t *testing.T) {
	f := func(kind plugin.Type, name, want string) {
		t.Helper()
		var diags diag.List
		var got *everything
		registry(&got).Decode(kind, &ast.Plugin{Name: name}, &diags)
		if err := diags.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s: expected %q, got %v", kind, name, want, err)
		}
	}
	f(plugin.FilterType, "everythin", `did you mean "everything"?`)
	f(plugin.CodecType, "avro", "the codecs are: plain")
}

func TestMatched(t *testing.T) {
	f := func(options, in, want string) {
		t.Helper()
		_, built, diags := configure(t, `needed => "x" `+options)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		var d event.Decoder
		e, err := d.DecodeEvent(in, event.Now)
		if err != nil {
			t.Fatal(err)
		}
		e.Fields().Remove("@timestamp")
		e.Fields().Remove("@version")
		if got := string(built.Filter(event.Batch{e})[0].AppendJSON(nil)); got != want {
			t.Errorf("%s on %s:\nexpected %s\n     got %s", options, in, want, got)
		}
	}
	f(`add_field => { "new_%{a}" => "<%{b}>" }`, `{"a":1,"b":2}`, `{"a":1,"b":2,"new_1":"<2>"}`)
	f(`add_field => { "a" => ["x", "y"] }`, `{"a":1}`, `{"a":[1,"x","y"]}`)
	f(`add_field => { "a" => "x" }`, `{"a":null}`, `{"a":["x"]}`)
	f(`add_field => { "a" => "x" }`, `{"a":{"k":1}}`, `{"a":[["k",1],"x"]}`)
	f(`add_tag => ["t", "t", "%{a}"]`, `{"a":1,"tags":["t"]}`, `{"a":1,"tags":["t","t","t","1"]}`)
	f(`remove_tag => ["t"]`, `{"tags":"t"}`, `{"tags":[]}`)
	f(`remove_field => ["[a][b]", "%{c}", "none"]`, `{"a":{"b":1},"c":"d","d":2}`, `{"a":{},"c":"d"}`)
	f(`add_tag => ["%{[a}"]`, `{}`, `{"tags":["_failed"]}`)
	f(`add_field => { "[a" => "x" }`, `{}`, `{"tags":["_failed"]}`)
	f(`add_field => { "tags" => "x" }`, `{"tags":"y"}`, `{"tags":["y","x"]}`)
	f(`add_field => { "new_%{s}" => "x" "s" => "y" }`, `{"s":"z"}`, `{"s":["z","y"],"new_z,y":"x"}`)
}

func TestDerivedIdentities(t *testing.T) {
	derive := func(plugin plugin.Env, e *event.Event, n int) *event.Event {
		c := e.Clone()
		plugin.Derive(c, n)
		return c
	}
	e := event.New(event.Now())
	e.SetID("host-1-99")
	first, second := plugin.Env{ID: "filter_clone_2"}, plugin.Env{ID: "filter_clone_5"}
	seen := map[string]bool{e.ID(): true}
	for _, c := range []*event.Event{derive(first, e, 0), derive(first, e, 1), derive(second, e, 0), derive(second, derive(first, e, 0), 0)} {
		if seen[c.ID()] {
			t.Errorf("the identity %s comes twice", c.ID())
		}
		seen[c.ID()] = true
	}
	if again := derive(first, e, 0); again.ID() != derive(first, e, 0).ID() {
		t.Error("at a redelivery the identity must be the same")
	}
}

func TestDurationsAndSizes(t *testing.T) {
	f := func(text string, want time.Duration) {
		t.Helper()
		if got, err := plugin.ParseDuration(text, time.Second); err != nil || got != want {
			t.Errorf("%s: expected %v, got %v, %v", text, want, got, err)
		}
	}
	f("5", 5*time.Second)
	f("1.5 hours", 90*time.Minute)
	f("300ms", 300*time.Millisecond)
	f("2 weeks", 14*24*time.Hour)
	for _, bad := range []string{"", "x", "5 parsecs", "-1 s"} {
		if got, err := plugin.ParseDuration(bad, time.Second); err == nil {
			t.Errorf("%q: expected an error, got %v", bad, got)
		}
	}
}

func TestReference(t *testing.T) {
	var got *everything
	var page, index strings.Builder
	r := registry(&got)
	if err := plugin.WriteReference(&page, r.Find(plugin.FilterType, "everything")); err != nil {
		t.Fatal(err)
	}
	if err := plugin.WriteIndex(&index, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# everything filter\n\nHas options of all types.\n", "### `list`\n\narray, default `[\"a\", \"b\"]`\n\nA list.\n",
		"string, one of `red`, `green`", "string, required", "*No effect here:* there is nothing to do.", "*Deprecated:* use text.",
		"*Not supported:* use text.", "## Common options", "### `add_field`",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if want := "## Filters\n\n- `everything`: Has options of all types.\n"; !strings.Contains(index.String(), want) {
		t.Errorf("the index lacks %q:\n%s", want, index.String())
	}
}
