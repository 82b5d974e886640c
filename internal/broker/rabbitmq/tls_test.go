package rabbitmq

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"castor/internal/broker"
	"castor/internal/testkit/certs"
	"castor/internal/testkit/servers"
	"castor/internal/tlsfile"
)

func TestTLS(t *testing.T) {
	ca, other := certs.Authority(t, "ours"), certs.Authority(t, "another")
	own, client := ca.Issue(t, "server"), ca.Issue(t, "client 1")
	port := servers.FreePort(t)
	srv := servers.OwnRabbitMQ(t, fmt.Sprintf("listeners.ssl.1 = 127.0.0.1:%d\nssl_options.cacertfile = %s\nssl_options.certfile = %s\nssl_options.keyfile = %s\n"+
		"ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n", port, ca.File, own.File, own.KeyFile))
	at := func(c tlsfile.Client) Options {
		conf, err := c.Config()
		if err != nil {
			t.Fatal(err)
		}
		return Options{Hosts: []string{"127.0.0.1:" + strconv.Itoa(port)}, TLS: conf, ReconnectInterval: 100 * time.Millisecond}
	}
	good := tlsfile.Client{Authorities: []string{ca.File}, Certificate: client.File, Key: client.KeyFile}
	q := Queue{Name: "q.tls", Durable: true}
	p := producer(t, ProducerOptions{Options: at(good), Key: q.Name, Persistent: true, Queue: &q})
	c := consumer(t, ConsumerOptions{Options: at(good), Queue: q})
	mustPush(t, p, numbers(0, 500))
	collect(t, c, 500)

	for name, bad := range map[string]tlsfile.Client{
		"no client certificate": {Authorities: []string{ca.File}},
		"another authority":     {Authorities: []string{other.File}, Certificate: client.File, Key: client.KeyFile},
		"a stranger":            {Authorities: []string{ca.File}, Certificate: other.File, Key: other.KeyFile},
		"another name":          {Authorities: []string{ca.File}, Certificate: client.File, Key: client.KeyFile, ServerName: "other.example"},
	} {
		c := consumer(t, ConsumerOptions{Options: at(bad), Queue: q})
		until(t, "a fault: "+name, func() bool { return c.Status().Err != nil })
		if s := c.Status(); s.Class != broker.TLS && s.Class != broker.Unreachable { // the server's alert may be overtaken by the connection's end
			t.Errorf("%s: class %v, %v", name, s.Class, s.Err)
		}
		_ = c.Close()
	}

	// A renewed client certificate is shown at the next connection.
	client.Renew(t, "client 2")
	time.Sleep(1100 * time.Millisecond) // the files are looked at once a second
	srv.Ctl(t, "close_all_connections", "renewal")
	until(t, "connected again", func() bool { return p.Status().Counts.Connects > 1 && c.Status().Counts.Connects > 1 })
	mustPush(t, p, numbers(500, 500))
	collect(t, c, 500)
	if out := srv.Ctl(t, "list_connections", "peer_cert_subject"); !strings.Contains(out, "client 2") || strings.Contains(out, "client 1") {
		t.Errorf("connections by: %s", out)
	}
}
