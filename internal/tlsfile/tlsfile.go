// Package tlsfile makes TLS configurations of PEM files, for everything that listens or connects. Certificates follow their
// files: a renewed one is used from the next connection on. It imports the standard library only.
package tlsfile

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Error is a fault in what a configuration says about TLS.
type Error struct {
	Option string // Logstash's usual name of the option at fault
	Err    error
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// OptionName lets the plugin contracts find the option's place in the configuration.
func (e *Error) OptionName() string { return e.Option }

func fault(option, format string, args ...any) error {
	return &Error{option, fmt.Errorf(format, args...)}
}

// Versions are the lowest and the highest of the versions of TLS that may be spoken; zeros leave them to Go.
type Versions struct{ Min, Max uint16 }

var versionNames = map[string]uint16{"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

// ParseVersions reads names such as TLSv1.2: from the lowest to the highest.
func ParseVersions(names []string) (v Versions, err error) {
	for _, name := range names {
		n, ok := versionNames[name]
		if !ok {
			return v, fault("ssl_supported_protocols", "%q is no version of TLS: TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3", name)
		}
		if v.Min == 0 || n < v.Min {
			v.Min = n
		}
		v.Max = max(v.Max, n)
	}
	return v, nil
}

func (v Versions) apply(c *tls.Config) {
	c.MinVersion, c.MaxVersion = v.Min, v.Max
	if c.MinVersion == 0 {
		c.MinVersion = tls.VersionTLS12
	}
}

// suites finds cipher suites by their IANA names.
func suites(names []string) (ids []uint16, err error) {
	all := slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites())
	for _, name := range names {
		i := slices.IndexFunc(all, func(s *tls.CipherSuite) bool { return s.Name == name })
		if i < 0 {
			return nil, fault("ssl_cipher_suites", "the cipher suite %q is not known here", name)
		}
		ids = append(ids, all[i].ID)
	}
	return ids, nil
}

// pool reads the authorities; nil without any.
func pool(files []string) (*x509.CertPool, error) {
	if len(files) == 0 {
		return nil, nil
	}
	p := x509.NewCertPool()
	for _, f := range files {
		pem, err := os.ReadFile(f)
		if err != nil {
			return nil, fault("ssl_certificate_authorities", "read certificate authorities: %w", err)
		}
		if !p.AppendCertsFromPEM(pem) {
			return nil, fault("ssl_certificate_authorities", "read certificate authorities: %s holds no PEM certificate", f)
		}
	}
	return p, nil
}

// pair reads a certificate, what else belongs to its chain, and its key.
func pair(certificate, key string, chain []string) (*tls.Certificate, error) {
	var certs []byte
	for _, path := range append([]string{certificate}, chain...) {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, fault("ssl_certificate", "read certificate: %w", err)
		}
		certs = append(append(certs, pem...), '\n')
	}
	pem, err := os.ReadFile(key)
	if err != nil {
		return nil, fault("ssl_key", "read key: %w", err)
	}
	if strings.Contains(string(pem), "ENCRYPTED") {
		return nil, fault("ssl_key", "the key %s is encrypted; give it without passphrase and protect the file by its permissions (openssl pkey -in KEY -out PLAINKEY)", key)
	}
	c, err := tls.X509KeyPair(certs, pem)
	if err != nil {
		return nil, fault("ssl_certificate", "read certificate %s and key %s: %w", certificate, key, err)
	}
	return &c, nil
}

func checkPair(certificate, key string) error {
	switch {
	case certificate != "" && key == "":
		return fault("ssl_certificate", "ssl_certificate without ssl_key: they go together, give both or none")
	case certificate == "" && key != "":
		return fault("ssl_key", "ssl_key without ssl_certificate: they go together, give both or none")
	}
	return nil
}
