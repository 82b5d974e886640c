package tlsfile

import (
	"crypto/tls"
	"log/slog"
)

// Server says how a listener shows who it is, and whom it lets in.
type Server struct {
	Certificate string
	Key         string
	Chain       []string // more certificates between it and its authority
	// Authorities are those that clients' certificates must come from; without any, clients are not asked for one.
	Authorities []string
	ClientAuth  tls.ClientAuthType // with Authorities
	Versions    Versions
	Log         *slog.Logger // hears of renewals
}

// Config reads the files, and again when they change: certificate, key, chain and authorities.
func (o Server) Config() (*tls.Config, error) {
	if o.Certificate == "" && o.Key == "" {
		return nil, fault("ssl_certificate", "a server needs ssl_certificate and ssl_key")
	}
	if err := checkPair(o.Certificate, o.Key); err != nil {
		return nil, err
	}
	files := append(append([]string{o.Certificate, o.Key}, o.Chain...), o.Authorities...)
	f, err := follow(o.Log, o.load, files...)
	if err != nil {
		return nil, err
	}
	c := f.get().Clone()
	c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.get(), nil }
	return c, nil
}

func (o Server) load() (*tls.Config, error) {
	c := &tls.Config{}
	o.Versions.apply(c)
	cert, err := pair(o.Certificate, o.Key, o.Chain)
	if err != nil {
		return nil, err
	}
	c.Certificates = []tls.Certificate{*cert}
	if c.ClientCAs, err = pool(o.Authorities); err != nil {
		return nil, err
	}
	if c.ClientCAs != nil {
		c.ClientAuth = o.ClientAuth
	}
	return c, nil
}
