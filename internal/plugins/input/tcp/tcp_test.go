package tcp

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"castor/internal/plugin"
	"castor/internal/plugins/codec/json"
	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/multiline"
	"castor/internal/plugins/codec/plain"
	"castor/internal/testkit/certs"
	"castor/internal/testkit/plugintest"
)

func specs() []*plugin.Spec {
	return []*plugin.Spec{Spec, line.Spec, plain.Spec, json.Spec, multiline.Spec}
}

// listen starts a server of the options and returns its address.
func listen(t *testing.T, options string, env plugin.Env) (*plugintest.Run, string) {
	t.Helper()
	in := plugintest.Input(t, `tcp { host => "127.0.0.1" port => 0 `+options+` }`, env, specs()...).(*input)
	addr := make(chan string, 1)
	in.listening = func(a net.Addr) { addr <- a.String() }
	r := plugintest.Start(t, in)
	select {
	case a := <-addr:
		return r, a
	case <-time.After(10 * time.Second):
		t.Fatal("does not listen")
		return nil, ""
	}
}

func send(t *testing.T, addr, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestServer(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, c := range []struct{ name, options, text, want string }{
		{"lines, the last one without its end", "", "one\ntwo\nthr", "one|two|thr"},
		{"plain is read line by line", "codec => plain", "one\ntwo", "one|two"},
		{"json is read line by line", "codec => json", `{"message":"a"}` + "\n" + `{"message":"b"}`, "a|b"},
		{"multiline across pieces", `codec => multiline { pattern => "^\s" what => "previous" }`, "one\n 1\ntwo\n", "one\n 1|two"},
		{"empty connection", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, addr := listen(t, c.options+" dns_reverse_lookup_enabled => false", plugintest.Env(t))
			send(t, addr, c.text).Close()
			want := strings.Split(c.want, "|")
			if c.want == "" {
				want = []string{}
			}
			got := r.Wait(len(want))
			if err := r.Stop(); err != nil {
				t.Error(err)
			}
			if m := plugintest.Messages(got); !slices.Equal(m, want) {
				t.Errorf("expected %q, got %q", want, m)
			}
		})
	}
}

func TestFields(t *testing.T) {
	defer goleak.VerifyNone(t)
	env := plugintest.Env(t)
	r, addr := listen(t, `dns_reverse_lookup_enabled => false type => "t" add_field => { "k" => "v" }`, env)
	conn := send(t, addr, "x\n")
	defer conn.Close()
	_, port, _ := net.SplitHostPort(conn.LocalAddr().String())
	e := r.Wait(1)[0]
	for ref, want := range map[string]string{"host": "127.0.0.1", "[@metadata][ip_address]": "127.0.0.1", "port": port, "type": "t", "k": "v"} {
		if got := plugintest.Field(e, ref); got != want {
			t.Errorf("%s: expected %q, got %q", ref, want, got)
		}
	}
	_ = r.Stop()
	env.ECS = plugin.ECSv8
	r, addr = listen(t, `dns_reverse_lookup_enabled => false`, env)
	second := send(t, addr, "x\n")
	defer second.Close()
	e = r.Wait(1)[0]
	if got := plugintest.Field(e, "[@metadata][input][tcp][source][ip]"); got != "127.0.0.1" {
		t.Errorf("ECS: source ip is %q", got)
	}
	if got := plugintest.Field(e, "host"); got != "" {
		t.Errorf("ECS: host is %q, expected none", got)
	}
	_ = r.Stop()
}

func TestProxyProtocol(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, addr := listen(t, `proxy_protocol => true`, plugintest.Env(t))
	good := send(t, addr, "PROXY TCP4 192.0.2.7 10.0.0.1 4321 443\r\nhello\n")
	defer good.Close()
	e := r.Wait(1)[0]
	for ref, want := range map[string]string{"message": "hello", "host": "192.0.2.7", "port": "4321", "proxy_host": "10.0.0.1", "proxy_port": "443"} {
		if got := plugintest.Field(e, ref); got != want {
			t.Errorf("%s: expected %q, got %q", ref, want, got)
		}
	}
	bad := send(t, addr, "hello without\nheader\n"+strings.Repeat("x", 200))
	defer bad.Close()
	_ = bad.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := bad.Read(make([]byte, 1)); err == nil {
		t.Error("a connection without the PROXY line stays open")
	}
	_ = r.Stop()
	if got := r.Events(); len(got) != 1 {
		t.Errorf("expected the one event, got %d", len(got))
	}
}

func TestConnectionLimitAndIdleTimeout(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, addr := listen(t, `max_connections => 1 idle_timeout => "50 ms" dns_reverse_lookup_enabled => false`, plugintest.Env(t))
	first := send(t, addr, "first\nrest")
	defer first.Close()
	second := send(t, addr, "second\n")
	defer second.Close()
	// The first one is closed for silence, its rest given; then it is the second one's turn.
	if m := plugintest.Messages(r.Wait(3)); !slices.Equal(m, []string{"first", "rest", "second"}) {
		t.Errorf("got %q", m)
	}
	_ = r.Stop()
}

