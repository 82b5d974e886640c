package elastic

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/fakees"
)

func TestAddresses(t *testing.T) {
	f := func(cfg Config, want string) {
		t.Helper()
		urls, err := cfg.addresses()
		if err != nil {
			t.Errorf("%v: %v", cfg.Hosts, err)
			return
		}
		var all []string
		for _, u := range urls {
			all = append(all, shown(u))
		}
		equal(t, "addresses", strings.Join(all, " "), want)
	}
	f(Config{}, "http://127.0.0.1:9200")
	f(Config{Hosts: []string{"a", "b:9201", "https://c/", "http://u:p@d:80/x/"}}, "http://a:9200 http://b:9201 https://c:9200 http://d:80/x")
	f(Config{Hosts: []string{"a", "[::1]:9200", "::1"}, HTTPS: true}, "https://a:9200 https://[::1]:9200 https://[::1]:9200")
	f(Config{Hosts: []string{"a", "http://b/own"}, Path: "/es/"}, "http://a:9200/es http://b:9200/own")
	id := "label:" + base64.StdEncoding.EncodeToString([]byte("eu.example.net$abc$def"))
	f(Config{CloudID: id}, "https://abc.eu.example.net:443")
	id = "label:" + base64.StdEncoding.EncodeToString([]byte("eu.example.net:9243$abc$def"))
	f(Config{CloudID: id}, "https://abc.eu.example.net:9243")
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	f := func(cfg Config) {
		t.Helper()
		_, err := New(cfg)
		if err == nil {
			t.Errorf("%+v: no error", cfg)
			return
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	f(Config{Hosts: []string{"http://me:hunter2%zz@host:9200"}})
	f(Config{Hosts: []string{"ftp://me:hunter2@host"}})
	f(Config{Hosts: []string{"http://me:hunter2@"}})
	f(Config{Hosts: []string{"me:hunter2/@ho st:92000000"}})
	f(Config{Proxy: "http://me:hunter2%zz@proxy"})
	f(Config{CloudAuth: "hunter2"})
	f(Config{CloudID: "x:hunter2!"})
	f(Config{User: "u", Password: "hunter2", APIKey: "hunter2"})
	f(Config{Password: "hunter2"})
	f(Config{Hosts: []string{"http://me:hunter2@a"}, CloudID: "x"})
}

func TestConfigurationMistakes(t *testing.T) {
	f := func(cfg Config, word string) {
		t.Helper()
		_, err := New(cfg)
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, want an error with %q", err, word)
		}
	}
	f(Config{CompressionLevel: 10}, "compression_level")
	f(Config{Hosts: []string{""}}, "empty")
	f(Config{Hosts: []string{"http://a"}, HTTPS: true}, "ssl_enabled")
	f(Config{TLS: TLS{Verification: "maybe"}}, "ssl_verification_mode")
	f(Config{TLS: TLS{Authorities: []string{"/nowhere.pem"}}}, "/nowhere.pem")
	f(Config{TLS: TLS{Key: "k"}}, "ssl_certificate")
	f(Config{TLS: TLS{TrustedFingerprints: []string{"12"}}}, "ca_trusted_fingerprint")
	f(Config{TLS: TLS{Protocols: []string{"SSLv3"}}}, "SSLv3")
	f(Config{TLS: TLS{CipherSuites: []string{"NULL"}}}, "NULL")
}

func TestCredentials(t *testing.T) {
	f := func(set func(*fakees.Server), change func(*Config, *fakees.Server)) {
		t.Helper()
		es := fakees.New(t)
		set(es)
		cfg := Config{Hosts: []string{es.URL}}
		change(&cfg, es)
		c, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		bulkOK(t, c, docs("c", 1))
	}
	user := func(s *fakees.Server) { s.User, s.Password = "me", "p:@/x" }
	key := func(s *fakees.Server) { s.APIKey = base64.StdEncoding.EncodeToString([]byte("id:key")) }
	f(user, func(c *Config, _ *fakees.Server) { c.User, c.Password = "me", "p:@/x" })
	f(user, func(c *Config, _ *fakees.Server) { c.CloudAuth = "me:p:@/x" })
	f(user, func(c *Config, s *fakees.Server) {
		c.Hosts = []string{strings.Replace(s.URL, "http://", "http://me:p%3A%40%2Fx@", 1)}
	})
	f(key, func(c *Config, _ *fakees.Server) { c.APIKey = "id:key" })
	f(key, func(c *Config, s *fakees.Server) { c.APIKey = s.APIKey })
}

func TestWrongPasswordTurnsRed(t *testing.T) {
	es := fakees.New(t)
	es.User, es.Password = "me", "right"
	c := client(t, func(c *Config) { c.User, c.Password = "me", "wrong" }, es.URL)
	_, err := c.Bulk(context.Background(), docs("c", 2))
	equal(t, "needs help", NeedsHelp(err), true)
	s := c.Status()
	equal(t, "colour", s.Colour, "red")
	if !strings.Contains(s.Reason, "401") || strings.Contains(s.Reason, "wrong") {
		t.Errorf("reason: %s", s.Reason)
	}
}

func TestFailover(t *testing.T) {
	dead, es := stopped(t), fakees.New(t)
	c := client(t, func(c *Config) { c.ResurrectDelay = time.Hour }, dead, es.URL)
	for range 4 {
		bulkOK(t, c, docs("f", 5))
	}
	s := c.Status()
	equal(t, "colour", s.Colour, "yellow")
	equal(t, "dead host is well", s.Hosts[0].Well, false)
	equal(t, "dead host was asked", s.Hosts[0].Requests, uint64(1))
	if s.Hosts[0].LastError == "" || !s.Hosts[1].Well {
		t.Errorf("hosts: %+v", s.Hosts)
	}
}

func TestAllHostsAwayAndBack(t *testing.T) {
	es := fakees.New(t)
	c := client(t, nil, stopped(t))
	_, err := c.Bulk(context.Background(), docs("f", 5))
	equal(t, "kind", requestFault(t, err).Kind, Unreachable)
	equal(t, "colour", c.Status().Colour, "red")
	urls, _ := Config{Hosts: []string{es.URL}}.addresses()
	c.pool.use(urls, "")
	bulkOK(t, c, docs("f", 5))
	equal(t, "colour", c.Status().Colour, "green")
}

func TestRoundRobin(t *testing.T) {
	a, b := fakees.New(t), fakees.New(t)
	c := client(t, nil, a.URL, b.URL)
	for range 10 {
		bulkOK(t, c, docs("r", 1))
	}
	equal(t, "first", a.Requests(), 5)
	equal(t, "second", b.Requests(), 5)
}

func TestResurrection(t *testing.T) {
	clock := time.Unix(0, 0)
	p := newPool(time.Second, nil)
	p.now = func() time.Time { return clock }
	urls, _ := Config{Hosts: []string{"a", "b"}}.addresses()
	p.use(urls, "")
	next := func() string {
		conn, err := p.Next()
		if err != nil {
			t.Fatal(err)
		}
		return conn.URL.Hostname()
	}
	a := p.hosts[0].conn
	p.settle(a, context.DeadlineExceeded)
	for range 3 {
		equal(t, "while a rests", next(), "b")
	}
	clock = clock.Add(time.Second)
	equal(t, "after its delay", next(), "a")
	equal(t, "the others keep away meanwhile", next(), "b")
	p.settle(a, context.DeadlineExceeded)
	clock = clock.Add(time.Second)
	equal(t, "the delay doubled", next(), "b")
	clock = clock.Add(time.Second)
	equal(t, "after two delays", next(), "a")
	p.settle(a, nil)
	first, second := next(), next()
	equal(t, "well again, each in its turn", first != second, true)
}

func TestSniffing(t *testing.T) {
	es := fakees.New(t)
	c := client(t, func(c *Config) { c.Sniffing = true; c.SniffingDelay = 10 * time.Millisecond },
		strings.Replace(es.URL, "127.0.0.1", "localhost", 1))
	deadline := time.Now().Add(10 * time.Second)
	for c.Status().Hosts[0].URL != es.URL {
		if time.Now().After(deadline) {
			t.Fatalf("hosts: %+v", c.Status().Hosts)
		}
		time.Sleep(5 * time.Millisecond)
	}
	bulkOK(t, c, docs("s", 1))
}

func TestRequestShape(t *testing.T) {
	es := fakees.New(t)
	c := client(t, func(c *Config) {
		c.Path, c.Parameters, c.UserAgent = "/prefix", map[string]string{"timeout": "5s"}, "tester"
		c.Headers = map[string]string{"X-Tenant": "blue"}
	}, es.URL)
	bulkOK(t, c, docs("s", 1))
	call := es.Calls()[0]
	equal(t, "path", call.Path, "/prefix/_bulk")
	equal(t, "query", call.Query, "filter_path=errors,items.%2A.status,items.%2A.error&timeout=5s")
	equal(t, "tenant", call.Header.Get("X-Tenant"), "blue")
	equal(t, "agent", call.Header.Get("User-Agent"), "tester")
	equal(t, "type", call.Header.Get("Content-Type"), "application/x-ndjson")
}
