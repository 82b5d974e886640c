package beaver_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/beaver"
	"castor/internal/lsconf/diag"
)

// said is everything that is told, in one text.
func said(r beaver.Result) string {
	var all strings.Builder
	for _, d := range r.Diags {
		all.WriteString(d.Error() + "\n")
	}
	return all.String()
}

// TestMistakes says for each mistake the line and what is said about it.
func TestMistakes(t *testing.T) {
	const redis = "[beaver]\ntransport: redis\n"
	for text, words := range map[string][]string{
		"type: x\n":                                                     {":1:1:", "before the first section", "write [beaver]"},
		redis + "what is this\n":                                        {":3:1:", "name: value", "delete it"},
		redis + "[]\n":                                                  {":3:1:", "expected [path]"},
		"[beaver]\ntransport: smoke\n":                                  {":2:1:", `no transport "smoke"`, "redis, rabbitmq and stdout"},
		"[beaver]\ntransport: sqs\n":                                    {":2:1:", "castor-shipper has no transport sqs", "--transport redis"},
		redis + "format: yaml\n":                                        {":3:1:", `no format "yaml"`, "rawjson"},
		redis + "format: gelf\n":                                        {":3:1:", "no format gelf", "use json"},
		redis + "logstash_version: 2\n":                                 {":3:1:", "expected 0 or 1"},
		redis + "redis_url: http://queue\n":                             {":3:1:", "redis://host:6379/0"},
		redis + "redis_data_type: hash\n":                               {":3:1:", "list or channel"},
		redis + "fqdn: maybe\n":                                         {":3:1:", "expected 0 or 1", "fqdn: 1"},
		redis + "discover_interval: often\n":                            {":3:1:", "number of seconds"},
		"[beaver]\ntransport: rabbitmq\nrabbitmq_arguments: x-max\n":    {":3:1:", "name:value"},
		"[beaver]\ntransport: rabbitmq\nrabbitmq_port: amqp\n":          {":3:1:", "whole number"},
		redis + "[a.log]\n":                                             {":3:1:", "relative to the folder", "write the whole path"},
		redis + "[/a.log]\nmultiline_regex_before: (a\n":                {":4:1:", "multiline_regex_before", "parenthesis"},
		redis + "[/a.log]\nmultiline_regex_after: (?(1)a|b)\n":          {":4:1:", "write the two cases as alternatives"},
		redis + "[/a.log]\nexclude: [a\n":                               {":4:1:", "not closed"},
		redis + "[/a.log]\nadd_field: one\n":                            {":4:1:", "pairs of a name and a value", "name,value,name,value"},
		redis + "[/a.log]\nadd_field_env: one,TWO,three\n":              {":4:1:", "3 words"},
		redis + "[/a.log]\ndelimiter: \\777\n":                          {":4:1:", "is no character"},
		redis + "[/a.log]\nignore_empty: yes\n":                         {":4:1:", "expected 0 or 1"},
		redis + "[/a.log]\ntail_lines: ten\n":                           {":4:1:", "whole number"},
		redis + "[/a.log]\nsize_limit: big\n":                           {":4:1:", "whole number"},
		redis + "[/a.log]\ntype: a\n[/b.log]\ntype: both \" and '\n":    {":6:1:", "both kinds of quotes"},
		redis + "redis_password: secret\n[/a.log]\nadd_field: secret\n": {":5:1:", "pairs"},
	} {
		r := beaver.Convert(write(t, text), beaver.Options{ConfD: "/nonexistent"})
		if !r.Diags.HasErrors() || r.Text != "" {
			t.Errorf("%s: no error, but\n%s", text, r.Text)
		}
		for _, w := range words {
			if !strings.Contains(said(r), w) {
				t.Errorf("%s: expected %q in %v", text, w, r.Diags)
			}
		}
	}
}

