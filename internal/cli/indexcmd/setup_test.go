package indexcmd_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/plugins/indexer"
	"castor/internal/testkit/engines"
	"castor/internal/testkit/fakees"
)

var update = flag.Bool("update", false, "write the files in deploy/elasticsearch anew")

// setup runs `castor-indexer setup`.
func setup(t *testing.T, args ...string) (output string, code int) {
	t.Helper()
	t.Setenv("CASTOR_SETTINGS", t.TempDir())
	var out bytes.Buffer
	p := cli.Program{Name: "castor-indexer", Registry: indexer.Plugins(), Commands: indexcmd.Commands(), Stdout: &out, Stderr: &out}
	code = cli.Main(p, append([]string{"setup"}, args...))
	return out.String(), code
}

func expect(t *testing.T, code, want int, output string, parts ...string) {
	t.Helper()
	if code != want {
		t.Errorf("exit code %d, want %d", code, want)
	}
	for _, part := range parts {
		if !strings.Contains(output, part) {
			t.Errorf("%q is missing", part)
		}
	}
	if t.Failed() {
		t.Fatal(output)
	}
}

// TestSetupFiles: deploy/elasticsearch has what setup sends, a file a request under the request's path.
func TestSetupFiles(t *testing.T) {
	root := filepath.Join("..", "..", "..", "deploy", "elasticsearch")
	want := map[string]string{}
	for _, engine := range []string{"elasticsearch-9", "elasticsearch-7.17", "opensearch-3"} {
		out, code := setup(t, "--dry-run", "--for", engine, "--retention.age", "90d", "--data_streams", "logs")
		expect(t, code, 0, out)
		for _, request := range strings.Split(strings.TrimSpace(out), "\n\n") {
			line, body, _ := strings.Cut(request, "\n")
			want[filepath.Join(engine, strings.TrimPrefix(line, "PUT /")+".json")] = body + "\n"
		}
		if *update {
			os.RemoveAll(filepath.Join(root, engine))
		}
	}
	for name, text := range want {
		path := filepath.Join(root, name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := os.ReadFile(path); err != nil || string(have) != text {
			t.Errorf("%s is not what setup sends (%v): go test ./internal/cli/indexcmd -run TestSetupFiles -update", path, err)
		}
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		if err == nil && filepath.Ext(path) == ".json" && want[name] == "" {
			t.Errorf("%s is not what setup sends: remove it", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestEngineSetupCommand: on the real engines, by the connection of a configuration's output.
func TestEngineSetupCommand(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		name := e.Index(t, "setupcmd")
		t.Cleanup(func() { e.Delete("/_component_template/castor-" + name + "*") })
		conf := fmt.Sprintf(`output { elasticsearch { hosts => ["%s"] } }`, e.URL)
		run := func(args ...string) string {
			out, code := setup(t, append([]string{"-e", conf, "--name", name, "--template_api", "composable", "--retention.age", "7d"}, args...)...)
			expect(t, code, 0, out, "# "+map[string]string{"elasticsearch": "Elasticsearch", "opensearch": "OpenSearch"}[e.Flavour]+" "+e.Version, "--retention.age has no effect")
			return out
		}
		expect(t, 0, 0, run("--dry-run"), "PUT /_index_template/"+name+"\n{")
		expect(t, 0, 0, run(), "created   index template "+name)
		expect(t, 0, 0, run(), "unchanged index template "+name)
		if out := run("--dry-run"); strings.Contains(out, "PUT") {
			t.Errorf("a dry run wants to change what is as it should be:\n%s", out)
		}
		e.Do(t, http.MethodPut, "/_component_template/castor-"+name+"-settings", `{"template":{"settings":{"number_of_replicas":2}}}`)
		expect(t, 0, 0, run(), "kept      component template castor-"+name+"-settings", "--force replaces it")
		expect(t, 0, 0, run("--force"), "replaced  component template castor-"+name+"-settings")
	})
}

// TestSetupDryRunChangesNothing, of Kibana neither.
func TestSetupDryRunChangesNothing(t *testing.T) {
	es := fakees.New(t)
	es.Put("/_ilm/status", `{"operation_mode":"RUNNING"}`)
	kb := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		fmt.Fprint(w, `{"version":{"number":"8.19.1"}}`)
	}))
	defer kb.Close()
	out, code := setup(t, "--hosts", es.URL, "--kibana.host", kb.URL, "--dry-run", "--data_streams", "logs")
	expect(t, code, 0, out, "PUT /_ilm/policy/castor-logstash\n", "PUT /_ilm/policy/castor-logs\n", "PUT /_index_template/castor-logs\n", "# Kibana 8.19.1", "POST /api/saved_objects/_import?overwrite=false", `"id":"castor-overview"`)
	for _, c := range es.Calls() {
		if c.Method != http.MethodGet && c.Method != http.MethodHead {
			t.Errorf("%s %s", c.Method, c.Path)
		}
	}
}

func TestSetupImportsIntoKibana(t *testing.T) {
	es := fakees.New(t)
	es.User, es.Password = "elastic", "secret"
	var got string
	kb := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "elastic" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"version":{"number":"8.19.1"}}`)
			return
		}
		got = r.URL.String()
		fmt.Fprint(w, `{"success":false,"errors":[{"type":"dashboard","id":"castor-web","error":{"type":"conflict"}}]}`)
	}))
	defer kb.Close()
	conf := fmt.Sprintf(`output { elasticsearch { hosts => ["%s"] user => "elastic" password => "secret" } }`, es.URL)
	out, code := setup(t, "-e", conf, "--kibana.host", kb.URL, "--kibana.space", "ops")
	expect(t, code, 0, out, "created   index template logstash", "imported  index-pattern castor-logstash", "kept      dashboard castor-web", "--force replaces it")
	if got != "/s/ops/api/saved_objects/_import?overwrite=false" {
		t.Errorf("imported at %s", got)
	}
}

func TestSetupMistakes(t *testing.T) {
	es := fakees.New(t)
	es.Version = "7.2.0"
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"--for opensearch-3", 1, "--for goes with --dry-run"},
		{"--dry-run --for solr-9", 1, "expected elasticsearch-MAJOR.MINOR"},
		{"--hosts http://127.0.0.1:1", 2, "refused"},
		{"--hosts " + es.URL + " --data_streams logs", 2, "no data streams"},
		{"--hosts " + es.URL + " --kibana.host kibana:5601", 1, "is a URL"},
		{"-e output{stdout{}}", 2, "no output elasticsearch"},
		{"-e output{elasticsearch{hots=>1}}", 1, "hosts"},
	} {
		out, code := setup(t, strings.Fields(c.args)...)
		expect(t, code, c.code, c.args+"\n"+out, c.want)
	}
}
