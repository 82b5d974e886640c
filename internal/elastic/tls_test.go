package elastic

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"

	"castor/internal/testkit/certs"
)

func TestTLS(t *testing.T) {
	ca, other := certs.Authority(t, "ours"), certs.Authority(t, "another")
	own := ca.Issue(t, "client")
	start := func(auth tls.ClientAuthType, hosts ...string) string {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"errors":false,"items":[]}`))
		}))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, "server", hosts...).Pair}, ClientAuth: auth, ClientCAs: ca.Pool()}
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
	f(open, true, TLS{Authorities: []string{ca.File}})
	f(open, true, TLS{Authorities: []string{other.File, ca.File}})
	f(open, false, TLS{Authorities: []string{other.File}})
	f(open, true, TLS{TrustedFingerprints: []string{other.Fingerprint(), ca.Fingerprint()}})
	f(open, false, TLS{TrustedFingerprints: []string{other.Fingerprint()}})
	// crypto/tls does not tell a check of its own which address is meant.
	f(start(tls.NoClientCert, "127.0.0.2", "search.example"), false, TLS{TrustedFingerprints: []string{ca.Fingerprint()}})
	f(open, true, TLS{Authorities: []string{ca.File}, Protocols: []string{"TLSv1.2"}})
	f(mutual, false, TLS{Authorities: []string{ca.File}})
	f(mutual, true, TLS{Authorities: []string{ca.File}, Certificate: own.File, Key: own.KeyFile})
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
