package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/plugins/indexer"
)

// The test binary is the program itself where this variable asks for it, so that signals reach a process of its own.
const asProgram = "CASTOR_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Main(program(), os.Args[1:]))
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

func program() cli.Program {
	return cli.Program{Name: "castor-indexer", Registry: indexer.Plugins(), Commands: indexcmd.Commands(), DeadLetters: indexcmd.OpenDeadLetters}
}

// command runs a command in this process.
func command(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	p := program()
	p.Stdout, p.Stderr = &out, &errs
	code = cli.Main(p, args)
	return code, out.String(), errs.String()
}

// buffer collects what a process says.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// process is a program that runs.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  *buffer
	done chan error
}

func run(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, log: &buffer{}, done: make(chan error, 1)}
	p.cmd = exec.Command(os.Args[0], append(args, "--path.data", t.TempDir())...)
	p.cmd.Env = append(os.Environ(), append(env, asProgram+"=1")...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

func (p *process) eventually(ok func() bool, what string) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("waited in vain: %s; the log:\n%s", what, p.log)
		}
	}
}

func (p *process) says(text string) {
	p.t.Helper()
	p.eventually(func() bool { return strings.Contains(p.log.String(), text) }, "the log says "+text)
}

var apiAddress = regexp.MustCompile(`monitoring API answers" address=(\S+)`)

// url is where the process's API answers.
func (p *process) url() string {
	p.t.Helper()
	p.says("monitoring API answers")
	return "http://" + apiAddress.FindStringSubmatch(p.log.String())[1]
}

func (p *process) get(path string) map[string]any {
	p.t.Helper()
	answer, err := http.Get(p.url() + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		p.t.Fatalf("%s: %v: %s", path, err, data)
	}
	return v
}

// ready waits until all pipelines have been started.
func (p *process) ready() {
	p.t.Helper()
	p.eventually(func() bool {
		answer, err := http.Get(p.url() + "/readyz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, "/readyz is 200")
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) end() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case err := <-p.done:
		if err != nil {
			p.t.Errorf("ended by %v:\n%s", err, p.log)
		}
	case <-time.After(30 * time.Second):
		p.t.Fatalf("does not end:\n%s", p.log)
	}
}

func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		put(t, filepath.Join(dir, name), text)
	}
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

const idle = `input { pipeline { address => "a" } } filter { mutate { id => "%s" } } output { stdout { } }`

func freePorts(extra ...string) []string {
	return append([]string{"--api.http.port", "9820-9899"}, extra...)
}

