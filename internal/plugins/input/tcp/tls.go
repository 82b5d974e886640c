package tcp

import (
	"crypto/tls"

	"castor/internal/plugin"
	"castor/internal/tlsfile"
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
	versions, err := tlsfile.ParseVersions(c.Protocols)
	if err != nil {
		return nil, err
	}
	if c.Mode == "client" {
		return tlsfile.Client{
			Authorities: c.Authorities, Certificate: c.Certificate, Key: c.Key, Verification: c.VerificationMode, ServerName: c.Host, Versions: versions,
		}.Config()
	}
	clients := map[string]tls.ClientAuthType{"none": tls.NoClientCert, "optional": tls.VerifyClientCertIfGiven, "required": tls.RequireAndVerifyClientCert}
	return tlsfile.Server{
		Certificate: c.Certificate, Key: c.Key, Chain: c.ExtraChain, Authorities: c.Authorities, ClientAuth: clients[c.ClientAuth],
		Versions: versions, Log: env.Log,
	}.Config()
}

func (c *config) checkTLS() error {
	switch {
	case c.Mode == "client" && c.IsSet("ssl_client_authentication"):
		return plugin.BadOption("ssl_client_authentication", "it is for mode server; in mode client use ssl_verification_mode")
	case c.Mode == "server" && c.IsSet("ssl_verification_mode"):
		return plugin.BadOption("ssl_verification_mode", "it is for mode client; in mode server use ssl_client_authentication")
	case c.Mode == "server" && c.Certificate == "" && c.Key == "":
		return plugin.BadOption("ssl_enabled", "a server needs ssl_certificate and ssl_key")
	case c.IsSet("ssl_client_authentication") && c.ClientAuth != "none" && len(c.Authorities) == 0:
		return plugin.BadOption("ssl_client_authentication", "%s needs ssl_certificate_authorities", c.ClientAuth)
	}
	return nil
}
