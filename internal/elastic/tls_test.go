package elastic

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// identity is a certificate with its key, on disk too.
type identity struct {
	pair          tls.Certificate
	cert, keyFile string
}

func newIdentity(t *testing.T, parent *identity, authority bool) *identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "castor test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: authority, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	signer, above := any(key), tpl
	if parent != nil {
		signer, above = parent.pair.PrivateKey, parent.pair.Leaf
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, above, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	raw, _ := x509.MarshalECPrivateKey(key)
	dir := t.TempDir()
	id := &identity{
		pair: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		cert: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem"),
	}
	if parent != nil {
		id.pair.Certificate = append(id.pair.Certificate, parent.pair.Certificate[0])
	}
	write(t, id.cert, "CERTIFICATE", der)
	write(t, id.keyFile, "EC PRIVATE KEY", raw)
	return id
}

func write(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func fingerprint(id *identity) string {
	sum := sha256.Sum256(id.pair.Leaf.Raw)
	return hex.EncodeToString(sum[:])
}

func TestTLS(t *testing.T) {
	ca := newIdentity(t, nil, true)
	other := newIdentity(t, nil, true)
	own := newIdentity(t, ca, false)
	start := func(auth tls.ClientAuthType) string {
		clients := x509.NewCertPool()
		clients.AddCert(ca.pair.Leaf)
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"errors":false,"items":[]}`))
		}))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{newIdentity(t, ca, false).pair}, ClientAuth: auth, ClientCAs: clients}
		s.Config.ErrorLog = nil
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.URL
	}
	open, mutual := start(tls.NoClientCert), start(tls.RequireAndVerifyClientCert)
	f := func(url string, good bool, settings TLS) {
		t.Helper()
		_, err := client(t, func(c *Config) { c.TLS = settings }, url).Bulk(context.Background(), docs("tls", 1))
		if good != (err == nil) {
			t.Errorf("%+v: %v", settings, err)
		}
	}
	f(open, false, TLS{})
	f(open, true, TLS{Verification: "none"})
	f(open, true, TLS{Authorities: []string{ca.cert}})
	f(open, true, TLS{Authorities: []string{other.cert, ca.cert}})
	f(open, false, TLS{Authorities: []string{other.cert}})
	f(open, true, TLS{TrustedFingerprints: []string{fingerprint(other), fingerprint(ca)}})
	f(open, false, TLS{TrustedFingerprints: []string{fingerprint(other)}})
	f(open, true, TLS{Authorities: []string{ca.cert}, Protocols: []string{"TLSv1.2"}})
	f(mutual, false, TLS{Authorities: []string{ca.cert}})
	f(mutual, true, TLS{Authorities: []string{ca.cert}, Certificate: own.cert, Key: own.keyFile})
}

func TestProxy(t *testing.T) {
	var via string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		via = r.URL.String()
		w.Write([]byte(`{"errors":false,"items":[]}`))
	}))
	t.Cleanup(proxy.Close)
	c := client(t, func(c *Config) { c.Proxy = proxy.URL }, "http://search.invalid:9200")
	bulkOK(t, c, docs("p", 1))
	equal(t, "asked through the proxy", via, "http://search.invalid:9200/_bulk?filter_path=errors,items.%2A.status,items.%2A.error")
}
