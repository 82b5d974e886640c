package broker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// TLSOptions are what Logstash's ssl_* options say about a client's connection.
type TLSOptions struct {
	CAFiles          []string // ssl_certificate_authorities, PEM; the system's authorities when empty
	CertFile         string   // ssl_certificate, PEM
	KeyFile          string   // ssl_key, PEM
	VerificationMode string   // ssl_verification_mode: "full" (also ""), "certificate" (any name) or "none"
	ServerName       string   // instead of the host's name
	MinVersion       uint16   // of crypto/tls; default TLS 1.2
	CipherSuites     []uint16
}

// Config reads the files and makes a configuration of them. The client's certificate is read again when its file
// changes, so that a renewed one is used from the next connection on.
func (o TLSOptions) Config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: o.MinVersion, CipherSuites: o.CipherSuites, ServerName: o.ServerName}
	if c.MinVersion == 0 {
		c.MinVersion = tls.VersionTLS12
	}
	roots, err := readRoots(o.CAFiles)
	if err != nil {
		return nil, err
	}
	c.RootCAs = roots
	switch o.VerificationMode {
	case "", "full":
	case "certificate":
		c.InsecureSkipVerify = true
		c.VerifyConnection = verifyChainOnly(roots)
	case "none":
		c.InsecureSkipVerify = true
	default:
		return nil, fmt.Errorf("ssl_verification_mode %q: it is one of full, certificate, none", o.VerificationMode)
	}
	if o.CertFile == "" && o.KeyFile == "" {
		return c, nil
	}
	if o.CertFile == "" || o.KeyFile == "" {
		return nil, errors.New("a client certificate needs both ssl_certificate and ssl_key")
	}
	kp := &keyPair{cert: o.CertFile, key: o.KeyFile}
	if _, err := kp.get(nil); err != nil {
		return nil, err
	}
	c.GetClientCertificate = kp.get
	return c, nil
}

func readRoots(files []string) (*x509.CertPool, error) {
	if len(files) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, f := range files {
		pem, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read certificate authorities: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read certificate authorities: %s holds no PEM certificate", f)
		}
	}
	return pool, nil
}

// verifyChainOnly checks everything but the host's name.
func verifyChainOnly(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(cs tls.ConnectionState) error {
		opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range cs.PeerCertificates[1:] {
			opts.Intermediates.AddCert(c)
		}
		_, err := cs.PeerCertificates[0].Verify(opts)
		return err
	}
}

// keyPair is a client certificate that follows its files.
type keyPair struct {
	cert, key string

	mu     sync.Mutex
	loaded *tls.Certificate
	mod    [2]time.Time
}

func (k *keyPair) get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	mod := [2]time.Time{modTime(k.cert), modTime(k.key)}
	if k.loaded != nil && mod == k.mod {
		return k.loaded, nil
	}
	c, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		if k.loaded != nil { // half of a renewal is on disk: the old one serves until the other half is there
			return k.loaded, nil
		}
		return nil, fmt.Errorf("read client certificate %s and key %s: %w", k.cert, k.key, err)
	}
	k.loaded, k.mod = &c, mod
	return k.loaded, nil
}

func modTime(path string) time.Time {
	st, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return st.ModTime()
}
