package api_test

import (
	"crypto/tls"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/api"
	"castor/internal/testkit/certs"
)

func TestTLS(t *testing.T) {
	n := start(t, config, nil)
	ca := certs.Authority(t, "authority")
	own, client := ca.Issue(t, "first"), ca.Issue(t, "client")
	o := api.Options{Host: "127.0.0.1", Pipelines: n.pipelines, Levels: n.levels, CertFile: own.File, KeyFile: own.KeyFile, ClientCAs: ca.File}
	s := api.New(o)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	get := func(path string, pairs ...tls.Certificate) (status int, server string) {
		t.Helper()
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), Certificates: pairs}, DisableKeepAlives: true}
		answer, err := (&http.Client{Transport: transport}).Get("https://" + s.Address() + path)
		if err != nil {
			t.Fatalf("by TLS: %v", err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode, answer.TLS.PeerCertificates[0].Subject.CommonName
	}
	if status, _ := get("/", client.Pair); status != http.StatusOK {
		t.Errorf("with a client certificate: %d", status)
	}
	if status, _ := get("/"); status != http.StatusForbidden {
		t.Errorf("without a client certificate: %d", status)
	}
	if status, _ := get("/livez"); status != http.StatusOK {
		t.Errorf("a probe without a client certificate: %d", status)
	}
	own.Renew(t, "second")
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, name := get("/livez"); name == "second" {
			break
		} else if time.Now().After(end) {
			t.Fatalf("the API still shows the certificate %q", name)
		}
	}
	o.KeyFile = filepath.Join(t.TempDir(), "none.pem")
	if err := api.New(o).Start(); err == nil || !strings.Contains(err.Error(), "api.ssl.key") {
		t.Errorf("without a key: %v", err)
	}
}