func TestMultilineIsFlushedByTime(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, addr := listen(t, `codec => multiline { pattern => "^\s" what => "previous" auto_flush_interval => 0.05 }`, plugintest.Env(t))
	conn := send(t, addr, "one\n 1\n")
	defer conn.Close()
	if m := plugintest.Messages(r.Wait(1)); m[0] != "one\n 1" {
		t.Errorf("got %q", m)
	}
	_, _ = io.WriteString(conn, "two\n")
	if m := plugintest.Messages(r.Wait(2)); m[1] != "two" {
		t.Errorf("got %q", m)
	}
	_ = r.Stop()
}

// TestUnfinishedLinesAreBounded: who sends line after line without an end cannot fill the memory over many connections; others are not disturbed.
func TestUnfinishedLinesAreBounded(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, addr := listen(t, `max_buffered_bytes => 1000000 dns_reverse_lookup_enabled => false`, plugintest.Env(t))
	good := send(t, addr, "before\n")
	defer good.Close()
	r.Wait(1)
	greedy := make([]net.Conn, 12)
	for i := range greedy {
		greedy[i] = send(t, addr, strings.Repeat("x", 100_000))
		defer greedy[i].Close()
	}
	events := r.Wait(2) // the head of a line whose connection was closed
	if m := plugintest.Messages(events)[1]; strings.Trim(m, "x") != "" || len(m) <= 64<<10 {
		t.Errorf("got %d bytes", len(m))
	}
	_, _ = io.WriteString(good, "after\n")
	for n := 3; ; n++ {
		if m := plugintest.Messages(r.Wait(n)); m[n-1] == "after" {
			break
		} else if n > len(greedy) {
			t.Fatalf("the other connection was disturbed, or all were closed: %d events", n)
		}
	}
	_ = r.Stop()
}

func TestClientConnectsAgain(t *testing.T) {
	defer goleak.VerifyNone(t)
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Addr().String())
	in := plugintest.Input(t, `tcp { mode => "client" host => "127.0.0.1" port => `+port+` }`, plugintest.Env(t), specs()...)
	r := plugintest.Start(t, in)
	for _, text := range []string{"first\n", "second\n"} {
		conn, err := server.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
	if m := plugintest.Messages(r.Wait(2)); !slices.Equal(m, []string{"first", "second"}) {
		t.Errorf("got %q", m)
	}
	if err := r.Stop(); err != nil {
		t.Error(err)
	}
}

func TestTLS(t *testing.T) {
	defer goleak.VerifyNone(t)
	ca := certs.Authority(t, "authority")
	own, client := ca.Issue(t, "first"), ca.Issue(t, "the client")
	options := fmt.Sprintf(`ssl_enabled => true ssl_certificate => %q ssl_key => %q ssl_certificate_authorities => [%q] dns_reverse_lookup_enabled => false`, own.File, own.KeyFile, ca.File)
	r, addr := listen(t, options, plugintest.Env(t))
	dial := func(certs ...tls.Certificate) (*tls.Conn, error) {
		return tls.Dial("tcp", addr, &tls.Config{RootCAs: ca.Pool(), ServerName: "127.0.0.1", Certificates: certs})
	}
	conn, err := dial(client.Pair)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "secret\n")
	e := r.Wait(1)[0]
	if got := plugintest.Field(e, "sslsubject"); got != "CN=the client" {
		t.Errorf("sslsubject is %q", got)
	}
	_ = conn.Close()

	// Without a certificate of its own a client is refused, at the latest when it reads.
	if bare, err := dial(); err == nil {
		_ = bare.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := bare.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
			t.Errorf("a client without certificate is not refused: %v", err)
		}
		_ = bare.Close()
	}

	// A certificate that is replaced on disk is used by the next connections.
	own.Renew(t, "second")
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		conn, err := dial(client.Pair)
		if err != nil {
			t.Fatal(err)
		}
		name := conn.ConnectionState().PeerCertificates[0].Subject.CommonName
		_ = conn.Close()
		if name == "second" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server still shows the certificate %q", name)
		}
	}
	_ = r.Stop()
}

func TestRefusedOptions(t *testing.T) {
	reg := plugin.NewRegistry(specs()...)
	for text, words := range map[string][]string{
		`tcp { }`:                               {"port"},
		`tcp { port => 70000 }`:                 {"70000 is no port"},
		`tcp { port => 1 ssl_enabled => true }`: {"ssl_certificate"},
		`tcp { port => 1 ssl_enabled => true ssl_key => "x" }`:                                              {"ssl_key without ssl_certificate"},
		`tcp { port => 1 ssl_enable => true }`:                                                              {"ssl_enabled"},
		`tcp { port => 1 mode => "client" ssl_enabled => true ssl_client_authentication => "none" }`:        {"ssl_verification_mode"},
		`tcp { port => 1 idle_timeout => "soon" }`:                                                          {"idle_timeout"},
		`tcp { port => 1 max_connections => 0 }`:                                                            {"max_connections"},
		`tcp { port => 1 ssl_enabled => true ssl_certificate => "/nonexistent" ssl_key => "/nonexistent" }`: {"/nonexistent"},
	} {
		plugintest.Refuses(t, reg, plugin.InputType, text, words...)
	}
}
