// Package option has groups of options that several plugins share.
package option

import (
	"crypto/tls"

	"castor/internal/plugin"
	"castor/internal/tlsfile"
)

// ClientTLS are the options of plugins that connect by TLS. Embed it.
type ClientTLS struct {
	Enabled            bool            `opt:"ssl_enabled" default:"false" doc:"Whether to connect by TLS."`
	Authorities        []string        `opt:"ssl_certificate_authorities" doc:"PEM files with the authorities to trust; the system's where it is missing."`
	Certificate        string          `opt:"ssl_certificate" doc:"PEM file with the client's certificate."`
	Key                string          `opt:"ssl_key" doc:"PEM file with the client's key."`
	KeyPassphrase      plugin.Password `opt:"ssl_key_passphrase" doc:"Passphrase of the key." ignored:"keys are read unencrypted; protect the file by its permissions"`
	VerificationMode   string          `opt:"ssl_verification_mode" default:"full" enum:"full|certificate|none" doc:"full checks the certificate and its name, certificate only the authority, none nothing."`
	Protocols          []string        `opt:"ssl_supported_protocols" enum:"TLSv1.1|TLSv1.2|TLSv1.3" doc:"The versions of TLS to accept; 1.2 and 1.3 where it is missing."`
	CipherSuites       []string        `opt:"ssl_cipher_suites" doc:"Cipher suites by their IANA names." ignored:"Go chooses among the secure suites itself"`
	Keystore           string          `opt:"ssl_keystore_path" doc:"Java keystore." obsolete:"convert the keystore to PEM and use ssl_certificate and ssl_key"`
	KeystorePassword   plugin.Password `opt:"ssl_keystore_password" doc:"Its password." obsolete:"convert the keystore to PEM and use ssl_certificate and ssl_key"`
	KeystoreType       string          `opt:"ssl_keystore_type" doc:"Its type." obsolete:"convert the keystore to PEM and use ssl_certificate and ssl_key"`
	Truststore         string          `opt:"ssl_truststore_path" doc:"Java truststore." obsolete:"export the authorities to PEM and use ssl_certificate_authorities"`
	TruststorePassword plugin.Password `opt:"ssl_truststore_password" doc:"Its password." obsolete:"export the authorities to PEM and use ssl_certificate_authorities"`
	TruststoreType     string          `opt:"ssl_truststore_type" doc:"Its type." obsolete:"export the authorities to PEM and use ssl_certificate_authorities"`
}

// Config makes a configuration of the options, nil when TLS is off.
func (o *ClientTLS) Config() (*tls.Config, error) {
	if !o.Enabled {
		return nil, nil
	}
	versions, err := tlsfile.ParseVersions(o.Protocols)
	if err != nil {
		return nil, err
	}
	return tlsfile.Client{
		Authorities: o.Authorities, Certificate: o.Certificate, Key: o.Key, Verification: o.VerificationMode, Versions: versions,
	}.Config()
}
