// Package output_test runs the contract of outputs against every one there is.
package output_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"castor/internal/plugin"
	"castor/internal/plugins/indexer"
	"castor/internal/testkit/fakees"
	"castor/internal/testkit/netfault"
	"castor/internal/testkit/outputtest"
	"castor/internal/testkit/plugintest"
	"castor/internal/testkit/servers"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servers.Cleanup()
	if code == 0 {
		if err := goleak.Find(goleak.IgnoreTopFunction("castor/internal/testkit/servers.init.func1.1")); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

// subjects make one output and its other side each; a name's part after a blank tells kinds of one output apart.
var subjects = map[string]func(t *testing.T) outputtest.Subject{
	"null": func(t *testing.T) outputtest.Subject {
		return outputtest.Subject{Output: build(t, `null { }`, plugintest.Env(t))}
	},
	"stdout":        stdout,
	"file":          file,
	"pipeline":      otherPipeline,
	"redis list":    func(t *testing.T) outputtest.Subject { return redis(t, "list") },
	"redis stream":  func(t *testing.T) outputtest.Subject { return redis(t, "stream") },
	"redis channel": func(t *testing.T) outputtest.Subject { return redis(t, "channel") },
	"rabbitmq":      rabbitmq,
	"elasticsearch": elasticsearch,
}

func TestContract(t *testing.T) {
	for _, spec := range indexer.Specs() {
		found := spec.Type != plugin.OutputType
		for name := range subjects {
			found = found || strings.Split(name, " ")[0] == spec.Name
		}
		if !found {
			t.Errorf("the output %s has no subject here", spec.Name)
		}
	}
	for name, open := range subjects {
		t.Run(name, func(t *testing.T) { outputtest.Run(t, open) })
	}
}

func build(t *testing.T, text string, env plugin.Env) plugin.Output {
	t.Helper()
	return plugintest.Output(t, text, env, indexer.Specs()...)
}

// messages are those of events as JSON, one a line.
func messages(t *testing.T, lines []string) (out []string) {
	t.Helper()
	for _, line := range lines {
		var e struct{ Message string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, e.Message)
	}
	return out
}

func readLines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// stdout prints into a file.
func stdout(t *testing.T) outputtest.Subject {
	path := filepath.Join(t.TempDir(), "out")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	usual := os.Stdout
	os.Stdout = f
	defer func() { os.Stdout = usual }()
	return outputtest.Subject{
		Output:   build(t, `stdout { codec => json_lines }`, plugintest.Env(t)),
		Messages: func(t *testing.T) []string { return messages(t, readLines(t, path)) },
	}
}

// file has a folder that is away when a file stands in its place.
func file(t *testing.T) outputtest.Subject {
	dir := filepath.Join(t.TempDir(), "in")
	path := filepath.Join(dir, "log")
	try(t, os.Mkdir(dir, 0o700))
	return outputtest.Subject{
		Output:   build(t, fmt.Sprintf(`file { path => %q stale_cleanup_interval => 0 }`, path), plugintest.Env(t)),
		Messages: func(t *testing.T) []string { return messages(t, readLines(t, path)) },
		Away: func(t *testing.T) {
			try(t, os.Rename(dir, dir+".gone"), os.WriteFile(dir, nil, 0o600))
		},
		Back: func(t *testing.T) { try(t, os.Remove(dir), os.Rename(dir+".gone", dir)) },
	}
}

func try(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// otherPipeline is a listener that takes copies.
func otherPipeline(t *testing.T) outputtest.Subject {
	env := plugintest.Env(t)
	env.Addresses = plugin.NewAddresses()
	var mu sync.Mutex
	var got []string
	var stop func()
	listen := func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() {
			ended <- env.Addresses.Listen(ctx, "there", func(_ context.Context, d plugin.Delivery) error {
				mu.Lock()
				got = append(got, plugintest.Messages(d.Events)...)
				mu.Unlock()
				go d.Done(nil)
				return nil
			})
		}()
		stop = func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	listen(t)
	t.Cleanup(func() { stop() })
	return outputtest.Subject{
		Output: build(t, `pipeline { send_to => ["there"] }`, env),
		Messages: func(*testing.T) []string {
			mu.Lock()
			defer mu.Unlock()
			return append([]string(nil), got...)
		},
		Away: func(*testing.T) { stop() },
		Back: listen,
	}
}

// through gives an output a proxy before a server, which takes the server away.
func through(t *testing.T, addr string, build func(host, port string) plugin.Output) outputtest.Subject {
	proxy := netfault.New(t, addr)
	host, port, err := net.SplitHostPort(proxy.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return outputtest.Subject{
		Output: build(host, port),
		Away:   func(*testing.T) { proxy.Refuse() },
		Back:   func(*testing.T) { proxy.Heal() },
	}
}

func redis(t *testing.T, kind string) outputtest.Subject {
	server := servers.Redis(t)
	c := goredis.NewClient(&goredis.Options{Addr: server.Addr})
	t.Cleanup(func() { _ = c.Close() })
	s := through(t, server.Addr, func(host, port string) plugin.Output {
		return build(t, fmt.Sprintf(`redis { host => %q port => %s data_type => %q key => "out" timeout => 2 reconnect_interval => 1 }`, host, port, kind), plugintest.Env(t))
	})
	switch kind {
	case "list":
		s.Messages = func(t *testing.T) []string { return messages(t, must(c.LRange(t.Context(), "out", 0, -1).Result())) }
	case "stream":
		s.Messages = func(t *testing.T) []string {
			var lines []string
			for _, m := range must(c.XRange(t.Context(), "out", "-", "+").Result()) {
				for _, v := range m.Values {
					lines = append(lines, v.(string))
				}
			}
			return messages(t, lines)
		}
	case "channel":
		s.Messages = subscribed(t, c)
	}
	return s
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// subscribed collects what is published from now on.
func subscribed(t *testing.T, c *goredis.Client) func(*testing.T) []string {
	sub := c.Subscribe(t.Context(), "out")
	must(sub.Receive(t.Context()))
	var mu sync.Mutex
	var lines []string
	ended := make(chan struct{})
	in := sub.Channel(goredis.WithChannelSize(10_000))
	go func() {
		defer close(ended)
		for m := range in {
			mu.Lock()
			lines = append(lines, m.Payload)
			mu.Unlock()
		}
	}()
	t.Cleanup(func() { _ = sub.Close(); <-ended })
	return func(t *testing.T) []string {
		mu.Lock()
		defer mu.Unlock()
		return messages(t, lines)
	}
}

func rabbitmq(t *testing.T) outputtest.Subject {
	server := servers.RabbitMQ(t)
	name := "contract." + strings.ReplaceAll(t.Name(), "/", ".")
	conn := must(amqp.Dial("amqp://guest:guest@" + server.Addr + "/"))
	t.Cleanup(func() { _ = conn.Close() })
	ch := must(conn.Channel())
	if err := ch.ExchangeDeclare(name, "fanout", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	must(ch.QueueDeclare(name, true, false, false, false, nil))
	if err := ch.QueueBind(name, "", name, false, nil); err != nil {
		t.Fatal(err)
	}
	s := through(t, server.Addr, func(host, port string) plugin.Output {
		return build(t, fmt.Sprintf(`rabbitmq { host => %q port => %s exchange => %q exchange_type => "fanout" durable => true persistent => true connect_retry_interval => 1 }`, host, port, name), plugintest.Env(t))
	})
	var lines []string
	s.Messages = func(t *testing.T) []string {
		for {
			d, ok, err := ch.Get(name, true)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return messages(t, lines)
			}
			lines = append(lines, string(d.Body))
		}
	}
	return s
}

func elasticsearch(t *testing.T) outputtest.Subject {
	es := fakees.New(t)
	es.Judge = func(d fakees.Document) *fakees.Fault {
		if strings.Contains(d.Source, `"`+outputtest.Refused+`"`) {
			return &fakees.Fault{Status: 400, Type: "document_parsing_exception", Reason: "not wanted"}
		}
		return nil
	}
	s := through(t, strings.TrimPrefix(es.URL, "http://"), func(host, port string) plugin.Output {
		return build(t, fmt.Sprintf(`elasticsearch { hosts => ["http://%s:%s"] index => "contract" timeout => 2 }`, host, port), plugintest.Env(t))
	})
	s.Unordered, s.Refuses = true, true
	s.Messages = func(t *testing.T) []string {
		var lines []string
		for _, d := range es.Documents("contract") {
			lines = append(lines, d.Source)
		}
		return messages(t, lines)
	}
	return s
}
