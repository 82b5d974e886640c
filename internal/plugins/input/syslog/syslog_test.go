package syslog_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/json"
	"castor/internal/plugins/codec/plain"
	"castor/internal/plugins/input/syslog"
	"castor/internal/testkit/plugintest"
)

const patience = 60 * time.Second

// receiver is a running input with what it received.
type receiver struct {
	port int
	mu   sync.Mutex
	got  []*event.Event
}

// listen starts the input on a port that is free for both protocols.
func listen(t *testing.T, options string, ecs plugin.ECS) *receiver {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{port: l.Addr().(*net.TCPAddr).Port}
	_ = l.Close()
	env := plugintest.Env(t)
	env.ECS = ecs
	env.Now = func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }
	in := plugintest.Input(t, fmt.Sprintf(`syslog { host => "127.0.0.1" port => %d %s }`, r.port, options), env, syslog.Spec, plain.Spec, json.Spec)
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		err := in.Run(ctx, func(_ context.Context, d plugin.Delivery) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.got = append(r.got, d.Events...)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); wg.Wait() })
	r.until(t, func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", r.port))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return r
}

func (r *receiver) until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing came in time")
		}
	}
}

// next waits for the next event. What UDP lost is sent again by send.
func (r *receiver) next(t *testing.T, send func()) *event.Event {
	t.Helper()
	send()
	last := time.Now()
	var e *event.Event
	r.until(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.got) > 0 {
			e, r.got = r.got[0], r.got[1:]
			return true
		}
		if time.Since(last) > 5*time.Second {
			send()
			last = time.Now()
		}
		return false
	})
	return e
}

func (r *receiver) send(t *testing.T, network, text string) func() {
	return func() {
		c, err := net.Dial(network, fmt.Sprintf("127.0.0.1:%d", r.port))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
}

func show(e *event.Event) string { return string(e.AppendJSON(nil)) }

func TestMessages(t *testing.T) {
	r := listen(t, `timezone => "Europe/Athens" type => "net"`, plugin.ECSDisabled)
	const message = "<34>Oct 11 22:14:15 mymachine su[231]: 'su root' failed"
	want := `{"@timestamp":"2026-10-11T19:14:15.000Z","@version":"1","message":"'su root' failed","type":"net","host":"127.0.0.1","priority":34,"timestamp":"Oct 11 22:14:15","logsource":"mymachine","program":"su","pid":"231","severity":2,"facility":4,"facility_label":"security/authorization","severity_label":"Critical"}`
	for _, network := range []string{"udp", "tcp"} {
		text := message
		if network == "tcp" {
			text += "\n"
		}
		if got := show(r.next(t, r.send(t, network, text))); !same(got, want) {
			t.Errorf("%s:\nwant %s\n got %s", network, want, got)
		}
	}
	got := show(r.next(t, r.send(t, "tcp", "no syslog at all\n")))
	if !strings.Contains(got, `"tags":["_grokparsefailure_sysloginput"]`) || !strings.Contains(got, `"priority":13,"severity":5,"facility":1`) || !strings.Contains(got, `"facility_label":"user-level"`) {
		t.Error(got)
	}
	got = show(r.next(t, r.send(t, "tcp", "<13>2024-05-06T07:08:09.123+02:00 h app: text\n")))
	if !strings.Contains(got, `"@timestamp":"2024-05-06T05:08:09.123Z"`) || !strings.Contains(got, `"message":"text"`) {
		t.Error(got)
	}
}

// same compares without the order of fields.
func same(a, b string) bool {
	var d event.Decoder
	x, err1 := d.Decode(a)
	y, err2 := d.Decode(b)
	return err1 == nil && err2 == nil && x.Equal(y)
}

func TestECS(t *testing.T) {
	r := listen(t, "", plugin.ECSv8)
	got := show(r.next(t, r.send(t, "tcp", "<34>Oct 11 22:14:15 mymachine su[231]: failed\n")))
	for _, part := range []string{`"host":{"ip":"127.0.0.1","hostname":"mymachine"}`, `"priority":34`, `"facility":{"code":4,"name":"security/authorization"}`, `"severity":{"code":2,"name":"Critical"}`,
		`"service":{"type":"system"}`, `"original":"<34>Oct 11 22:14:15 mymachine su[231]: failed"`, `"process":{"name":"su","pid":231}`, `"message":"failed"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is missing in %s", part, got)
		}
	}
	if strings.Contains(got, `"timestamp":`) && !strings.Contains(got, `"@timestamp":`) {
		t.Error(got)
	}
}

func TestOptions(t *testing.T) {
	r := listen(t, `codec => json syslog_field => "syslog" use_labels => false grok_pattern => "<%{POSINT:priority}>%{GREEDYDATA:rest}" proxy_protocol => true`, plugin.ECSDisabled)
	got := show(r.next(t, r.send(t, "tcp", "PROXY TCP4 10.1.2.3 10.0.0.1 1111 514\r\n"+`{"syslog":"<14>hello","a":1}`+"\n")))
	for _, part := range []string{`"host":"10.1.2.3"`, `"rest":"hello"`, `"a":1`, `"severity":6`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is missing in %s", part, got)
		}
	}
	if strings.Contains(got, "label") || strings.Contains(got, "port") {
		t.Error(got)
	}
}

// TestLogger: the system's own logger sends.
func TestLogger(t *testing.T) {
	if _, err := exec.LookPath("logger"); err != nil {
		t.Skip("SKIPPED: no logger(1) here")
	}
	r := listen(t, "", plugin.ECSDisabled)
	for _, network := range []string{"--udp", "--tcp"} {
		got := show(r.next(t, func() {
			out, err := exec.Command("logger", "--server", "127.0.0.1", "--port", fmt.Sprint(r.port), network, "--rfc3164", "-p", "mail.err", "-t", "shop", "order 7 failed").CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}))
		for _, part := range []string{`"program":"shop"`, `"message":"order 7 failed"`, `"facility_label":"mail"`, `"severity_label":"Error"`} {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %s is missing in %s", network, part, got)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	for options, says := range map[string]string{`port => 0`: "no port", `grok_pattern => "%{NOPE}"`: "NOPE", `timezone => "Mars/Phobos"`: "Mars", `syslog_field => "[a"`: "syslog_field"} {
		_, err := plugintest.Build(plugin.NewRegistry(syslog.Spec, plain.Spec), plugin.InputType, "syslog { "+options+" }", plugintest.Env(t))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", options, err)
		}
	}
}
