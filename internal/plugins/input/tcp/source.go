package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// fields says where events tell of the connection they came by.
type fields struct{ host, ip, port, proxyHost, proxyPort, subject event.Ref }

func newFields(ecs plugin.ECS) fields {
	ref := func(legacy, v1 string) event.Ref {
		return event.MustRef(ecs.Pick(legacy, "[@metadata][input][tcp]"+v1))
	}
	return fields{
		host: ref("host", "[source][name]"), ip: ref("[@metadata][ip_address]", "[source][ip]"), port: ref("port", "[source][port]"),
		proxyHost: ref("proxy_host", "[proxy][ip]"), proxyPort: ref("proxy_port", "[proxy][port]"),
		subject: ref("sslsubject", "[tls][client][subject]"),
	}
}

// source is the other side of a connection; null values are not told.
type source struct{ host, ip, port, proxyHost, proxyPort, subject event.Value }

func (in *input) source(ctx context.Context, conn net.Conn) source {
	var s source
	if addr, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		ip := addr.Addr().Unmap().WithZone("").String()
		s.ip, s.port = event.StringValue(ip), event.IntValue(int64(addr.Port()))
		s.host = event.StringValue(in.names.find(ctx, ip))
	}
	if secure, ok := conn.(*tls.Conn); ok {
		if certs := secure.ConnectionState().PeerCertificates; len(certs) > 0 && in.cfg.verifies() {
			s.subject = event.StringValue(certs[0].Subject.String())
		}
	}
	return s
}

func (in *input) decorate(e *event.Event, s *source) {
	for _, f := range [...]struct {
		ref event.Ref
		v   event.Value
	}{
		{in.fields.proxyHost, s.proxyHost}, {in.fields.proxyPort, s.proxyPort},
		{in.fields.host, s.host}, {in.fields.ip, s.ip}, {in.fields.port, s.port}, {in.fields.subject, s.subject},
	} {
		if old, ok := e.Get(f.ref); !f.v.IsNull() && (!ok || old.IsNull()) {
			_ = e.Set(f.ref, f.v)
		}
	}
	in.cfg.Decorate(e)
}

// proxyLineMax is the longest line that version 1 of the PROXY protocol allows.
const proxyLineMax = 107

const proxyTimeout = 10 * time.Second

// proxyLine reads the line of the PROXY protocol, where the configuration asks for it, and returns what was read
// after it.
func (in *input) proxyLine(conn net.Conn, buf []byte, s *source) (rest string, err error) {
	if !in.cfg.ProxyProtocol {
		return "", nil
	}
	_ = conn.SetReadDeadline(time.Now().Add(proxyTimeout))
	n := 0
	for {
		if i := strings.Index(string(buf[:min(n, proxyLineMax)]), "\r\n"); i >= 0 {
			return string(buf[i+2 : n]), s.behind(string(buf[:i]))
		}
		if n >= proxyLineMax {
			return "", errNoProxy
		}
		m, err := conn.Read(buf[n:])
		if n += m; m == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				err = errNoProxy
			}
			return "", fmt.Errorf("read the PROXY line: %w", err)
		}
	}
}

var errNoProxy = errors.New("the connection does not begin with a line of the PROXY protocol, version 1")

// behind takes the addresses of a PROXY line: PROXY TCP4 SOURCE PROXY SOURCE-PORT PROXY-PORT.
func (s *source) behind(line string) error {
	words := strings.Fields(line)
	if len(words) >= 2 && words[0] == "PROXY" && words[1] == "UNKNOWN" {
		return nil
	}
	if len(words) != 6 || words[0] != "PROXY" {
		return errNoProxy
	}
	text := event.StringValue
	s.host, s.ip, s.port = text(words[2]), text(words[2]), text(words[4])
	s.proxyHost, s.proxyPort = text(words[3]), text(words[5])
	return nil
}

// names finds the names of addresses by DNS and remembers them for a while.
type names struct {
	on    bool
	mu    sync.Mutex
	known map[string]name
}

type name struct {
	text  string
	until time.Time
}

const (
	lookupTimeout = 2 * time.Second
	nameLife      = 5 * time.Minute
	maxNames      = 10_000
)

func newNames(on bool) *names { return &names{on: on, known: map[string]name{}} }

// find returns the name of an address, the address where it has none.
func (n *names) find(ctx context.Context, ip string) string {
	if !n.on {
		return ip
	}
	n.mu.Lock()
	k, ok := n.known[ip]
	n.mu.Unlock()
	if ok && time.Now().Before(k.until) {
		return k.text
	}
	k.text = lookup(ctx, ip)
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known) >= maxNames {
		clear(n.known)
	}
	n.known[ip] = name{k.text, time.Now().Add(nameLife)}
	return k.text
}

func lookup(ctx context.Context, ip string) string {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := net.DefaultResolver.LookupAddr(ctx, ip)
	if err != nil || len(found) == 0 {
		return ip
	}
	return strings.TrimSuffix(found[0], ".")
}
