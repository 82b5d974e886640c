package translate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/plugin"
	"castor/internal/plugins/filter/translate"
	"castor/internal/testkit/onefilter"
)

func TestTranslate(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`source => "c" dictionary => { "200" => "OK" }`, `{"c":200}`, `{"c":200,"translation":"OK"}`},
		{`source => "c" ecs_compatibility => "v8" dictionary => ["200", "OK"] add_tag => ["t"]`, `{"c":"200"}`, `{"c":"OK","tags":["t"]}`},
		{`source => "c" exact => false dictionary => { "ab" => "1" "a" => "2" "é" => "e" }`, `{"c":"aabé"}`, `{"c":"aabé","translation":"21e"}`},
		{`source => "c" regex => true dictionary => { "^4" => "bad" "^5" => "other" }`, `{"c":"404"}`, `{"c":"404","translation":"bad"}`},
		{`source => "c" fallback => "no %{c}" dictionary => { }`, `{"c":"x"}`, `{"c":"x","translation":"no x"}`},
		{`source => "c" target => "[a][b]" dictionary => { "x" => "y" }`, `{"c":"x","a":"text"}`, `{"c":"x","a":"text"}`},
		{`source => "c" iterate_on => "l" dictionary => { "x" => "y" }`, `{"l":[{"c":"x"},5,{"c":"z"}]}`, `{"l":[{"c":"x","translation":"y"},5,{"c":"z"}]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, translate.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFileScalars(t *testing.T) {
	const yaml = "a: 0x1F\nb: 1_000\nc: 12:30\nd: yes\ne: \"yes\"\nf: 2026-01-31\ng: :sym\nh: &h {x: 1}\ni: {<<: *h, y: .5}\nj: 017\n"
	const oneShot = `{"l":["a","b","c","d","e","f","g","i","j"],"translation":[31,1000,750,true,"yes","2026-01-31","sym",{"x":1,"y":0.5},15]}`
	path := filepath.Join(t.TempDir(), "d.yml")
	write(t, path, yaml)
	in := `{"l":["a","b","c","d","e","f","g","i","j"]}`
	f := onefilter.New(t, translate.Spec, `source => "l" iterate_on => "l" dictionary_path => "`+path+`"`)
	if got := onefilter.Run(t, f, in); got != oneShot {
		t.Errorf("one_shot:\n got %s\nwant %s", got, oneShot)
	}
	f = onefilter.New(t, translate.Spec, `source => "l" iterate_on => "l" yaml_load_strategy => "streaming" dictionary_path => "`+path+`"`)
	if got := onefilter.Run(t, f, `{"l":["a","d","j"]}`); got != `{"l":["a","d","j"],"translation":["0x1F","yes",17]}` {
		t.Errorf("streaming: got %s", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFaults(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.csv": "a,\"b\nc", "b.csv": `a"b,c`, "c.json": "[1]", "d.yml": "a: [1", "e.txt": "a,b", "f.yml": "5: a"} {
		write(t, filepath.Join(dir, name), text)
	}
	for options, want := range map[string]string{
		`dictionary => { "a" => "b" }`:                                                               "needs the option source",
		`source => "" dictionary => { "a" => "b" }`:                                                  "needs the option source",
		`source => "a" field => "b"`:                                                                 "remove field",
		`source => "a" target => "a" destination => "b"`:                                             "remove destination",
		`source => "a" target => "a" override => false`:                                              "override",
		`source => "a" regex => true dictionary => { "(" => "b" }`:                                   "key",
		`source => "a" dictionary_path => "/no/such.yml"`:                                            "no such file",
		`source => "a" dictionary => { "a" => "b" } dictionary_path => "` + dir + `/a.csv"`:          "exclude",
		`source => "a" dictionary_path => "` + dir + `/a.csv"`:                                       "not closed",
		`source => "a" dictionary_path => "` + dir + `/b.csv"`:                                       "within a field",
		`source => "a" dictionary_path => "` + dir + `/c.json"`:                                      "one JSON object",
		`source => "a" dictionary_path => "` + dir + `/d.yml"`:                                       "d.yml",
		`source => "a" dictionary_path => "` + dir + `/e.txt"`:                                       "must end in",
		`source => "a" exact => false dictionary_path => "` + dir + `/f.yml"`:                        "no text",
		`source => "a" yaml_dictionary_code_point_limit => 3 dictionary_path => "` + dir + `/f.yml"`: "code_point_limit",
		`source => "a" yaml_dictionary_code_point_limit => 3 dictionary_path => "` + dir + `/a.csv"`: "YAML",
		`source => "a]"`: "field reference",
	} {
		if got := onefilter.Faults(t, translate.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}

func TestChangedFile(t *testing.T) {
	for behaviour, last := range map[string]string{"merge": `{"l":["a","b"],"translation":["1","2"]}`, "replace": `{"l":["a","b"],"translation":[null,"2"]}`} {
		path := filepath.Join(t.TempDir(), "d.csv")
		write(t, path, "a,1\n")
		now := onefilter.Time
		f, err := onefilter.Build(translate.Spec, `source => "l" iterate_on => "l" refresh_interval => 10 refresh_behaviour => "`+behaviour+`" dictionary_path => "`+path+`"`,
			plugin.Env{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct{ file, want string }{
			{"a,1\n", `{"l":["a","b"],"translation":["1",null]}`}, {"\"half", `{"l":["a","b"],"translation":["1",null]}`}, {"b,2\r\n", last},
		} {
			write(t, path, step.file)
			now = now.Add(11 * time.Second)
			if got := onefilter.Run(t, f, `{"l":["a","b"]}`); got != step.want {
				t.Errorf("%s, %q: got %s, want %s", behaviour, step.file, got, step.want)
			}
		}
	}
}