func TestPipelinesFile(t *testing.T) {
	dir := files(t, map[string]string{
		"castor.yml": "pipeline:\n  batch:\n    size: 77\nnode.name: ${NODE:n1}\n",
		"pipelines.yml": `
- pipeline.id: up
  config.string: 'input { generator { count => 3 } } output { pipeline { send_to => "down" } }'
  pipeline.workers: 1
  queue.type: persisted
- pipeline.id: down
  config.string: 'input { pipeline { address => "down" } } filter { mutate { add_field => { "by" => "down" } } } output { stdout { codec => json } }'
  pipeline: { batch: { size: 5 } }
`})
	p := run(t, nil, append(freePorts(), "--path.settings", dir)...)
	select {
	case err := <-p.done:
		if err != nil {
			t.Fatalf("%v: %s", err, p.log)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("two pipelines whose events came to their end do not end:\n%s", p.log)
	}
	if n := strings.Count(p.log.String(), `"by":"down"`); n != 3 {
		t.Errorf("%d events, want 3:\n%s", n, p.log)
	}
	if !strings.Contains(p.log.String(), "queue.type has no effect") {
		t.Errorf("a setting without effect is not told:\n%s", p.log)
	}
}

func TestSettingsOfPipelines(t *testing.T) {
	dir := files(t, map[string]string{
		"castor.yml":    "pipeline.batch.size: 77\nnode.name: ${NODE_NAME_FOR_TEST:n1}\n",
		"pipelines.yml": "- pipeline.id: a\n  config.string: '" + fmt.Sprintf(idle, "x") + "'\n- pipeline.id: b\n  config.string: 'input { pipeline { address => \"b\" } } output { stdout { } }'\n  pipeline.batch.size: 5\n",
	})
	p := run(t, []string{"NODE_NAME_FOR_TEST=n2"}, append(freePorts(), "--path.settings", dir)...)
	p.ready()
	o := p.get("/_node")
	sizes := fmt.Sprint(o["pipelines"].(map[string]any)["a"].(map[string]any)["batch_size"], o["pipelines"].(map[string]any)["b"].(map[string]any)["batch_size"])
	if sizes != "77 5" || o["name"] != "n2" {
		t.Errorf("batch sizes %s, name %v", sizes, o["name"])
	}
	p.end()
}

func TestMistakesInPipelinesFile(t *testing.T) {
	for text, want := range map[string]string{
		"- pipeline.id: a\n": "path.config or config.string",
		"- path.config: x\n": "has no pipeline.id",
		"[]":                 "lists no pipeline",
		"pipeline.id: a":     "a list of pipelines",
		"- {pipeline.id: a, config.string: 'x', pipeline.wokers: 1}":                                                                 `did you mean "pipeline.workers"?`,
		"- {pipeline.id: a, config.string: '', path.config: x, pipeline.workers: many}":                                              "pipeline.workers",
		"- {pipeline.id: a, config.string: 'input { generator { } }'}\n- {pipeline.id: a, config.string: 'input { generator { } }'}": `the id "a"`,
		"- {pipeline.id: a, config.string: '${NOT_SET_ANYWHERE}'}":                                                                   "NOT_SET_ANYWHERE",
	} {
		dir := files(t, map[string]string{"pipelines.yml": text})
		for _, args := range [][]string{{"check"}, {"-t"}, {"run", "--path.data", t.TempDir(), "--api.enabled=false"}} {
			code, out, errs := command(append(args, "--path.settings", dir)...)
			if code != cli.ExitConfig || !strings.Contains(errs, want) {
				t.Errorf("%s: %q: code %d, want %q in %s%s", args[0], text, code, want, out, errs)
			}
		}
	}
}

// One pipeline that is wrong does not keep the others from running.
func TestOneOfTwoIsWrong(t *testing.T) {
	dir := files(t, map[string]string{"pipelines.yml": "- pipeline.id: a\n  config.string: '" + fmt.Sprintf(idle, "x") + "'\n- pipeline.id: b\n  config.string: 'input { nosuch { } }'\n"})
	p := run(t, nil, append(freePorts(), "--path.settings", dir)...)
	p.says(`no input plugin named "nosuch"`)
	p.eventually(func() bool { return p.get("/_health_report")["status"] == "red" }, "health is red")
	p.end2(cli.ExitRuntime)
}

func (p *process) end2(want int) {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	<-p.done
	if code := p.cmd.ProcessState.ExitCode(); code != want {
		p.t.Errorf("exit code %d, want %d:\n%s", code, want, p.log)
	}
}

func TestReloadBySignalAndByItself(t *testing.T) {
	for _, automatic := range []bool{false, true} {
		t.Run(fmt.Sprintf("automatic=%v", automatic), func(t *testing.T) {
			dir := files(t, map[string]string{"p.conf": fmt.Sprintf(idle, "first")})
			conf := filepath.Join(dir, "p.conf")
			args := freePorts("-f", conf, "--path.settings", dir)
			if automatic {
				args = append(args, "-r", "--config.reload.interval", "50ms")
			}
			p := run(t, nil, args...)
			hangup := func() {
				if !automatic {
					p.signal(syscall.SIGHUP)
				}
			}
			id := func() string {
				filters, _ := at(p.get("/_node/stats"), "pipelines", "main", "plugins", "filters").([]any)
				if len(filters) == 0 {
					return "" // it is just being started
				}
				return at(filters[0], "id").(string)
			}
			p.eventually(func() bool { return id() == "first" }, "the first one runs")
			put(t, conf, fmt.Sprintf(idle, "second"))
			hangup()
			p.eventually(func() bool { return id() == "second" }, "the second one runs")
			put(t, conf, "input { nosuch { } }")
			hangup()
			p.says("the new configuration is not taken")
			if id() != "second" || at(p.get("/_node/stats/reloads"), "reloads", "failures") != 1.0 {
				t.Errorf("after a wrong one: %v", p.get("/_node/stats/reloads"))
			}
			p.end()
		})
	}
}

func at(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// A port and a file's positions are free when the new pipeline opens them, and the file is read on where the old one stopped.
func TestReloadOfAFile(t *testing.T) {
	dir := files(t, map[string]string{"in.log": "", "p.conf": ""})
	in, conf := filepath.Join(dir, "in.log"), filepath.Join(dir, "p.conf")
	text := func(i int) string {
		return fmt.Sprintf(`input { file { path => "%s" start_position => "beginning" sincedb_path => "%s" discover_interval => 1 stat_interval => 0.02 } udp { port => 19821 host => "127.0.0.1" } }
			filter { mutate { add_field => { "version" => "%d" } } } output { stdout { codec => json_lines } }`, in, filepath.Join(dir, "sincedb"), i)
	}
	put(t, conf, text(0))
	p := run(t, nil, freePorts("-f", conf, "--path.settings", dir)...)
	p.says("pipeline starts")
	f, err := os.OpenFile(in, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	written := 0
	for i := 1; i <= 4; i++ {
		for range 50 {
			fmt.Fprintf(f, "line %d.\n", written)
			written++
		}
		put(t, conf, text(i))
		p.signal(syscall.SIGHUP)
		p.eventually(func() bool { return strings.Count(p.log.String(), "the configurations are taken up") == i }, "the change is taken up")
	}
	p.eventually(func() bool { return strings.Count(p.log.String(), `"message":"line `) >= written }, "all lines come")
	p.end()
	for i := range written {
		if n := strings.Count(p.log.String(), fmt.Sprintf(`"message":"line %d."`, i)); n != 1 {
			t.Fatalf("line %d came %d times:\n%s", i, n, p.log)
		}
	}
}

func TestSettingsOfTheAPI(t *testing.T) {
	conf := fmt.Sprintf(idle, "x")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--api.http.host", "0.0.0.0"}, "api.auth.type: basic"},
		{[]string{"--api.auth.type", "basic"}, "api.auth.basic.username"},
		{[]string{"--api.http.port", "many"}, "api.http.port"},
		{[]string{"--api.ssl.enabled"}, "api.ssl.certificate"},
	} {
		code, _, errs := command(append(c.args, "-e", conf, "--path.settings", t.TempDir(), "--path.data", t.TempDir())...)
		if code != cli.ExitConfig || !strings.Contains(errs, c.want) {
			t.Errorf("%v: code %d, %s", c.args, code, errs)
		}
	}
}

func TestTapAndTop(t *testing.T) {
	p := run(t, nil, freePorts("-e", `input { generator { count => 0 } } filter { sleep { time => 0.001 every => 1 } mutate { id => "m" add_tag => ["t"] } } output { null { } }`, "--path.settings", t.TempDir())...)
	url := p.url()
	code, out, errs := command("tap", "m", "--url", url, "-n", "3")
	for deadline := time.Now().Add(20 * time.Second); code != 0 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		code, out, errs = command("tap", "m", "--url", url, "-n", "3") // the API answers before the pipeline runs
	}
	if code != 0 || strings.Count(out, `"tags":["t"]`) != 3 || !strings.Contains(errs, "3 events of m shown") {
		t.Errorf("tap: %d %s %s", code, out, errs)
	}
	code, out, _ = command("top", "--url", url)
	if code != 0 || !strings.Contains(out, "PIPELINE main") || !strings.Contains(out, "filter/mutate") || !strings.Contains(out, "green") {
		t.Errorf("top: %d %s", code, out)
	}
	for _, args := range [][]string{{"tap", "nosuch", "--url", url}, {"top", "--url", "http://127.0.0.1:1"}} {
		if code, _, errs := command(args...); code != cli.ExitRuntime || !strings.Contains(errs, "monitoring API") {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	p.signal(syscall.SIGTERM)
	p.signal(syscall.SIGTERM)
	<-p.done
}

func TestNotify(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	said := make(chan string, 100)
	go func() {
		buf := make([]byte, 1000)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			said <- string(buf[:n])
		}
	}()
	hears := func(want string) {
		t.Helper()
		for {
			select {
			case s := <-said:
				if strings.HasPrefix(s, want) {
					return
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("systemd does not hear %s", want)
			}
		}
	}
	p := run(t, []string{"NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=100000"}, freePorts("-e", fmt.Sprintf(idle, "x"), "--path.settings", t.TempDir())...)
	hears("READY=1")
	hears("WATCHDOG=1")
	p.signal(syscall.SIGHUP)
	hears("RELOADING=1\nMONOTONIC_USEC=")
	hears("READY=1")
	p.signal(syscall.SIGTERM)
	hears("STOPPING=1")
	<-p.done
}

func TestCheckConnect(t *testing.T) {
	code, out, _ := command("check", "--connect", "--path.settings", t.TempDir(), "-e", `input { generator { } } output { redis { host => "127.0.0.1:1" key => "k" data_type => "list" } }`)
	if code != cli.ExitRuntime || !strings.Contains(out, "Configuration OK") || !strings.Contains(out, "FAILED  output/redis") {
		t.Errorf("%d %s", code, out)
	}
	code, out, _ = command("check", "--connect", "--path.settings", t.TempDir(), "-e", `input { generator { } } output { stdout { } }`)
	if code != 0 || !strings.Contains(out, "no connection") && !strings.Contains(out, "No plugin") {
		t.Errorf("%d %s", code, out)
	}
}

func TestSettingsFile(t *testing.T) {
	for text, want := range map[string]string{
		"pipeline.wokers: 1":                  `did you mean "pipeline.workers"?`,
		"pipeline.workers: many":              "whole number",
		"queue.type: persisted":               "Configuration OK",
		"xpack.monitoring.enabled: no":        "Configuration OK",
		"log.level: ${NOT_SET_IN_TEST}":       "NOT_SET_IN_TEST",
		"log.level: ${NOT_SET_IN_TEST:debug}": "Configuration OK",
		"a: [":                                "castor.yml",
	} {
		dir := files(t, map[string]string{"castor.yml": text})
		_, out, errs := command("-t", "-e", `input { generator { } }`, "--path.settings", dir)
		if !strings.Contains(out+errs, want) {
			t.Errorf("%q: %s%s, want %s", text, out, errs, want)
		}
	}
}
