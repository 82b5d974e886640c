package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"

	"castor/internal/event"
	"castor/internal/plugins/codec/msgpack"
	"castor/internal/testkit/plugintest"
	"castor/internal/testkit/servers"
)

// beaverRun is what Beaver (c9b6335 on Python 2.7.18) sent to a Redis: its file, the logs before it started and what was written
// to them then. {DIR}, {REDIS}, {KEY} and {TIME} stand for what differs from run to run.
type beaverRun struct {
	INI           []string
	Args          []string
	Follows       []string
	Before, After map[string]bytesOrText
	Expect        map[string][]string
}

// bytesOrText is a text, or {"__bin": BASE64}.
type bytesOrText []byte

func (b *bytesOrText) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		*b = bytesOrText(text)
		return nil
	}
	var bin struct {
		Bin []byte `json:"__bin"`
	}
	err := json.Unmarshal(data, &bin)
	*b = bin.Bin
	return err
}

// TestBeaverSameEvents converts configurations of Beaver and holds what the shipper sends against what Beaver sent.
func TestBeaverSameEvents(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "beaver", "*.json"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d recorded runs: %v", len(files), err)
	}
	redis := servers.Redis(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var run beaverRun
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			decode(t, data, &run)
			run.check(t, redis.Addr, name)
		})
	}
}

func (r beaverRun) check(t *testing.T, addr, key string) {
	dir := t.TempDir()
	fill := strings.NewReplacer("{DIR}", dir, "{REDIS}", addr, "{KEY}", key)
	r.write(t, dir, r.Before, fill)
	args := append([]string{"convert", "-C", "/nonexistent"}, r.Args...)
	for i := range args {
		args[i] = fill.Replace(args[i])
	}
	env := []string{"CASTOR_HOME=/home/x y"}
	conf := converted(t, env, append(args, write(t, "beaver.ini", fill.Replace(strings.Join(r.INI, "\n")+"\n")))...)
	invoke(t, "shipper", env, "", "-t", "-f", conf, "--path.data", t.TempDir()).want(t, 0, "Configuration OK")

	p := start(t, "shipper", env, "-f", conf)
	eventually(t, 60*time.Second, "the files are followed", func() (bool, string) {
		files := p.open(dir)
		return len(files) >= len(r.Follows), fmt.Sprint(files)
	})
	r.write(t, dir, r.After, fill)
	c := goredis.NewClient(&goredis.Options{Addr: addr})
	defer c.Close()
	for list, want := range r.Expect {
		eventually(t, 60*time.Second, "every event is sent", func() (bool, string) {
			n, err := c.LLen(context.Background(), fill.Replace(list)).Result()
			return n >= int64(len(want)), fmt.Sprintf("%d of %d, %v", n, len(want), err)
		})
	}
	p.finish()
	for list, want := range r.Expect {
		got, err := c.LRange(context.Background(), fill.Replace(list), 0, -1).Result()
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			want[i] = canonical(t, fill.Replace(want[i]))
		}
		for i := range got {
			got[i] = canonical(t, got[i])
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", list, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestBeaverRabbitMQ sends before anybody consumes: the converted configuration declares the queue, as Beaver does.
func TestBeaverRabbitMQ(t *testing.T) {
	s, dir := servers.RabbitMQ(t), t.TempDir()
	log := filepath.Join(dir, "a.log")
	conf := converted(t, nil, "convert", "-C", "/nonexistent", write(t, "beaver.ini", fmt.Sprintf(`[beaver]
transport: rabbitmq
rabbitmq_host: 127.0.0.1
rabbitmq_port: %d
rabbitmq_exchange: beaver
rabbitmq_exchange_type: topic
rabbitmq_exchange_durable: 1
rabbitmq_key: node.log
rabbitmq_queue: of-beaver
rabbitmq_queue_durable: 1
rabbitmq_arguments: x-max-length:1000,x-overflow:reject-publish
rabbitmq_delivery_mode: 2
hostname: web-1
[%s]
start_position: beginning
type: syslog
add_field: env,prod
`, s.Port, log)))
	if err := os.WriteFile(log, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "shipper", nil, "-f", conf)
	c, err := amqp.Dial("amqp://guest:guest@" + s.Addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	eventually(t, 60*time.Second, "the lines are in the queue", func() (bool, string) {
		ch, err := c.Channel()
		if err != nil {
			return false, err.Error()
		}
		defer ch.Close()
		q, err := ch.QueueDeclarePassive("of-beaver", true, false, false, false, nil)
		return err == nil && q.Messages == 2, fmt.Sprint(q.Messages, err)
	})
	p.finish()
	got := filepath.Join(dir, "got")
	start(t, "indexer", nil, "-e", fmt.Sprintf(`input { rabbitmq { host => "127.0.0.1" port => %d queue => "of-beaver" passive => true } }
		output { file { path => %q codec => json_lines } }`, s.Port, got))
	eventually(t, 60*time.Second, "two events arrive", func() (bool, string) {
		data, _ := os.ReadFile(got)
		return bytes.Count(data, []byte("\n")) == 2, string(data)
	})
	data, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		want := fmt.Sprintf(`{"@timestamp":"TIME","@version":1,"env":["prod"],"file":%q,"host":"web-1","message":%q,"type":"syslog"}`, log, []string{"one", "two"}[i])
		if line = strings.TrimSpace(canonical(t, line)); line != want {
			t.Errorf("got %s, want %s", line, want)
		}
	}
}

// converted gives the file with what castor-shipper convert prints.
func converted(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(programs, "castor-shipper"), args...)
	cmd.Env = append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("castor-shipper %v: %v\n%s", args, err, errs.String())
	}
	return write(t, "shipper.conf", string(out))
}