// TestWarnings says what has to be looked at by somebody, in the configuration and as a warning.
func TestWarnings(t *testing.T) {
	const redis = "[beaver]\ntransport: redis\n"
	for text, warning := range map[string]string{
		redis + "ssh_tunnel: me@there\n":                        "keep the tunnel as a systemd service",
		redis + "no_such: 1\n":                                  "Beaver has no such option here",
		redis + "redis_url: redis://a/0,redis://b/1\n":          "b has another database",
		redis + "[/a.log]\nstart_position: 7\n":                 "offsets set FILE BYTES",
		redis + "[/a.log]\ntail_lines: 7\n":                     "last lines",
		redis + "[/a.log]\nadd_field: host,h\n":                 "take the place of the event's own field",
		redis + "[/a.log]\nencoding: klingon\n":                 "klingon",
		redis + "[/a.log]\ntype: %{x}\n":                        "Castor replaces",
		redis + "[/a/*.log]\n[/a/x*.log]\n":                     "here they belong to /a/x*.log",
		redis + "[/a/*x.log]\n[/a/y*.log]\n":                    "here they belong to /a/y*.log",
		redis + "[/a/**/x.log]\n[/a/b/*.log]\nexclude: y\n":     "what its exclude leaves out",
		redis + "[/a/{b,c}.log]\n[/a/c.log]\n":                  "/a/c.log has two sections",
		"[beaver]\ntransport: rabbitmq\nrabbitmq_ssl: 1\n":      "does not check whose certificate",
		redis + "confd_path: /nonexistent\n[/a.log]\ntype: b\n": "cannot be read",
	} {
		r := beaver.Convert(write(t, text), beaver.Options{})
		if r.Diags.HasErrors() || !strings.Contains(said(r), warning) {
			t.Errorf("%s: expected the warning %q, got %v", text, warning, r.Diags)
		}
		if warning != "cannot be read" && !strings.Contains(r.Text, warning) {
			t.Errorf("%s: %q is not in\n%s", text, warning, r.Text)
		}
	}
}

// A file that two sections match is read by one input.
func TestOverlaps(t *testing.T) {
	text := convert(t, "[/a/*.log]\n[/a/x.log]\n[/a/{p,q}*.log]\n[/a/q1.log]\n[/b/*.log]\n[/c/**/*.log]\n[/c/d/?.log]\n[/c/d/[ab].txt]\n")
	for path, exclude := range map[string]string{
		`"/a/*.log"`: `exclude => ["/a/x.log", "/a/p*.log", "/a/q*.log", "/a/q1.log"]`, `"/a/x.log"`: "", `["/a/p*.log", "/a/q*.log"]`: `exclude => "/a/q1.log"`,
		`"/b/*.log"`: "", `"/c/**/*.log"`: `exclude => "/c/d/?.log"`, `"/c/d/?.log"`: "", `"/c/d/[ab].txt"`: "",
	} {
		_, rest, ok := strings.Cut(text, "path => "+path+"\n")
		rest, _, _ = strings.Cut(rest, "type =>")
		if !ok || exclude != "" && !strings.Contains(rest, exclude) || exclude == "" && strings.Contains(rest, "exclude") {
			t.Errorf("%s: expected %q in\n%s", path, exclude, text)
		}
	}
}

// Secrets are in the configuration, and in nothing that is said about it.
func TestPasswordIsNotShown(t *testing.T) {
	name := write(t, "[beaver]\ntransport: redis\nredis_url: redis://u:hunter2@q/0,redis://u:hunter2@p/1\n[/a.log]\ntail_lines: 3\n")
	r := beaver.Convert(name, beaver.Options{ConfD: "/nonexistent"})
	if all := said(r) + strings.Join(r.Notes, "\n"); strings.Contains(all, "hunter2") || !strings.Contains(r.Text, `password => "hunter2"`) {
		t.Errorf("%s\n%s", all, r.Text)
	}
	var shown strings.Builder
	if err := diag.Print(&shown, r.Sources, r.Diags, false); err != nil || strings.Contains(shown.String(), "hunter2") {
		t.Errorf("%v\n%s", err, shown.String())
	}
}

// The folder's sections come in the order of their names, and take the place of the main file's.
func TestConfD(t *testing.T) {
	dir := t.TempDir()
	for i, text := range []string{"[/a.log]\ntype: two\n", "[/b.log]\ntype: three\n[beaver]\ntransport: redis\n"} {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := beaver.Convert(write(t, "[beaver]\ntransport: rabbitmq\n[/a.log]\ntype: one\n"), beaver.Options{ConfD: dir, Transport: "stdout"})
	if strings.Contains(r.Text, "one") || !strings.Contains(r.Text, "two") || !strings.Contains(r.Text, "three") || !strings.Contains(r.Text, "stdout") {
		t.Errorf("%v\n%s", r.Diags, r.Text)
	}
	if !strings.Contains(said(r), "1:3:1: ") || !strings.Contains(said(r), "main file only") {
		t.Errorf("got %v", r.Diags)
	}
}
