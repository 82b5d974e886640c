// Package certs makes certificates for tests: authorities, and what they sign, as PEM files.
package certs

import (
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
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Certificate is one with its key, on disk too. It is good for an hour around now, and for 127.0.0.1 and localhost unless told otherwise.
type Certificate struct {
	Pair      tls.Certificate
	Leaf      *x509.Certificate
	File      string // PEM
	KeyFile   string // PEM, PKCS8
	authority *Certificate
}

// Authority makes one that signs itself.
func Authority(t testing.TB, name string) *Certificate {
	t.Helper()
	return newCertificate(t, nil, name, nil)
}

// Issue makes a certificate of this authority, for the given hosts and addresses.
func (a *Certificate) Issue(t testing.TB, name string, hosts ...string) *Certificate {
	t.Helper()
	if len(hosts) == 0 {
		hosts = []string{"127.0.0.1", "localhost"}
	}
	return newCertificate(t, a, name, hosts)
}

// Renew puts another certificate of the same authority into c's files, as a renewal does. Clocks of file systems can be coarse: the files get a
// time of their own.
func (c *Certificate) Renew(t testing.TB, name string) {
	t.Helper()
	fresh := c.authority.Issue(t, name)
	for from, to := range map[string]string{fresh.File: c.File, fresh.KeyFile: c.KeyFile} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, to, data)
		later := time.Now().Add(time.Minute)
		if err := os.Chtimes(to, later, later); err != nil {
			t.Fatal(err)
		}
	}
	c.Pair, c.Leaf = fresh.Pair, fresh.Leaf
}

// Pool trusts this certificate.
func (c *Certificate) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.Leaf)
	return p
}

// Fingerprint is the SHA-256 in hexadecimal.
func (c *Certificate) Fingerprint() string {
	sum := sha256.Sum256(c.Leaf.Raw)
	return hex.EncodeToString(sum[:])
}

func newCertificate(t testing.TB, authority *Certificate, name string, hosts []string) *Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: authority == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	above, signer := template, key
	if authority != nil {
		above, signer = authority.Leaf, authority.Pair.PrivateKey.(*ecdsa.PrivateKey)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, above, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := &Certificate{File: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"), authority: authority}
	if c.Leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	c.Pair = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: c.Leaf}
	if authority != nil {
		c.Pair.Certificate = append(c.Pair.Certificate, authority.Leaf.Raw)
	}
	var chain []byte
	for _, der := range c.Pair.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	write(t, c.File, chain)
	write(t, c.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return c
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
