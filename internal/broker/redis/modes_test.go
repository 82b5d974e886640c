package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"castor/internal/broker"
	"castor/internal/broker/brokertest"
	"castor/internal/testkit/certs"
	"castor/internal/testkit/servers"
	"castor/internal/tlsfile"
)

// listBroker is the contract's broker on a list.
func listBroker(o Options, key string) brokertest.Broker {
	return brokertest.Broker{
		Producer: func(t *testing.T) broker.Producer { return producer(t, ProducerOptions{Options: o, Key: key}) },
		Consumer: func(t *testing.T) broker.Consumer {
			return consumer(t, ConsumerOptions{Options: o, Key: key, TTL: shortTTL})
		},
	}
}

func TestSentinelFollowsTheMaster(t *testing.T) {
	first := servers.Redis(t)
	second := servers.Redis(t, "--replicaof", "127.0.0.1", strconv.Itoa(first.Port))
	watcher := startSentinel(t, first.Port)
	o := Options{Hosts: []string{watcher}, SentinelMaster: "logs", Timeout: time.Second, ReconnectInterval: 100 * time.Millisecond}
	p := producer(t, ProducerOptions{Options: o, Key: "q"})
	c := consumer(t, ConsumerOptions{Options: o, Key: "q", TTL: shortTTL})
	mustPush(t, p, numbers(0, 10))
	collect(t, c, 10)
	r := dial(t, second.Addr)
	until(t, func() bool {
		return strings.Contains(r.Info(context.Background(), "replication").Val(), "master_link_status:up")
	})
	s := dial(t, watcher)
	until(t, func() bool { return strings.Contains(s.Info(context.Background(), "sentinel").Val(), "slaves=1") })
	first.Kill()
	mustPush(t, p, numbers(100, 10))
	collect(t, c, 10)
	if role := r.Info(context.Background(), "replication").Val(); !strings.Contains(role, "role:master") {
		t.Errorf("the replica was not promoted: %s", role)
	}
}

func startSentinel(t *testing.T, port int) string {
	t.Helper()
	dir := t.TempDir()
	own := servers.FreePort(t)
	conf := filepath.Join(dir, "sentinel.conf")
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\nsentinel monitor logs 127.0.0.1 %d 1\nsentinel down-after-milliseconds logs 500\n"+
		"sentinel failover-timeout logs 2000\n", own, port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := servers.Start(dir, nil, servers.Find("redis-server"), conf, "--sentinel")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(own))
	until(t, func() bool { return dial(t, addr).Ping(context.Background()).Err() == nil })
	return addr
}

func TestUnixSocketAndDatabase(t *testing.T) {
	srv := servers.Redis(t)
	brokertest.Run(t, func(t *testing.T) brokertest.Broker {
		return listBroker(Options{Hosts: []string{srv.Socket}, DB: 3}, t.Name())
	})
	if n := dial(t, srv.Addr).DBSize(context.Background()).Val(); n != 0 {
		t.Errorf("%d keys in database 0", n)
	}
}

func TestNextHostTakesOver(t *testing.T) {
	first, second := servers.Redis(t), servers.Redis(t)
	p := producer(t, ProducerOptions{Options: Options{Hosts: []string{first.Addr, second.Addr}, ReconnectInterval: 50 * time.Millisecond}, Key: "q"})
	mustPush(t, p, numbers(0, 5))
	first.Kill()
	mustPush(t, p, numbers(5, 5))
	if n := dial(t, second.Addr).LLen(context.Background(), "q").Val(); n != 5 {
		t.Errorf("%d messages on the second host, want 5", n)
	}
	if s := p.Status(); s.State != broker.Connected || !strings.Contains(s.Addr, second.Addr) || s.Counts.Connects != 2 {
		t.Errorf("status %+v", s)
	}
}

