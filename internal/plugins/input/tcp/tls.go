package tcp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"castor/internal/plugin"
)

// tlsOptions are the options for TLS on both sides.
type tlsOptions struct {
	SSLEnabled       bool            `opt:"ssl_enabled" default:"false" doc:"Whether the connection is by TLS."`
	Certificate      string          `opt:"ssl_certificate" doc:"PEM file with the certificate of this side, and those between it and its authority. It is read again when it changes."`
	Key              string          `opt:"ssl_key" doc:"PEM file with its key."`
	KeyPassphrase    plugin.Password `opt:"ssl_key_passphrase" doc:"Passphrase of the key." ignored:"keys are read unencrypted; protect the file by its permissions"`
	ExtraChain       []string        `opt:"ssl_extra_chain_certs" doc:"PEM files with more certificates for the chain."`
	Authorities      []string        `opt:"ssl_certificate_authorities" doc:"PEM files with the authorities that the other side's certificate must come from. A client trusts the system's where it is missing."`
	ClientAuth       string          `opt:"ssl_client_authentication" default:"required" enum:"none|optional|required" doc:"Mode server: whether clients must, may or need not show a certificate. Without ssl_certificate_authorities none is asked for."`
	VerificationMode string          `opt:"ssl_verification_mode" default:"full" enum:"full|none" doc:"Mode client: whether the server's certificate is checked."`
	Protocols        []string        `opt:"ssl_supported_protocols" enum:"TLSv1.1|TLSv1.2|TLSv1.3" doc:"The versions of TLS to accept; 1.2 and 1.3 where it is missing."`
	CipherSuites     []string        `opt:"ssl_cipher_suites" doc:"Cipher suites by their IANA names." ignored:"Go chooses among the secure suites itself"`
	Enable           bool            `opt:"ssl_enable" doc:"The former name of ssl_enabled." obsolete:"use ssl_enabled"`
	Verify           bool            `opt:"ssl_verify" doc:"A former option." obsolete:"use ssl_client_authentication in mode server, ssl_verification_mode in mode client"`
	Cert             string          `opt:"ssl_cert" doc:"The former name of ssl_certificate." obsolete:"use ssl_certificate"`
}

// verifies tells whether the other side's certificate is checked.
func (c *config) verifies() bool {
	if c.Mode == "client" {
		return c.VerificationMode == "full"
	}
	return c.ClientAuth != "none" && len(c.Authorities) > 0
}

func (c *config) tlsConfig(env *plugin.Env) (*tls.Config, error) {
	if !c.SSLEnabled {
		for _, option := range []string{"ssl_certificate", "ssl_key", "ssl_certificate_authorities", "ssl_client_authentication", "ssl_verification_mode", "ssl_extra_chain_certs"} {
			if c.IsSet(option) {
				env.Warn(c.PosOf(option), "%s has no effect without ssl_enabled => true", option)
			}
		}
		return nil, nil
	}
	if err := c.checkTLS(); err != nil {
		return nil, err
	}
	r := &reloader{cfg: c, log: env.Log}
	first, err := r.load()
	if err != nil {
		return nil, err
	}
	if c.Mode == "client" {
		return first, nil
	}
	r.current = first
	return &tls.Config{MinVersion: first.MinVersion, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return r.config(), nil }}, nil
}

func (c *config) checkTLS() error {
	switch {
	case c.Certificate != "" && c.Key == "":
		return plugin.BadOption("ssl_certificate", "it needs ssl_key")
	case c.Key != "" && c.Certificate == "":
		return plugin.BadOption("ssl_key", "it needs ssl_certificate")
	case c.Mode == "client" && c.IsSet("ssl_client_authentication"):
		return plugin.BadOption("ssl_client_authentication", "it is for mode server; in mode client use ssl_verification_mode")
	case c.Mode == "server" && c.IsSet("ssl_verification_mode"):
		return plugin.BadOption("ssl_verification_mode", "it is for mode client; in mode server use ssl_client_authentication")
	case c.Mode == "server" && c.Certificate == "":
		return plugin.BadOption("ssl_enabled", "a server needs ssl_certificate and ssl_key")
	case c.IsSet("ssl_client_authentication") && c.ClientAuth != "none" && len(c.Authorities) == 0:
		return plugin.BadOption("ssl_client_authentication", "%s needs ssl_certificate_authorities", c.ClientAuth)
	}
	return nil
}

// reloader follows the files of a server's certificate.
type reloader struct {
	cfg     *config
	log     *slog.Logger
	mu      sync.Mutex
	current *tls.Config
	stamp   string
	looked  time.Time
}

const lookEvery = time.Second

func (r *reloader) config() *tls.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.looked) < lookEvery {
		return r.current
	}
	r.looked = time.Now()
	if r.cfg.stamp() == r.stamp {
		return r.current
	}
	fresh, err := r.load()
	if err != nil {
		r.log.Warn("the certificate changed but cannot be read; the old one stays", "error", err)
		return r.current
	}
	r.log.Info("the certificate changed and was read again", "ssl_certificate", r.cfg.Certificate)
	r.current = fresh
	return fresh
}

// stamp changes when one of the files does.
func (c *config) stamp() string {
	var b strings.Builder
	for _, path := range append([]string{c.Certificate, c.Key}, append(c.ExtraChain, c.Authorities...)...) {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&b, "%d %d ", info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}

var versions = map[string]uint16{"TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

func (r *reloader) load() (*tls.Config, error) {
	c := r.cfg
	r.stamp = c.stamp()
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	for i, p := range c.Protocols {
		v := versions[p]
		if i == 0 {
			t.MinVersion, t.MaxVersion = v, v
		}
		t.MinVersion, t.MaxVersion = min(t.MinVersion, v), max(t.MaxVersion, v)
	}
	if c.Certificate != "" {
		cert, err := c.pair()
		if err != nil {
			return nil, &plugin.OptionError{Option: "ssl_certificate", Err: err}
		}
		t.Certificates = []tls.Certificate{cert}
	}
	pool, err := c.pool()
	if err != nil {
		return nil, &plugin.OptionError{Option: "ssl_certificate_authorities", Err: err}
	}
	if c.Mode == "client" {
		t.RootCAs, t.ServerName, t.InsecureSkipVerify = pool, c.Host, c.VerificationMode == "none"
		return t, nil
	}
	t.ClientCAs = pool
	switch {
	case pool == nil || c.ClientAuth == "none":
	case c.ClientAuth == "optional":
		t.ClientAuth = tls.VerifyClientCertIfGiven
	default:
		t.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return t, nil
}

// pair reads certificate, chain and key.
func (c *config) pair() (tls.Certificate, error) {
	var chain []byte
	for _, path := range append([]string{c.Certificate}, c.ExtraChain...) {
		pem, err := os.ReadFile(path)
		if err != nil {
			return tls.Certificate{}, err
		}
		chain = append(append(chain, pem...), '\n')
	}
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return tls.Certificate{}, err
	}
	if strings.Contains(string(key), "ENCRYPTED") {
		return tls.Certificate{}, errors.New("the key is encrypted; give it without passphrase and protect the file by its permissions (openssl pkey -in KEY -out PLAINKEY)")
	}
	return tls.X509KeyPair(chain, key)
}

// pool reads the authorities; nil without any.
func (c *config) pool() (*x509.CertPool, error) {
	if len(c.Authorities) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, path := range c.Authorities {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", path)
		}
	}
	return pool, nil
}
