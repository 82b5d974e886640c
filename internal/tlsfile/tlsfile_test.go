package tlsfile_test

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/certs"
	"castor/internal/tlsfile"
)

// greet lets a client and a server shake hands and returns what the client makes of it, and the names that each saw of the other.
func greet(t *testing.T, server, client *tls.Config) (serverName, clientName string, err error) {
	t.Helper()
	l, listenErr := net.Listen("tcp", "127.0.0.1:0")
	if listenErr != nil {
		t.Fatal(listenErr)
	}
	defer l.Close()
	names := make(chan string, 1)
	go func() {
		name := ""
		defer func() { names <- name }()
		raw, err := l.Accept()
		if err != nil {
			return
		}
		defer raw.Close()
		_ = raw.SetDeadline(time.Now().Add(30 * time.Second))
		c := tls.Server(raw, server)
		if c.Handshake() != nil {
			return
		}
		if peers := c.ConnectionState().PeerCertificates; len(peers) > 0 {
			name = peers[0].Subject.CommonName
		}
		_, _ = c.Write([]byte("x"))
	}()
	client = client.Clone()
	if client.ServerName == "" {
		client.ServerName = "127.0.0.1"
	}
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err != nil {
		return "", <-names, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	_, err = c.Read(make([]byte, 1)) // TLS 1.3 refuses a client after its handshake
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName, <-names, err
}

func TestHandshakes(t *testing.T) {
	ca, other := certs.Authority(t, "ours"), certs.Authority(t, "another")
	own, client, elsewhere := ca.Issue(t, "server"), ca.Issue(t, "client"), ca.Issue(t, "elsewhere", "127.0.0.2", "elsewhere.example")
	open := tlsfile.Server{Certificate: own.File, Key: own.KeyFile}
	closed := tlsfile.Server{Certificate: own.File, Key: own.KeyFile, Authorities: []string{ca.File}, ClientAuth: tls.RequireAndVerifyClientCert}
	far := tlsfile.Server{Certificate: elsewhere.File, Key: elsewhere.KeyFile}
	here := func() []net.IP { return []net.IP{net.IPv4(127, 0, 0, 1)} }
	roots, prints := []string{ca.File}, []string{ca.Fingerprint()}
	v12, err := tlsfile.ParseVersions([]string{"TLSv1.2"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		server tlsfile.Server
		client tlsfile.Client
		good   bool
	}{
		"the system's authorities":              {open, tlsfile.Client{}, false},
		"authority":                             {open, tlsfile.Client{Authorities: roots}, true},
		"several authorities":                   {open, tlsfile.Client{Authorities: []string{other.File, ca.File}}, true},
		"another authority":                     {open, tlsfile.Client{Authorities: []string{other.File}}, false},
		"another name":                          {far, tlsfile.Client{Authorities: roots}, false},
		"another name, certificate alone":       {far, tlsfile.Client{Authorities: roots, Verification: "certificate"}, true},
		"another authority, certificate alone":  {open, tlsfile.Client{Authorities: []string{other.File}, Verification: "certificate"}, false},
		"no verification":                       {far, tlsfile.Client{Verification: "none"}, true},
		"fingerprint":                           {open, tlsfile.Client{Fingerprints: prints, Addresses: here}, true},
		"another fingerprint":                   {open, tlsfile.Client{Fingerprints: []string{other.Fingerprint()}, Addresses: here}, false},
		"fingerprint of the server itself":      {open, tlsfile.Client{Fingerprints: []string{own.Fingerprint()}, Addresses: here}, true},
		"fingerprint, another address":          {far, tlsfile.Client{Fingerprints: prints, Addresses: here}, false},
		"fingerprint, another name":             {open, tlsfile.Client{Fingerprints: prints, ServerName: "search.example"}, false},
		"fingerprint, the name":                 {far, tlsfile.Client{Fingerprints: prints, ServerName: "elsewhere.example"}, true},
		"fingerprint beside another authority":  {open, tlsfile.Client{Authorities: []string{other.File}, Fingerprints: prints, Addresses: here}, true},
		"no client certificate":                 {closed, tlsfile.Client{Authorities: roots}, false},
		"a client certificate":                  {closed, tlsfile.Client{Authorities: roots, Certificate: client.File, Key: client.KeyFile}, true},
		"a client certificate, TLS 1.2":         {closed, tlsfile.Client{Authorities: roots, Certificate: client.File, Key: client.KeyFile, Versions: v12}, true},
		"a client certificate of somebody else": {closed, tlsfile.Client{Authorities: roots, Certificate: other.File, Key: other.KeyFile}, false},
	} {
		s, err := c.server.Config()
		if err != nil {
			t.Fatal(err)
		}
		cl, err := c.client.Config()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := greet(t, s, cl); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRenewal: both sides show a renewed certificate in new connections, and go on with the old one while only half of the renewal is on disk.
func TestRenewal(t *testing.T) {
	ca := certs.Authority(t, "ours")
	own, client := ca.Issue(t, "server 1"), ca.Issue(t, "client 1")
	s, err := tlsfile.Server{Certificate: own.File, Key: own.KeyFile, Authorities: []string{ca.File}, ClientAuth: tls.RequireAndVerifyClientCert}.Config()
	if err != nil {
		t.Fatal(err)
	}
	c, err := tlsfile.Client{Authorities: []string{ca.File}, Certificate: client.File, Key: client.KeyFile}.Config()
	if err != nil {
		t.Fatal(err)
	}
	eventually := func(server, client string) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			seenServer, seenClient, err := greet(t, s, c)
			if err != nil {
				t.Fatal(err)
			}
			if seenServer == server && seenClient == client {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("seen %q and %q, want %q and %q", seenServer, seenClient, server, client)
			}
		}
	}
	eventually("server 1", "client 1")
	if err := os.WriteFile(own.KeyFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // so that the next connection looks at the files
	eventually("server 1", "client 1")
	own.Renew(t, "server 2")
	client.Renew(t, "client 2")
	eventually("server 2", "client 2")
}

func TestFaultsNameTheOption(t *testing.T) {
	ca := certs.Authority(t, "ours")
	own := ca.Issue(t, "server")
	encrypted := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(encrypted, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(err error, option, words string) {
		t.Helper()
		var e *tlsfile.Error
		if !errors.As(err, &e) || e.OptionName() != option || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want option %s and %q", err, option, words)
		}
	}
	client := func(c tlsfile.Client) error { _, err := c.Config(); return err }
	server := func(s tlsfile.Server) error { _, err := s.Config(); return err }
	f(client(tlsfile.Client{Authorities: []string{"/nonexistent"}}), "ssl_certificate_authorities", "/nonexistent")
	f(client(tlsfile.Client{Authorities: []string{own.KeyFile}}), "ssl_certificate_authorities", "no PEM certificate")
	f(client(tlsfile.Client{Certificate: own.File}), "ssl_certificate", "without ssl_key")
	f(client(tlsfile.Client{Key: own.File}), "ssl_key", "without ssl_certificate")
	f(client(tlsfile.Client{Certificate: own.File, Key: encrypted}), "ssl_key", "openssl pkey")
	f(client(tlsfile.Client{Certificate: own.File, Key: ca.KeyFile}), "ssl_certificate", "does not match")
	f(client(tlsfile.Client{Verification: "perhaps"}), "ssl_verification_mode", "perhaps")
	f(client(tlsfile.Client{Fingerprints: []string{"12"}}), "ca_trusted_fingerprint", "64 digits")
	f(client(tlsfile.Client{Suites: []string{"ROT13"}}), "ssl_cipher_suites", "ROT13")
	f(server(tlsfile.Server{}), "ssl_certificate", "needs")
	_, err := tlsfile.ParseVersions([]string{"SSLv3"})
	f(err, "ssl_supported_protocols", "SSLv3")
}