func TestCongestionThreshold(t *testing.T) {
	srv := servers.Redis(t)
	o := Options{Hosts: []string{srv.Addr}}
	p := producer(t, ProducerOptions{Options: o, Key: "q", CongestionThreshold: 10, CongestionInterval: 20 * time.Millisecond})
	mustPush(t, p, numbers(0, 11))
	time.Sleep(25 * time.Millisecond)
	short, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if err := p.Push(short, numbers(11, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("push to a congested list: %v", err)
	}
	s := p.Status()
	if s.State != broker.Congested || !strings.Contains(s.Reason, "congestion_threshold is 10") {
		t.Errorf("status %+v", s)
	}
	done := make(chan error, 1)
	go func() { done <- p.Push(context.Background(), numbers(11, 1)) }()
	dial(t, srv.Addr).LPop(context.Background(), "q")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s := p.Status(); s.State != broker.Connected {
		t.Errorf("status after relief %+v", s)
	}
}

func TestPlainPeersOnTheSameList(t *testing.T) {
	srv := servers.Redis(t)
	r, ctx := dial(t, srv.Addr), context.Background()
	for i := range 50 {
		r.RPush(ctx, "q", fmt.Sprintf("m%d", i))
	}
	c := consumer(t, ConsumerOptions{Options: Options{Hosts: []string{srv.Addr}}, Key: "q", TTL: shortTTL})
	l, err := c.Pop(ctx, 10, time.Second)
	if err != nil || string(l.Messages()[9]) != "m9" {
		t.Fatal(l, err)
	}
	if got := r.BLPop(ctx, time.Second, "q").Val(); len(got) != 2 || got[1] != "m10" {
		t.Errorf("BLPOP gives %v", got)
	}
	batch := r.Eval(ctx, "local v = redis.call('lrange', KEYS[1], 0, 9) redis.call('ltrim', KEYS[1], 10, -1) return v", []string{"q"}).Val()
	if got := batch.([]any); len(got) != 10 || got[0] != "m11" {
		t.Errorf("a batch script gives %v", got)
	}
	if err := l.Ack(ctx); err != nil {
		t.Fatal(err)
	}
	if got := collect(t, c, 29); len(got) != 29 {
		t.Errorf("%d left for us", len(got))
	}
}

func TestFaultsInWords(t *testing.T) {
	f := func(name string, want broker.Class, words string, o Options, key string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			o.ReconnectInterval = 20 * time.Millisecond
			p := producer(t, ProducerOptions{Options: o, Key: key, NoRetry: true})
			c := consumer(t, ConsumerOptions{Options: o, Key: key, TTL: shortTTL})
			_, perr := c.Pop(context.Background(), 1, 50*time.Millisecond)
			for what, err := range map[string]error{"push": p.Push(context.Background(), numbers(0, 1)), "pop": perr} {
				var e *broker.Error
				if !errors.As(err, &e) || e.Class != want || !strings.Contains(e.Error(), words) {
					t.Errorf("%s: class %v, want %v; text %v, want %q in it", what, classIn(err), want, err, words)
				}
				if err != nil && strings.Contains(err.Error(), "s3cret") {
					t.Errorf("%s tells the password: %v", what, err)
				}
			}
			if s := p.Status(); s.State == broker.Connected || s.Class != want {
				t.Errorf("status %+v", s)
			}
		})
	}
	srv := servers.Redis(t, "--requirepass", "s3cret-right")
	r := dial(t, srv.Addr)
	ctx := context.Background()
	r.Do(ctx, "AUTH", "s3cret-right")
	at := func(user, pw string) Options { return Options{Hosts: []string{srv.Addr}, Username: user, Password: pw} }
	admin := producer(t, ProducerOptions{Options: at("", "s3cret-right"), Key: "wrong"})
	client, _ := admin.client()
	client.Set(ctx, "wrong", 1, 0)
	client.Do(ctx, "ACL", "SETUSER", "reader", "on", ">s3cret-reader", "~q*", "+@read")
	f("no password", broker.Auth, "wants a password", at("", ""), "q")
	f("wrong password", broker.Auth, "check username and password", at("", "s3cret-wrong"), "q")
	f("unknown user", broker.Auth, "check username and password", at("nobody", "s3cret-x"), "q")
	f("acl", broker.Permission, "docs/redis-protocol.md", at("reader", "s3cret-reader"), "q")
	f("wrong type", broker.WrongType, "data_type", at("", "s3cret-right"), "wrong")
	f("nobody there", broker.Unreachable, "nothing listens", Options{Hosts: []string{"127.0.0.1:" + strconv.Itoa(servers.FreePort(t))}}, "q")
	f("no such host", broker.Unreachable, "resolver", Options{Hosts: []string{"no-such-host.invalid"}}, "q")
	f("no such socket", broker.Unreachable, "no such socket", Options{Hosts: []string{"/nowhere/redis.sock"}}, "q")
	f("database", broker.Config, "fewer databases", Options{Hosts: []string{srv.Addr}, Password: "s3cret-right", DB: 99}, "q")
	lone := servers.Redis(t, "--cluster-enabled", "yes")
	f("cluster without slots", broker.Loading, "no master", Options{Hosts: []string{lone.Addr}}, "q")
	replica := servers.Redis(t, "--replicaof", "127.0.0.1", strconv.Itoa(servers.Redis(t).Port))
	f("replica", broker.ReadOnly, "name the master", Options{Hosts: []string{replica.Addr}}, "q")
}

