package dns_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"castor/internal/plugin"
	"castor/internal/plugins/filter/dns"
	"castor/internal/testkit/onefilter"
)

// server answers for example.org, its MX-less subdomains and 192.0.2.1, and never for slow.example.org.
func server(t *testing.T) (address string, asked *atomic.Int32) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = &atomic.Int32{}
	records := map[string]string{
		"www.example.org. A": "www.example.org. 60 A 192.0.2.1", "six.example.org. AAAA": "six.example.org. 60 AAAA 2001:db8::1",
		"1.2.0.192.in-addr.arpa. PTR": "1.2.0.192.in-addr.arpa. 60 PTR www.example.org.",
	}
	s := &miekg.Server{PacketConn: conn, Handler: miekg.HandlerFunc(func(w miekg.ResponseWriter, q *miekg.Msg) {
		asked.Add(1)
		name := q.Question[0].Name
		if strings.HasPrefix(name, "slow.") {
			return
		}
		m := new(miekg.Msg).SetReply(q)
		if text, ok := records[strings.ToLower(name)+" "+miekg.TypeToString[q.Question[0].Qtype]]; ok {
			rr, err := miekg.NewRR(text)
			if err != nil {
				panic(err)
			}
			m.Answer = append(m.Answer, rr)
		} else if !strings.HasPrefix(name, "six.") {
			m.Rcode = miekg.RcodeNameError
		}
		_ = w.WriteMsg(m)
	})}
	done := make(chan struct{})
	go func() {
		_ = s.ActivateAndServe()
		close(done)
	}()
	t.Cleanup(func() {
		_ = s.Shutdown()
		<-done
	})
	return conn.LocalAddr().String(), asked
}

func TestLookups(t *testing.T) {
	address, _ := server(t)
	for _, c := range []struct{ options, in, want string }{
		{`resolve => ["h"] add_tag => ["ok"]`, `{"h":"www.example.org"}`, `{"h":["www.example.org","192.0.2.1"],"tags":["ok"]}`},
		{`resolve => ["h"] action => "replace"`, `{"h":"six.example.org"}`, `{"h":"2001:db8::1"}`},
		{`resolve => ["h"] action => "replace"`, `{"h":["www.example.org"]}`, `{"h":["192.0.2.1"]}`},
		{`resolve => ["h"] action => "replace"`, `{"h":"192.0.2.9"}`, `{"h":"192.0.2.9"}`},
		{`reverse => ["h"] action => "replace"`, `{"h":"192.0.2.1"}`, `{"h":"www.example.org"}`},
		{`reverse => ["h"] add_tag => ["ok"]`, `{"h":"www.example.org"}`, `{"h":"www.example.org"}`},
		{`resolve => ["h"] add_tag => ["ok"]`, `{"h":"none.example.org"}`, `{"h":"none.example.org"}`},
		{`resolve => ["h"] add_tag => ["ok"]`, `{"h":["a","b"]}`, `{"h":["a","b"]}`},
		{`resolve => ["h"] add_tag => ["ok"]`, `{"h":5}`, `{"h":5}`},
		{`resolve => ["missing"] add_tag => ["ok"]`, `{}`, `{"tags":["ok"]}`},
		{`resolve => ["h"] timeout => 0.05 max_retries => 1`, `{"h":"slow.example.org"}`, `{"h":"slow.example.org","tags":["_dnstimeout"]}`},
	} {
		f := onefilter.New(t, dns.Spec, c.options+` nameserver => ["`+address+`"]`)
		if got := onefilter.Run(t, f, c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
	f := onefilter.New(t, dns.Spec, `resolve => ["h"] action => "replace" nameserver => { "address" => ["`+address+`"] "search" => ["example.org"] }`)
	if got := onefilter.Run(t, f, `{"h":"www"}`); got != `{"h":"192.0.2.1"}` {
		t.Errorf("search: got %s", got)
	}
}

func TestCaches(t *testing.T) {
	address, asked := server(t)
	now := onefilter.Time
	f, err := onefilter.Build(dns.Spec, `resolve => ["h"] hit_cache_size => 5 hit_cache_ttl => 60 failed_cache_size => 5 failed_cache_ttl => 5 nameserver => "`+address+`"`,
		plugin.Env{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	questions := func(name string) int32 {
		before := asked.Load()
		onefilter.Run(t, f, `{"h":"`+name+`"}`)
		return asked.Load() - before
	}
	for _, name := range []string{"www.example.org", "none.example.org"} {
		if questions(name) == 0 {
			t.Errorf("%s: the server was not asked", name)
		}
		if n := questions(name); n != 0 {
			t.Errorf("%s: asked %d times though it is remembered", name, n)
		}
	}
	now = now.Add(10 * time.Second)
	if questions("none.example.org") == 0 || questions("www.example.org") != 0 {
		t.Error("after 10 s only the failure is to be asked again")
	}
	now = now.Add(time.Minute)
	if questions("www.example.org") == 0 {
		t.Error("after 70 s the result is to be asked again")
	}
}

func TestHostsFileAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(path, []byte("192.0.2.5 Db.internal db # comment\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := onefilter.New(t, dns.Spec, `resolve => ["h"] reverse => ["a"] action => "replace" hostsfile => ["`+path+`"]`)
	if got := onefilter.Run(t, f, `{"h":"DB","a":"192.0.2.5"}`); got != `{"h":"192.0.2.5","a":"Db.internal"}` {
		t.Errorf("got %s", got)
	}
	if got := onefilter.Run(t, f, `{"h":"www.example.org"}`); got != `{"h":"www.example.org"}` {
		t.Errorf("a server was asked: %s", got)
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`nameserver => ["dns.example.org"]`: "address of a server", `nameserver => { "adress" => "192.0.2.1" }`: "address, search and ndots", `nameserver => []`: "at least one",
		`nameserver => { "address" => "192.0.2.1" "ndots" => 0 }`: "ndots", `hostsfile => ["/no/such"]`: "no such file", `resolve => ["a]"]`: "field reference", `timeout => 0`: "timeout",
	} {
		if got := onefilter.Faults(t, dns.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
