package tlsfile

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"strings"
)

// Client says how a server is recognized, and the client by it.
type Client struct {
	// Authorities are files of certificates to trust; without any, the system's. They are read once.
	Authorities []string
	// Fingerprints are SHA-256 of authorities' or servers' certificates, in hexadecimal: a chain that holds one is trusted.
	Fingerprints []string
	// Verification is "full" (also ""), "certificate" (whatever the name) or "none".
	Verification string
	ServerName   string // instead of the host's name
	// Certificate and Key are the client's own.
	Certificate string
	Key         string
	Versions    Versions
	Suites      []string // cipher suites by name; empty: Go's choice
	// Addresses gives the IP addresses that stand for the server where it is spoken to by one. crypto/tls does not tell a check of
	// fingerprints which address was meant, so the certificate must be of one of these.
	Addresses func() []net.IP
}

// Config reads the files.
func (o Client) Config() (*tls.Config, error) {
	c := &tls.Config{ServerName: o.ServerName}
	o.Versions.apply(c)
	var err error
	if c.CipherSuites, err = suites(o.Suites); err != nil {
		return nil, err
	}
	if c.RootCAs, err = pool(o.Authorities); err != nil {
		return nil, err
	}
	if err := o.verification(c); err != nil {
		return nil, err
	}
	return c, o.own(c)
}

func (o Client) verification(c *tls.Config) error {
	check := verifier{roots: c.RootCAs, addresses: o.Addresses}
	switch o.Verification {
	case "", "full":
		if len(o.Fingerprints) == 0 {
			return nil
		}
		check.names = true
	case "certificate":
	case "none":
		c.InsecureSkipVerify = true
		return nil
	default:
		return fault("ssl_verification_mode", "ssl_verification_mode %q: it is one of full, certificate, none", o.Verification)
	}
	var err error
	check.trusted, err = parseFingerprints(o.Fingerprints)
	c.InsecureSkipVerify = true // replaced by the check that follows, not left out
	c.VerifyConnection = check.verify
	return err
}

func parseFingerprints(texts []string) (map[[sha256.Size]byte]bool, error) {
	trusted := map[[sha256.Size]byte]bool{}
	for _, f := range texts {
		raw, err := hex.DecodeString(strings.ReplaceAll(f, ":", ""))
		if err != nil || len(raw) != sha256.Size {
			return nil, fault("ca_trusted_fingerprint", "ca_trusted_fingerprint %q is not a SHA-256 in hex (64 digits)", f)
		}
		trusted[[sha256.Size]byte(raw)] = true
	}
	return trusted, nil
}

// verifier is a check of its own in place of crypto/tls's.
type verifier struct {
	roots     *x509.CertPool
	trusted   map[[sha256.Size]byte]bool
	names     bool
	addresses func() []net.IP
}

func (v verifier) verify(s tls.ConnectionState) error {
	leaf := s.PeerCertificates[0]
	opts := x509.VerifyOptions{Roots: v.roots, Intermediates: x509.NewCertPool()}
	for _, cert := range s.PeerCertificates {
		opts.Intermediates.AddCert(cert)
		if !v.trusted[sha256.Sum256(cert.Raw)] {
			continue
		}
		if opts.Roots == v.roots {
			opts.Roots = x509.NewCertPool()
			if v.roots != nil {
				opts.Roots = v.roots.Clone()
			}
		}
		opts.Roots.AddCert(cert)
	}
	if opts.Roots == nil && len(v.trusted) > 0 {
		opts.Roots = x509.NewCertPool() // fingerprints stand in place of the system's authorities
	}
	if _, err := leaf.Verify(opts); err != nil || !v.names {
		return err
	}
	if s.ServerName != "" {
		return leaf.VerifyHostname(s.ServerName)
	}
	return v.verifyAddress(leaf)
}

func (v verifier) verifyAddress(leaf *x509.Certificate) error {
	err := errors.New("the server is named by an address, and its certificate is of none that is configured")
	if v.addresses == nil {
		return err
	}
	for _, ip := range v.addresses() {
		if leaf.VerifyHostname(ip.String()) == nil {
			return nil
		}
	}
	return err
}

// own makes the client show its certificate, as the files have it then.
func (o Client) own(c *tls.Config) error {
	if o.Certificate == "" && o.Key == "" {
		return nil
	}
	if err := checkPair(o.Certificate, o.Key); err != nil {
		return err
	}
	f, err := follow(nil, func() (*tls.Certificate, error) { return pair(o.Certificate, o.Key, nil) }, o.Certificate, o.Key)
	if err != nil {
		return err
	}
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return f.get(), nil }
	return nil
}
