package elastic

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// config reads the files and gives crypto/tls what they mean.
func (t TLS) config() (*tls.Config, error) {
	c := &tls.Config{}
	switch t.Verification {
	case "", "full":
	case "none":
		c.InsecureSkipVerify = true
	default:
		return nil, fmt.Errorf("ssl_verification_mode %q is not known: it is full or none", t.Verification)
	}
	if err := t.authorities(c); err != nil {
		return nil, err
	}
	if err := t.own(c); err != nil {
		return nil, err
	}
	if err := t.versions(c); err != nil {
		return nil, err
	}
	if err := t.suites(c); err != nil {
		return nil, err
	}
	return c, t.fingerprints(c)
}

func (t TLS) authorities(c *tls.Config) error {
	for _, file := range t.Authorities {
		pem, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read certificate authority: %w", err)
		}
		if c.RootCAs == nil {
			c.RootCAs = x509.NewCertPool()
		}
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("read certificate authority %s: there is no PEM certificate in it", file)
		}
	}
	return nil
}

func (t TLS) own(c *tls.Config) error {
	if t.Certificate == "" && t.Key == "" {
		return nil
	}
	if t.Certificate == "" || t.Key == "" {
		return errors.New("ssl_certificate and ssl_key go together: one is missing")
	}
	pair, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
	if err != nil {
		return fmt.Errorf("read client certificate %s: %w", t.Certificate, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}

func (t TLS) versions(c *tls.Config) error {
	known := map[string]uint16{"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
	for _, name := range t.Protocols {
		v, ok := known[name]
		if !ok {
			return fmt.Errorf("ssl_supported_protocols %q is not known: TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3", name)
		}
		if c.MinVersion == 0 || v < c.MinVersion {
			c.MinVersion = v
		}
		c.MaxVersion = max(c.MaxVersion, v)
	}
	return nil
}

func (t TLS) suites(c *tls.Config) error {
	all := slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites())
	for _, name := range t.CipherSuites {
		i := slices.IndexFunc(all, func(s *tls.CipherSuite) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("ssl_cipher_suites %q is not known here", name)
		}
		c.CipherSuites = append(c.CipherSuites, all[i].ID)
	}
	return nil
}

// fingerprints trusts chains that hold a named certificate, and still checks the host's name and the dates.
func (t TLS) fingerprints(c *tls.Config) error {
	if len(t.TrustedFingerprints) == 0 || c.InsecureSkipVerify {
		return nil
	}
	trusted := map[[sha256.Size]byte]bool{}
	for _, f := range t.TrustedFingerprints {
		raw, err := hex.DecodeString(strings.ReplaceAll(f, ":", ""))
		if err != nil || len(raw) != sha256.Size {
			return fmt.Errorf("ca_trusted_fingerprint %q is not a SHA-256 in hex (64 digits)", f)
		}
		trusted[[sha256.Size]byte(raw)] = true
	}
	roots := c.RootCAs
	c.InsecureSkipVerify = true // replaced by the check that follows, not left out
	c.VerifyConnection = func(s tls.ConnectionState) error { return verifyWith(s, roots, trusted) }
	return nil
}

func verifyWith(s tls.ConnectionState, roots *x509.CertPool, trusted map[[sha256.Size]byte]bool) error {
	if roots == nil {
		roots = x509.NewCertPool()
	} else {
		roots = roots.Clone()
	}
	chain := x509.NewCertPool()
	for _, cert := range s.PeerCertificates {
		chain.AddCert(cert)
		if trusted[sha256.Sum256(cert.Raw)] {
			roots.AddCert(cert)
		}
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: chain, DNSName: s.ServerName})
	return err
}