func classIn(err error) broker.Class {
	var e *broker.Error
	if errors.As(err, &e) {
		return e.Class
	}
	return -1
}

func TestTLS(t *testing.T) {
	ca := certs.Authority(t, "authority")
	server, client := ca.Issue(t, "server"), ca.Issue(t, "client")
	roots := []string{ca.File}
	port := strconv.Itoa(servers.FreePort(t))
	srv := servers.Redis(t, "--tls-port", port, "--tls-cert-file", server.File, "--tls-key-file", server.KeyFile, "--tls-ca-cert-file", ca.File)
	host := "127.0.0.1:" + port
	try := func(host string, o tlsfile.Client) error {
		conf, err := o.Config()
		if err != nil {
			t.Fatal(err)
		}
		p := producer(t, ProducerOptions{Options: Options{Hosts: []string{host}, TLS: conf, Timeout: time.Second}, Key: "q", NoRetry: true})
		return p.Push(context.Background(), numbers(0, 1))
	}
	own := tlsfile.Client{Authorities: roots, Certificate: client.File, Key: client.KeyFile}
	if err := try(host, own); err != nil {
		t.Errorf("with a client certificate: %v", err)
	}
	any := own
	any.Verification, any.ServerName = "certificate", "other.example"
	if err := try(host, any); err != nil {
		t.Errorf("verification_mode certificate: %v", err)
	}
	none := tlsfile.Client{Verification: "none", Certificate: client.File, Key: client.KeyFile}
	if err := try(host, none); err != nil {
		t.Errorf("verification_mode none: %v", err)
	}
	f := func(words, host string, o tlsfile.Client) {
		t.Helper()
		if err := try(host, o); classIn(err) != broker.TLS || !strings.Contains(err.Error(), words) {
			t.Errorf("class %v, text %v, want %q in it", classIn(err), err, words)
		}
	}
	f("ssl_certificate_authorities", host, tlsfile.Client{Certificate: client.File, Key: client.KeyFile})
	f("another name", host, tlsfile.Client{Authorities: roots, Certificate: client.File, Key: client.KeyFile, ServerName: "other.example"})
	// the server's alert may be overtaken by the connection's end
	if err := try(host, tlsfile.Client{Authorities: roots}); err == nil || !strings.Contains(err.Error(), "client certificate") {
		t.Errorf("without a client certificate: %v", err)
	}
	// a plain Redis port waits for more instead of answering a TLS greeting
	if err := try(srv.Addr, own); classIn(err) != broker.Timeout || !strings.Contains(err.Error(), "speak TLS") {
		t.Errorf("TLS to a plain port: %v", err)
	}
}

func TestChannels(t *testing.T) {
	srv := servers.Redis(t)
	o := Options{Hosts: []string{srv.Addr}}
	for kind, key := range map[Kind]string{Channel: "logs.a", PatternChannel: "logs.*"} {
		t.Run(kind.String(), func(t *testing.T) {
			c := consumer(t, ConsumerOptions{Options: o, Kind: kind, Key: key})
			p := producer(t, ProducerOptions{Options: o, Kind: Channel, Key: "logs.a"})
			until(t, func() bool { return c.Status().State == broker.Connected })
			mustPush(t, p, numbers(0, 20))
			var got []string
			nacked := false
			for len(got) < 20 {
				l, err := c.Pop(context.Background(), 7, 10*time.Second)
				if err != nil {
					t.Fatal(err)
				}
				if !nacked {
					nacked = true
					_ = l.Nack(context.Background(), nil)
					continue
				}
				for i, m := range l.Messages() {
					got = append(got, string(m))
					if l.Source(i) != "logs.a" || l.ID(i) != "" {
						t.Fatalf("source %q, id %q", l.Source(i), l.ID(i))
					}
				}
				_ = l.Ack(context.Background())
			}
			if got[0] != "m0" || got[19] != "m19" {
				t.Errorf("order %v", got)
			}
			srv.Restart() // it subscribes again
			until(t, func() bool { return c.Status().Counts.Connects > 1 })
			mustPush(t, p, numbers(50, 1))
			if l, err := c.Pop(context.Background(), 7, 10*time.Second); err != nil || string(l.Messages()[0]) != "m50" {
				t.Errorf("after a restart: %v, %v", l, err)
			}
		})
	}
}

