package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/cli"
	"castor/internal/plugin"
	"castor/internal/plugins/shipper"
)

// planted must never be seen.
const planted = "pl4nted-s3cret"

// unseen fails the test where a text shows what was planted.
func unseen(t *testing.T, what, text string) {
	t.Helper()
	if i := strings.Index(text, planted); i >= 0 {
		t.Errorf("%s shows the secret: …%s…", what, text[max(0, i-300):min(len(text), i+100)])
	}
}

// mistakes are ways to write an option with a secret, right and wrong.
var mistakes = map[string]func(option string) string{
	"right":            func(o string) string { return o + ` => "` + planted + `"` },
	"unquoted":         func(o string) string { return o + ` => ` + planted },
	"other option":     func(o string) string { return `optoin => 1 ` + o + ` => "` + planted + `" anotherr => 2` },
	"misspelt":         func(o string) string { return o[:2] + o[3:] + ` => "` + planted + `"` },
	"capital":          func(o string) string { return strings.ToUpper(o) + ` => "` + planted + `"` },
	"no last quote":    func(o string) string { return o + ` => "` + planted },
	"no arrow":         func(o string) string { return o + ` "` + planted + `"` },
	"equals":           func(o string) string { return o + ` = "` + planted + `"` },
	"colon":            func(o string) string { return o + `: "` + planted + `"` },
	"list":             func(o string) string { return o + ` => ["` + planted + `", "` + planted + `"]` },
	"hash":             func(o string) string { return o + ` => { "x" => "` + planted + `" }` },
	"twice":            func(o string) string { return o + ` => "` + planted + `" ` + o + ` => "` + planted + `x"` },
	"on the next line": func(o string) string { return o + " =>\n\"" + planted + `" optoin => 1` },
	"after a comma":    func(o string) string { return o + ` => "` + planted + `", port => 1` },
	"in brackets":      func(o string) string { return o + ` => ("` + planted + `")` },
	"undefined":        func(o string) string { return o + ` => "${NO_SUCH_VARIABLE}` + planted + `"` },
	"as a default":     func(o string) string { return o + ` => "${NO_SUCH_VARIABLE:` + planted + `}" optoin => 1` },
}

// TestSecretsAreNeverShownByChecks plants a secret in every option of the type password of both programs, with mistakes around it.
func TestSecretsAreNeverShownByChecks(t *testing.T) {
	options := 0
	for _, p := range []cli.Program{program(), {Name: "castor-shipper", Registry: shipper.Plugins()}} {
		for _, spec := range p.Registry.Specs() {
			for _, o := range spec.Options {
				if o.Type != "password" {
					continue
				}
				options++
				for name, write := range mistakes {
					text := fmt.Sprintf("%s { %s { %s%s } }", spec.Type, spec.Name, required(spec, o.Name), write(o.Name))
					unseen(t, fmt.Sprintf("%s -t, %s %s %s, %s", p.Name, spec.Type, spec.Name, o.Name, name), checked(p, text))
				}
			}
		}
	}
	if options < 20 {
		t.Errorf("only %d options of the type password were met", options)
	}
}

// required gives the options that a plugin needs beside the one in question, on the same line.
func required(spec *plugin.Spec, but string) string {
	var b strings.Builder
	for _, o := range spec.Options {
		if o.Required && o.Name != but {
			value := "5"
			if len(o.Enum) > 0 {
				value = o.Enum[0]
			}
			fmt.Fprintf(&b, "%s => %q ", o.Name, value)
		}
	}
	return b.String()
}

func checked(p cli.Program, text string) string {
	var out bytes.Buffer
	p.Stdout, p.Stderr = &out, &out
	cli.Main(p, []string{"-t", "-e", text})
	return out.String()
}

