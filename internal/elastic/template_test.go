package elastic

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"castor/internal/testkit/fakees"
)

func install(t *testing.T, es *fakees.Server, tpl Template) (bool, error) {
	t.Helper()
	return client(t, nil, es.URL).InstallTemplate(context.Background(), tpl)
}

func TestTemplateGoesWhereTheEngineWantsIt(t *testing.T) {
	f := func(version string, openSearch bool, tpl Template, path string) {
		t.Helper()
		es := fakees.New(t)
		es.Version, es.OpenSearch = version, openSearch
		did, err := install(t, es, tpl)
		if err != nil || !did {
			t.Errorf("%s: %v %v", version, did, err)
		}
		if es.Stored(path) == nil {
			t.Errorf("%s: nothing at %s", version, path)
		}
	}
	f("6.8.0", false, Template{}, "/_template/logstash")
	f("7.10.2", false, Template{}, "/_template/logstash")
	f("7.10.2", false, Template{API: "composable"}, "/_index_template/logstash")
	f("8.19.0", false, Template{}, "/_index_template/logstash")
	f("9.5.3", false, Template{ECS: true}, "/_index_template/ecs-logstash")
	f("9.5.3", false, Template{API: "legacy", Name: "mine"}, "/_template/mine")
	f("3.8.0", true, Template{}, "/_index_template/logstash")
	f("1.3.0", true, Template{}, "/_index_template/logstash")
}

func TestTemplateFileGoesByItsShape(t *testing.T) {
	f := func(version, content, path string) {
		t.Helper()
		es := fakees.New(t)
		es.Version = version
		file := filepath.Join(t.TempDir(), "t.json")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := install(t, es, Template{Name: "own", File: file}); err != nil {
			t.Errorf("%s: %v", content, err)
		}
		equal(t, content, string(es.Stored(path)), content)
	}
	f("9.5.3", `{"index_patterns":["x-*"],"settings":{}}`, "/_template/own")
	f("9.5.3", `{"index_patterns":["x-*"],"template":{"settings":{}}}`, "/_index_template/own")
	f("7.17.0", `{"index_patterns":["x-*"],"template":{"settings":{}}}`, "/_index_template/own")
	f("7.17.0", `{"index_patterns":["x-*"],"mappings":{}}`, "/_template/own")
}

func TestTemplateMistakes(t *testing.T) {
	es := fakees.New(t)
	es.Version = "7.2.0"
	for _, tpl := range []Template{{API: "composable"}, {API: "both"}, {File: "/nowhere.json"}} {
		if _, err := install(t, es, tpl); err == nil {
			t.Errorf("%+v: no error", tpl)
		}
	}
}

func TestTemplateStaysUnlessOverwritten(t *testing.T) {
	es := fakees.New(t)
	f := func(tpl Template, want bool) {
		t.Helper()
		did, err := install(t, es, tpl)
		equal(t, "installed", did, want)
		equal(t, "error", err, nil)
	}
	f(Template{}, true)
	f(Template{ECS: true, Name: "logstash"}, false)
	f(Template{Overwrite: true}, true)
}

func TestTemplateUnderALifecycle(t *testing.T) {
	es := fakees.New(t)
	if _, err := install(t, es, Template{Lifecycle: &Lifecycle{Alias: "app", Policy: "p"}}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Patterns []string `json:"index_patterns"`
		Template struct{ Settings map[string]any }
	}
	if err := json.Unmarshal(es.Stored("/_index_template/logstash"), &got); err != nil {
		t.Fatal(err)
	}
	equal(t, "pattern", got.Patterns[0], "app-*")
	equal(t, "policy", got.Template.Settings["index.lifecycle.name"], any("p"))
	equal(t, "alias", got.Template.Settings["index.lifecycle.rollover_alias"], any("app"))
}

func TestLifecycle(t *testing.T) {
	es := fakees.New(t)
	c := client(t, func(c *Config) { c.Path = "/es" }, es.URL)
	ctx := context.Background()
	if err := c.InstallLifecycle(ctx, Lifecycle{Alias: "logstash"}); err != nil {
		t.Fatal(err)
	}
	if es.Stored("/es/_ilm/policy/logstash-policy") == nil {
		t.Error("no policy was made")
	}
	equal(t, "first index", string(es.Stored("/es/%3Clogstash-%7Bnow%2Fd%7D-000001%3E")), `{"aliases":{"logstash":{"is_write_index":true}}}`)
	if err := c.InstallLifecycle(ctx, Lifecycle{Alias: "x", Policy: "none"}); err == nil {
		t.Error("a policy that does not exist is no error")
	}
}

func TestHasLifecycle(t *testing.T) {
	f := func(want bool, prepare func(*fakees.Server)) {
		t.Helper()
		es := fakees.New(t)
		prepare(es)
		c := client(t, nil, es.URL)
		got, err := c.HasLifecycle(context.Background())
		equal(t, "has it", got, want)
		equal(t, "error", err, nil)
		equal(t, "colour", c.Status().Colour, "green")
	}
	f(false, func(s *fakees.Server) { s.Missing = []string{"/_ilm"} })
	f(false, func(s *fakees.Server) { s.OpenSearch = true })
	f(true, func(s *fakees.Server) { s.Put("/_ilm/status", `{"operation_mode":"RUNNING"}`) })
}

func TestMatches(t *testing.T) {
	f := func(pattern, name string, want bool) {
		t.Helper()
		equal(t, pattern+" "+name, matches(pattern, name), want)
	}
	f("logs-*-*", "logs-nginx-default", true)
	f("logs-*-*", "logs-nginx", false)
	f("logs-*", "log", false)
	f("*", "x", true)
	f("a", "a", true)
	f("a", "ab", false)
	f("a*b", "ab", true)
	f("a*b", "axbx", false)
}