func TestStreamOfTheDead(t *testing.T) {
	srv := servers.Redis(t)
	o := Options{Hosts: []string{srv.Addr}}
	p := producer(t, ProducerOptions{Options: o, Kind: Stream, Key: "s", MaxLen: 1000, MaxLenExact: true})
	mustPush(t, p, numbers(0, 10))
	r, ctx := dial(t, srv.Addr), context.Background()
	r.XGroupCreate(ctx, "s", "logstash", "0")
	if err := r.Do(ctx, "XREADGROUP", "GROUP", "logstash", "dead", "COUNT", "4", "STREAMS", "s", ">").Err(); err != nil {
		t.Fatal(err)
	}
	c := consumer(t, ConsumerOptions{Options: o, Kind: Stream, Key: "s", TTL: 2 * time.Second, DeleteAcked: true})
	if got := collect(t, c, 10); len(got) != 10 {
		t.Errorf("%d ids for 10 messages", len(got))
	}
	if n := r.XLen(ctx, "s").Val(); n != 0 {
		t.Errorf("%d entries left in the stream", n)
	}
	mustPush(t, p, numbers(0, 1500))
	if n := r.XLen(ctx, "s").Val(); n != 1000 {
		t.Errorf("%d entries, MAXLEN is 1000", n)
	}
	r.Del(ctx, "s") // the group goes with it, and is made again
	mustPush(t, p, numbers(0, 1))
	until(t, func() bool {
		_, _ = c.Pop(ctx, 10, 100*time.Millisecond)
		return r.XInfoGroups(ctx, "s").Err() == nil && len(r.XInfoGroups(ctx, "s").Val()) == 1
	})
}

// TestLargeMessagesMakeSmallLeases: a lease is bounded in bytes too, the order stays, and a server that is full of large messages can be drained.
func TestLargeMessagesMakeSmallLeases(t *testing.T) {
	const bytes = 100_000
	for _, kind := range []Kind{List, Stream} {
		t.Run(kind.String(), func(t *testing.T) {
			srv := servers.Redis(t, "--maxmemory", "8mb", "--maxmemory-policy", "noeviction")
			o := Options{Hosts: []string{srv.Addr}}
			p := producer(t, ProducerOptions{Options: o, Kind: kind, Key: "q", NoRetry: true})
			pushed := 0
			for ; pushed < 1000; pushed++ {
				m := append(fmt.Appendf(nil, "%d ", pushed), make([]byte, bytes)...)
				if pushed == 3 {
					m = append(m, make([]byte, 10*bytes)...) // alone it is over the bound
				}
				if p.Push(context.Background(), [][]byte{m}) != nil {
					break
				}
			}
			if pushed < 20 || pushed == 1000 {
				t.Fatalf("%d messages fill the server", pushed)
			}
			c := consumer(t, ConsumerOptions{Options: o, Kind: kind, Key: "q", FromBeginning: true, DeleteAcked: true, MaxBytes: 5 * bytes})
			for next, leases := 0, 0; next < pushed; leases++ {
				l, err := c.Pop(context.Background(), 1000, 20*time.Second)
				if err != nil {
					t.Fatal(err)
				}
				size := 0
				for _, m := range l.Messages() {
					size += len(m)
					if want := fmt.Sprintf("%d ", next); !strings.HasPrefix(string(m[:10]), want) {
						t.Fatalf("message %d is %q", next, m[:10])
					}
					next++
				}
				// of a stream the first lease's size is not known before
				if size > 5*bytes && len(l.Messages()) > 1 && !(kind == Stream && leases < 2) {
					t.Errorf("a lease of %d messages has %d bytes", len(l.Messages()), size)
				}
				if err := l.Ack(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