// TestSecretsInOtherPlacesAreNeverShown: URLs with a password, headers, and files with secrets that are given to options which print their value.
func TestSecretsInOtherPlacesAreNeverShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(planted+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PLANTED", planted)
	for _, text := range []string{
		`output { elasticsearch { hosts => ["http://me:` + planted + `@127.0.0.1:99999999"] } }`,
		`output { elasticsearch { hosts => ["ftp://me:` + planted + `@127.0.0.1:9200"] } }`,
		`output { elasticsearch { hosts => ["http://me:` + planted + `@"] } }`,
		`output { elasticsearch { hosts => ["http://me:` + planted + `@h"] proxy => "me:` + planted + `@h" } }`,
		`output { elasticsearch { hosts => ["http://me:${PLANTED}@127.0.0.1:x"] } }`,
		`output { elasticsearch { proxy => "http//me:${PLANTED}@h" } }`,
		`output { elasticsearch { proxy => "http://me:${PLANTED}@h:x" } }`,
		`output { elasticsearch { cloud_id => "x" cloud_auth => "${PLANTED}" } }`,
		`output { elasticsearch { cloud_id => "x" cloud_auth => "me:${PLANTED}" user => "me" api_key => "${PLANTED}" } }`,
		`output { elasticsearch { custom_headers => { "Authorization" => "Bearer ` + planted + `" } optoin => 1 } }`,
		`input { redis { host => "redis://me:${PLANTED}@h" key => "k" data_type => "list" } }`,
		`input { redis { host => "redis://me:` + planted + `@h" key => "k" data_type => "list" } }`,
		`input { rabbitmq { host => "amqp://me:${PLANTED}@h" queue => "q" } }`,
		`input { redis { host => "h" port => "${file:` + file + `}" key => "k" data_type => "${file:` + file + `}" } }`,
		`output { elasticsearch { data_stream => "${file:` + file + `}" index => "A${file:` + file + `}" } }`,
	} {
		unseen(t, text, checked(program(), text))
	}
}

// TestSecretsAreNeverShownAtWork looks at all that a running program says: its log at the lowest level, with connections that fail, and everything that
// its API answers.
func TestSecretsAreNeverShownAtWork(t *testing.T) {
	config := `
		input {
		  redis { host => "127.0.0.1" port => 1 password => "${PLANTED}" key => "k" data_type => "list" }
		  redis { host => "127.0.0.1" port => 1 username => "u" sentinel_password => "${PLANTED}" sentinel_master => "m" key => "k" data_type => "stream" }
		  rabbitmq { host => "127.0.0.1" port => 1 user => "u" password => "${PLANTED}" queue => "q" }
		}
		output {
		  elasticsearch { hosts => ["http://me:${PLANTED}@127.0.0.1:1"] }
		  elasticsearch { hosts => ["http://127.0.0.1:1"] user => "me" password => "${PLANTED}" proxy => "http://me:${PLANTED}@127.0.0.1:1" }
		  elasticsearch { hosts => ["http://127.0.0.1:1"] api_key => "me:${PLANTED}" custom_headers => { "X-Secret" => "${PLANTED}" } }
		  redis { host => ["127.0.0.1"] port => 1 password => "${PLANTED}" key => "k" data_type => "list" }
		  rabbitmq { host => "127.0.0.1" port => 1 password => "${PLANTED}" exchange => "x" exchange_type => "direct" }
		}`
	p := run(t, []string{"PLANTED=" + planted, "API_PASSWORD=" + planted}, "-e", config, "--log.level", "trace",
		"--api.http.port", "0-0", "--api.auth.type", "basic", "--api.auth.basic.username", "me", "--api.auth.basic.password", planted)
	p.says("output cannot be opened")
	url := p.url()
	get := func(path string) string {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("me", planted)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		data, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	p.eventually(func() bool { return strings.Contains(get("/_health_report"), "127.0.0.1:1") }, "the health report names the connections")
	for _, path := range []string{
		"/", "/_node", "/_node?graph=true", "/_node/pipelines", "/_node/pipelines/main?graph=true", "/_node/plugins", "/_node/stats", "/_node/stats/pipelines/main?vertices=true",
		"/_node/hot_threads", "/_node/logging", "/_health_report", "/metrics", "/livez", "/readyz", "/_castor/tap?wait=1", "/nowhere",
		"/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/",
	} {
		unseen(t, path, get(path))
	}
	p.signal(os.Interrupt)
	p.signal(os.Interrupt)
	<-p.done
	unseen(t, "the log", p.log.String())
	if code, out, errs := command("check", "--connect", "-e", strings.ReplaceAll(config, "${PLANTED}", planted)); code == 0 {
		t.Error("connections to nowhere are well")
	} else {
		unseen(t, "check --connect", out+errs)
	}
}
