package beats

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	lumber "github.com/elastic/go-lumber/client/v2"
	"go.uber.org/goleak"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/jsonlines"
	"castor/internal/plugins/codec/multiline"
	"castor/internal/plugins/codec/plain"
	"castor/internal/testkit/certs"
	"castor/internal/testkit/plugintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 60 * time.Second

// server is a running input. What it is given waits until the test says what became of it.
type server struct {
	t       *testing.T
	in      *input
	address string
	got     chan plugin.Delivery
	stop    func()
}

func serve(t *testing.T, options string, env plugin.Env) *server {
	t.Helper()
	in := plugintest.Input(t, "beats { host => \"127.0.0.1\" port => 0 "+options+" }", env, Spec, plain.Spec, multiline.Spec, jsonlines.Spec).(*input)
	s := &server{t: t, in: in, got: make(chan plugin.Delivery, 100)}
	address := make(chan string, 1)
	in.listening = func(a net.Addr) { address <- a.String() }
	in.keepalive = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := in.Run(ctx, func(_ context.Context, d plugin.Delivery) error { s.got <- d; return nil }); err != nil {
			t.Error(err)
		}
	})
	s.address = <-address
	var once sync.Once
	s.stop = func() { once.Do(func() { cancel(); wg.Wait() }) }
	t.Cleanup(s.stop)
	return s
}

func (s *server) next() plugin.Delivery {
	s.t.Helper()
	select {
	case d := <-s.got:
		return d
	case <-time.After(patience):
		s.t.Fatal("no delivery came in time")
		return plugin.Delivery{}
	}
}

func (s *server) client(options ...lumber.Option) *lumber.SyncClient {
	s.t.Helper()
	c, err := lumber.SyncDial(s.address, append([]lumber.Option{lumber.Timeout(patience)}, options...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

type fieldsOf = map[string]any

func show(e *event.Event) string {
	o := e.Fields().Clone()
	o.Remove(event.VersionField)
	return string(o.AppendJSON(nil))
}

// send sends in the background and tells the result.
func send(c *lumber.SyncClient, events ...any) chan error {
	result := make(chan error, 1)
	go func() {
		n, err := c.Send(events)
		if err == nil && n != len(events) {
			err = fmt.Errorf("%d of %d acknowledged", n, len(events))
		}
		result <- err
	}()
	return result
}

// TestAcknowledgedWhenDelivered: a real client is answered when the pipeline is through, and not before, compressed or not.
func TestAcknowledgedWhenDelivered(t *testing.T) {
	s := serve(t, `type => "b"`, plugintest.Env(t))
	for _, level := range []int{0, 3} {
		c := s.client(lumber.CompressionLevel(level))
		result := send(c, fieldsOf{"message": "one", "@timestamp": "2024-05-06T07:08:09.123Z", "host": fieldsOf{"name": "web"}, "@metadata": fieldsOf{"beat": "filebeat"}}, fieldsOf{"message": "two"})
		d := s.next()
		if len(d.Events) != 2 {
			t.Fatalf("%d events", len(d.Events))
		}
		if got, want := show(d.Events[0]), `{"@timestamp":"2024-05-06T07:08:09.123Z","message":"one","host":{"name":"web"},"type":"b","tags":["beats_input_codec_plain_applied"]}`; got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		if ip, _ := d.Events[0].Get(event.MustRef("[@metadata][ip_address]")); ip.Str() != "127.0.0.1" {
			t.Errorf("ip_address %v", ip)
		}
		if beat, _ := d.Events[0].Get(event.MustRef("[@metadata][beat]")); beat.Str() != "filebeat" {
			t.Errorf("@metadata %v", beat)
		}
		select {
		case err := <-result:
			t.Fatalf("answered before the events were delivered: %v", err)
		case <-time.After(100 * time.Millisecond): // some signs of life go by
		}
		d.Done(nil)
		if err := <-result; err != nil {
			t.Error(err)
		}
	}
}

// TestRefused: events that were not delivered end the connection, and the client knows.
func TestRefused(t *testing.T) {
	s := serve(t, "", plugintest.Env(t))
	result := send(s.client(), fieldsOf{"message": "one"})
	d := s.next()
	d.Done(errors.New("stopped"))
	if err := <-result; err == nil {
		t.Error("acknowledged")
	}
}

// TestStop: a stop waits for what is under way, and answers it.
func TestStop(t *testing.T) {
	s := serve(t, "", plugintest.Env(t))
	result := send(s.client(), fieldsOf{"message": "one"})
	d := s.next()
	stopped := make(chan struct{})
	go func() { s.stop(); close(stopped) }()
	time.Sleep(50 * time.Millisecond)
	d.Done(nil)
	if err := <-result; err != nil {
		t.Error(err)
	}
	<-stopped
}

// TestCodecs: a codec makes several events of a message, each with the Beat's fields; what has no message is left as it is.
func TestCodecs(t *testing.T) {
	env := plugintest.Env(t)
	s := serve(t, `codec => json_lines enrich => ["codec_metadata"]`, env)
	result := send(s.client(), fieldsOf{"message": "{\"a\":1}\n{\"a\":2}\n", "@timestamp": "2024-05-06T07:08:09.000Z", "k": "v"}, fieldsOf{"metric": 5, "@timestamp": "2024-05-06T07:08:09.000Z"})
	d := s.next()
	d.Done(nil)
	if err := <-result; err != nil {
		t.Error(err)
	}
	var got []string
	for _, e := range d.Events {
		got = append(got, show(e))
		if e.Has(event.MustRef("[@metadata][ip_address]")) {
			t.Error("the address is there although enrich leaves it out")
		}
	}
	want := []string{`"a":1`, `"a":2`, `"metric":5`}
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i, w := range want {
		if !strings.Contains(got[i], w) || i < 2 && !strings.Contains(got[i], `"k":"v"`) || i == 2 && !strings.Contains(got[i], "beats_input_raw_event") {
			t.Errorf("%s: %s", w, got[i])
		}
	}
}

func TestECS(t *testing.T) {
	env := plugintest.Env(t)
	env.ECS = plugin.ECSv8
	s := serve(t, "", env)
	result := send(s.client(), fieldsOf{"message": "one", "event": fieldsOf{"dataset": "x"}})
	d := s.next()
	d.Done(nil)
	<-result
	if got := show(d.Events[0]); !strings.Contains(got, `"event":{"original":"one","dataset":"x"}`) {
		t.Error(got)
	}
	if ip, _ := d.Events[0].Get(event.MustRef("[@metadata][input][beats][host][ip]")); ip.Str() != "127.0.0.1" {
		t.Error(ip)
	}
}

func frame(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case int:
			_ = binary.Write(&b, binary.BigEndian, uint32(p))
		case []byte:
			b.Write(p)
		}
	}
	return b.Bytes()
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

// TestHostile: what is no such protocol, and lengths that lie, end the connection; nothing is given, and nothing is allocated for them.
func TestHostile(t *testing.T) {
	s := serve(t, `max_window_bytes => "1MiB"`, plugintest.Env(t))
	nested := packed(frame("2C", len(packed(frame("2J", 1, 2, "{}"))), packed(frame("2J", 1, 2, "{}"))))
	bomb := packed(frame("2J", 1, 64<<20, bytes.Repeat([]byte("a"), 64<<20)))
	for name, data := range map[string][]byte{
		"http": []byte("GET / HTTP/1.1\r\n\r\n"), "version 1": frame("1W", 1), "window": frame("2W", 1<<31), "length": frame("2W", 1, "2J", 1, 1<<31-1, "{}"),
		"unknown frame": frame("2W", 1, "2X", 1), "cut": frame("2W", 2, "2J", 1, 2, "{}"), "no zlib": frame("2W", 1, "2C", 5, "hello"), "nested": frame("2W", 1, "2C", len(nested), nested),
		"bomb": frame("2W", 1, "2C", len(bomb), bomb), "empty zlib": frame("2W", 1, "2C", len(packed(nil)), packed(nil)),
	} {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write(data)
		_ = conn.(*net.TCPConn).CloseWrite()
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: %v", name, err)
		}
		_ = conn.Close()
	}
	if len(s.got) > 0 {
		t.Errorf("%d deliveries of nonsense", len(s.got))
	}
	// What is no JSON is an event with a tag, not a lost one.
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = conn.Write(frame("2W", 1, "2J", 7, 4, "nope"))
	d := s.next()
	d.Done(nil)
	if got := show(d.Events[0]); !strings.Contains(got, `"message":"nope"`) || !strings.Contains(got, "_jsonparsefailure") {
		t.Error(got)
	}
	var answer [6]byte
	for { // signs of life may come first
		if _, err := io.ReadFull(conn, answer[:]); err != nil {
			t.Fatal(err)
		}
		if binary.BigEndian.Uint32(answer[2:]) != 0 {
			break
		}
	}
	if string(answer[:2]) != "2A" || binary.BigEndian.Uint32(answer[2:]) != 7 {
		t.Errorf("answer %q", answer)
	}
}

func TestIdle(t *testing.T) {
	s := serve(t, `client_inactivity_timeout => 0.05`, plugintest.Env(t))
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("want the end of the connection, got %v", err)
	}
}

