package elastic

import (
	"crypto/tls"
	"net"

	"castor/internal/tlsfile"
)

// tls makes the configuration of connections.
func (c Config) tls(addresses func() []net.IP) (*tls.Config, error) {
	versions, err := tlsfile.ParseVersions(c.TLS.Protocols)
	if err != nil {
		return nil, err
	}
	return tlsfile.Client{
		Authorities: c.TLS.Authorities, Fingerprints: c.TLS.TrustedFingerprints, Verification: c.TLS.Verification,
		Certificate: c.TLS.Certificate, Key: c.TLS.Key, Versions: versions, Suites: c.TLS.CipherSuites, Addresses: addresses,
	}.Config()
}