// write appends to the logs; those of conf.d are configurations.
func (r beaverRun) write(t *testing.T, dir string, files map[string]bytesOrText, fill *strings.Replacer) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path, text := filepath.Join(dir, name), []byte(files[name])
		if strings.HasPrefix(name, "conf.d/") {
			text = []byte(fill.Replace(string(text)))
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.Write(text)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// open are the files below a folder that the program has open.
func (p *program) open(dir string) []string {
	folder := fmt.Sprintf("/proc/%d/fd", p.Pid())
	descriptors, err := os.ReadDir(folder)
	if err != nil {
		p.t.Fatal(err)
	}
	var paths []string
	for _, d := range descriptors {
		if path, err := os.Readlink(filepath.Join(folder, d.Name())); err == nil && strings.HasPrefix(path, dir+"/") {
			paths = append(paths, path)
		}
	}
	return paths
}

var aTime = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z|\{TIME\}`)

// canonical is a message without the time of reading, Castor's identity, and lists and objects of nothing, which Castor leaves out.
func canonical(t *testing.T, text string) string {
	if strings.HasPrefix(text, "{") || text != "" && text[0]&0xf0 == 0x80 {
		return canonicalObject(t, text)
	}
	return aTime.ReplaceAllString(text, "TIME")
}

func canonicalObject(t *testing.T, text string) string {
	if text[0] != '{' {
		c := plugintest.Codec(t, "msgpack { }", plugintest.Env(t), msgpack.Spec)
		c.Decode(text, func(e *event.Event) { text = string(e.AppendJSON(nil)) })
	}
	object := document{}
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		return text // a raw line that looks like one
	}
	delete(object, "@metadata")
	for name, v := range object {
		if s := fmt.Sprint(v); s == "[]" || s == "map[]" {
			delete(object, name)
		}
	}
	if s, _ := object["@timestamp"].(string); !strings.HasPrefix(s, "2020-") { // such a one is the log's own
		object["@timestamp"] = "TIME"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(object)
	return b.String()
}