func TestTLS(t *testing.T) {
	ca := certs.Authority(t, "authority")
	own := ca.Issue(t, "server", "127.0.0.1")
	s := serve(t, fmt.Sprintf(`ssl_enabled => true ssl_certificate => %q ssl_key => %q`, own.File, own.KeyFile), plugintest.Env(t))
	c, err := lumber.SyncDialWith(func(network, address string) (net.Conn, error) {
		return tls.Dial(network, address, &tls.Config{RootCAs: ca.Pool()})
	}, s.address, lumber.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	result := send(c, fieldsOf{"message": "one"})
	s.next().Done(nil)
	if err := <-result; err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	r := plugin.NewRegistry(Spec, plain.Spec)
	plugintest.Refuses(t, r, plugin.InputType, `beats { }`, "port")
	plugintest.Refuses(t, r, plugin.InputType, `beats { port => 5044 ssl_enabled => true }`, "ssl_certificate")
	plugintest.Refuses(t, r, plugin.InputType, `beats { port => 5044 ssl => true }`, "use ssl_enabled")
	plugintest.Refuses(t, r, plugin.InputType, `beats { port => 5044 enrich => ["all", "none"] }`, "stand alone")
	plugintest.Refuses(t, r, plugin.InputType, `beats { port => 5044 enrich => "all" include_codec_tag => false }`, "enrich says it already")
}

func FuzzFrames(f *testing.F) {
	f.Add(frame("2W", 1, "2J", 1, 2, "{}"))
	f.Add(frame("2W", 1, "2C", len(packed(frame("2J", 1, 2, "{}"))), packed(frame("2J", 1, 2, "{}"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newReader(bytes.NewReader(data), 1<<20)
		for {
			w, err := r.next()
			if err != nil {
				return
			}
			if w.size > 1<<20 {
				t.Fatal("a window above its bound")
			}
		}
	})
}
