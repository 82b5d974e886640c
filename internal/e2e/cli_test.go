package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// result is what a program that ended left behind.
type result struct {
	code        int
	out, errors string
}

// invoke runs a program to its end, which must come by itself.
func invoke(t *testing.T, name string, env []string, stdin string, args ...string) result {
	t.Helper()
	args = append(args, "--path.settings", "/nonexistent")
	cmd := exec.Command(filepath.Join(programs, "castor-"+name), args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	cmd.Env = append(os.Environ(), env...)
	timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (r result) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	all := r.out + r.errors
	if r.code != code {
		t.Errorf("exit code %d, want %d:\n%s", r.code, code, all)
	}
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("%q is not in:\n%s", text, all)
		}
	}
	if strings.Contains(all, "goroutine ") || strings.Contains(all, "panic:") {
		t.Errorf("a stack trace:\n%s", all)
	}
}

func TestConfigPaths(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"10-in.conf":    `input { generator { lines => ["one"] count => 1 } }`,
		"20-tag.conf":   `filter { mutate { add_tag => ["first"] } }`,
		"30-tag.conf":   `filter { mutate { add_tag => ["second"] } }`,
		"40-out.conf":   `output { stdout { codec => json } }`,
		"ignored.conf~": `this is no configuration`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := []string{"--path.data", t.TempDir()}
	const both = `"tags":["first","second"]`
	for _, path := range []string{dir, filepath.Join(dir, "*.conf")} {
		invoke(t, "shipper", nil, "", append(data, "-f", path)...).want(t, 0, both)
	}
	invoke(t, "shipper", nil, "", append(data, "-f", filepath.Join(dir, "10*.conf"), "-t")...).want(t, 0, "Configuration OK")
	invoke(t, "shipper", nil, "", append(data, "-f", filepath.Join(dir, "none.conf"))...).want(t, 1, "none.conf")
	invoke(t, "shipper", nil, "", append(data, "-f", filepath.Join(dir, "no*.conf"))...).want(t, 1, "no*.conf")
}

func TestConfigString(t *testing.T) {
	data := []string{"--path.data", t.TempDir()}
	invoke(t, "shipper", nil, "hello\n", append(data, "-e", `filter { mutate { add_tag => ["x"] } }`)...).
		want(t, 0, `"message" => "hello"`, `"tags" => [`)
	invoke(t, "shipper", nil, "hello\n", append(data, "-e", "")...).want(t, 1, "no configuration")
	invoke(t, "shipper", nil, "hello\n", append(data, "-e", `output { stdout { codec => json } }`)...).want(t, 0, `"message":"hello"`)
}

func TestSubstitution(t *testing.T) {
	secret := write(t, "secret", "from a file\n")
	conf := `input { generator { lines => ["${WORD}"] count => 1 add_field => { "d" => "${NOT_SET:by default}" "s" => "${file:` + secret + `}" } } }
		output { stdout { codec => json } }`
	args := []string{"--path.data", t.TempDir(), "-f", write(t, "c.conf", conf)}
	invoke(t, "shipper", []string{"WORD=by variable"}, "", args...).want(t, 0, `"message":"by variable"`, `"d":"by default"`, `"s":"from a file"`)
	invoke(t, "shipper", nil, "", args...).want(t, 1, "c.conf:1:32", "WORD")
	missing := strings.Replace(conf, secret, secret+"-gone", 1)
	invoke(t, "shipper", []string{"WORD=w"}, "", "-f", write(t, "d.conf", missing), "-t").want(t, 1, "d.conf:1:", "secret-gone")
}

// The name that a container was given stands for the machine's.
func TestHostName(t *testing.T) {
	invoke(t, "shipper", nil, "", "-e", `input { generator { count => 1 } } output { stdout { codec => json } }`, "--host.name", "node-9", "--path.data", t.TempDir()).
		want(t, 0, `"host":"node-9"`)
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		text string
	}{
		{[]string{"run"}, 1, "no configuration"},
		{[]string{"--no.such.flag"}, 1, "no.such.flag"},
		{[]string{"rum"}, 1, `did you mean "run"?`},
		{[]string{"-e", "input { generatr { } }", "-t"}, 1, `did you mean "generator"?`},
		{[]string{"-e", `input { stdin { } }`, "-t"}, 0, "Configuration OK"},
		{[]string{"check", "-e", `input { stdin { } }`}, 0, "Configuration OK"},
		{[]string{"version"}, 0, "castor-shipper"},
		{[]string{"docs", "file"}, 0, "start_position"},
		{[]string{"-e", `input { tcp { port => 1 host => "192.0.2.1" } }`}, 2, "192.0.2.1"},
		{[]string{"-e", "input { stdin { } }", "--path.data", "/proc/nowhere"}, 2, "/proc/nowhere"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			args := c.args
			if strings.HasPrefix(args[0], "-e") && !strings.Contains(strings.Join(args, " "), "--path.data") {
				args = append(args, "--path.data", t.TempDir())
			}
			if args[0] == "version" || args[0] == "docs" || args[0] == "rum" {
				out, err := exec.Command(filepath.Join(programs, "castor-shipper"), args...).CombinedOutput()
				var exit *exec.ExitError
				code := 0
				if errors.As(err, &exit) {
					code = exit.ExitCode()
				}
				result{code, string(out), ""}.want(t, c.code, c.text)
				return
			}
			invoke(t, "shipper", nil, "", args...).want(t, c.code, c.text)
		})
	}
}

// TestDrain: SIGTERM ends a shipper when what it read is written; a second signal, or the drain's deadline, ends it at once where the
// broker is away.
func TestDrain(t *testing.T) {
	l := redisList(t)
	conf := write(t, "c.conf", `input { generator { lines => ["one"] } }
		output { redis { host => "127.0.0.1" port => "${REDIS_PORT}" data_type => "list" key => "logstash" } }`)
	p := start(t, "shipper", []string{l.env()}, "-f", conf)
	eventually(t, 20*time.Second, "events flow", func() (bool, string) { return l.length() > 5000, fmt.Sprint(l.length()) })
	p.finish()
	n := l.length()
	if !strings.Contains(p.Log(), fmt.Sprintf("out=%d ", n)) || !strings.Contains(p.Log(), fmt.Sprintf("in=%d ", n)) {
		t.Errorf("%d events are in the list:\n%s", n, p.Log())
	}
}

// multilineConf keeps streams in one worker each, so that inputs hand events to workers that may be blocked.
const multilineConf = `input { generator { lines => ["one"] } }
	filter { multiline { pattern => "^ " what => "previous" } }
	output { redis { host => "127.0.0.1" port => 1 data_type => "list" key => "logstash" } }`

func TestDrainDeadline(t *testing.T) {
	for _, conf := range []string{multilineConf, strings.Replace(multilineConf, "multiline { pattern => \"^ \" what => \"previous\" }", "", 1)} {
		p := start(t, "shipper", nil, "-e", conf, "--pipeline.drain_timeout", "1s", "-w", "2")
		time.Sleep(time.Second)
		from := time.Now()
		p.finish()
		if !strings.Contains(p.Log(), "did not confirm in time") {
			t.Errorf("it ended after %v without a word about what is not written:\n%s", time.Since(from), p.Log())
		}
	}
}

func TestSecondSignal(t *testing.T) {
	p := start(t, "shipper", nil, "-e", multilineConf)
	time.Sleep(time.Second)
	_ = p.Signal(15)
	eventually(t, 10*time.Second, "the first signal is heard", func() (bool, string) { return strings.Contains(p.Log(), "stopping: "), p.Log() })
	p.finish()
}
