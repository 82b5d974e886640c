package lsconf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder writes files, name to text, into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// kinds gives the sections' kinds and files, in order.
func kinds(o LoadOptions) string {
	cfg, _, list := Load(o)
	if cfg == nil {
		return list.Error()
	}
	var parts []string
	for _, s := range cfg.Sections {
		parts = append(parts, s.Kind+"@"+filepath.Base(s.Pos.File))
	}
	return strings.Join(parts, " ")
}

func TestLoadFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"10-in.conf": "input { a { } }", "20-f.conf": "# c\nfilter { b { } }\n", "30-out.conf": "output { c { } }",
		"README.txt": "# nothing\n", ".hidden.conf": "broken {", "20-f.conf~": "broken {", "sub/x.conf": "filter { }", "[odd].conf": "filter { }",
	})
	all := "input@10-in.conf filter@20-f.conf output@30-out.conf filter@[odd].conf"
	for path, want := range map[string]string{
		"":                      all,
		"/":                     all,
		"/*.conf":               all,
		"/2*":                   "filter@20-f.conf",
		"/{10,30}-*.conf":       "input@10-in.conf output@30-out.conf",
		"/**/x.conf":            "filter@x.conf",
		"/20-f.conf":            "filter@20-f.conf",
		"/[odd].conf":           "filter@[odd].conf",
		"/[0-9]0-[if]*[n].conf": "input@10-in.conf",
	} {
		if got := kinds(LoadOptions{Path: dir + path}); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
	if got := kinds(LoadOptions{Path: "file://" + dir + "/20-f.conf"}); got != "filter@20-f.conf" {
		t.Error(got)
	}
}

func TestLoadErrors(t *testing.T) {
	dir := folder(t, map[string]string{"indexer.conf": "# nothing\n", "empty/x~": "", "bad/1.conf": "filter { a { b = 1 } }", "bad/2.conf": "filter {\n c d }"})
	for path, want := range map[string]string{
		"/indxer.conf":     "no such file",
		"/*.yml":           "no file matches",
		"/[.conf":          "no valid glob",
		"/empty":           "no configuration files",
		"/indexer.conf":    "the configuration is empty",
		"/none/x.conf":     "no such file",
		"/bad":             "1.conf:1:16: `=` after the option `b`",
		"/bad/2.conf":      "2.conf:2:4: unexpected `d`",
		"/bad/../bad/3.*f": "no file matches",
	} {
		cfg, _, list := Load(LoadOptions{Path: dir + path})
		if cfg != nil || !strings.Contains(list.Error(), want) || !strings.HasPrefix(list[0].Pos.String(), dir) {
			t.Errorf("%q: got %v %v, want %q", path, cfg, list, want)
		}
	}
	if _, _, list := Load(LoadOptions{Path: dir + "/indxer.conf"}); !strings.Contains(list[0].Hint, "indexer.conf") {
		t.Error("no did-you-mean:", list)
	}
	if _, _, list := Load(LoadOptions{Path: dir + "/bad"}); list.Count(0) != 2 {
		t.Error("each file's errors are wanted:", list)
	}
	if _, _, list := Load(LoadOptions{Path: dir, String: "x"}); !strings.Contains(list.Error(), "twice") {
		t.Error(list)
	}
	if _, _, list := Load(LoadOptions{Path: "https://example.org/x.conf"}); !strings.Contains(list.Error(), "network") {
		t.Error(list)
	}
}

func TestLoadString(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "input@default input output@default output",
		"filter { }":                     "filter@config.string input@default input output@default output",
		"input { a { } }":                "input@config.string output@default output",
		"output { a { } } input { }":     "output@config.string input@config.string",
		"filter { a { b => \"${X}\" } }": "filter@config.string input@default input output@default output",
	} {
		if got := kinds(LoadOptions{String: in}); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	_, src, list := Load(LoadOptions{String: "filter { a { b => \"${X}\" } }", Lookup: func(string) (string, bool, bool) { return "", false, false }})
	if !list.HasErrors() || list[0].Pos.Col != 20 {
		t.Error(list)
	}
	if line, ok := src.Line(StringName, 1); !ok || !strings.HasPrefix(line, "filter") {
		t.Error("the text is not among the sources:", line)
	}
}

func TestLoadTakesSecretsFromBesideTheFile(t *testing.T) {
	dir := folder(t, map[string]string{"a.conf": `output { a { password => "${file:secrets/pw}" } }`, "secrets/pw": "abc\n"})
	cfg, _, list := Load(LoadOptions{Path: dir + "/a.conf"})
	if list.HasErrors() {
		t.Fatal(list)
	}
	p := stmtsJSON(t, cfg.Sections[0].Body)[0].(map[string]any)["args"].(map[string]any)
	if p["password"] != "abc" {
		t.Error(p)
	}
}
