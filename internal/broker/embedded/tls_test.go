package embedded

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestTLS(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	_, addr := start(t, Options{TLS: &tls.Config{Certificates: web.TLS.Certificates}, Password: "secret"})
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	c := redis.NewClient(&redis.Options{Addr: addr, Password: "secret", TLSConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}})
	defer c.Close()
	if n, err := c.RPush(background(), "k", "1", "2").Result(); err != nil || n != 2 {
		t.Errorf("push over TLS: %d, %v", n, err)
	}
	plain := client(t, addr)
	if err := plain.RPush(background(), "k", "3").Err(); err == nil {
		t.Error("a client without TLS was let in")
	}
}
