package option

import (
	"crypto/tls"
	"time"

	"castor/internal/broker/rabbitmq"
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/tlsfile"
)

// RabbitMQ are the options of every plugin that talks to RabbitMQ, those of logstash-mixin-rabbitmq_connection. Embed it.
type RabbitMQ struct {
	Host               []string        `opt:"host" required:"true" doc:"The servers, as name or name:port; the next one is tried when one fails."`
	Port               int             `opt:"port" default:"5672" doc:"The port of hosts that name none; 5671 is the usual one with TLS."`
	User               string          `opt:"user" default:"guest" doc:"The user."`
	Password           plugin.Password `opt:"password" default:"guest" doc:"The password."`
	VHost              string          `opt:"vhost" default:"/" doc:"The virtual host."`
	SSL                bool            `opt:"ssl" default:"false" doc:"Whether to connect by TLS."`
	SSLVersion         string          `opt:"ssl_version" default:"TLSv1.2" doc:"The lowest version of TLS to accept." enum:"TLSv1.1|TLSv1.2|TLSv1.3"`
	SSLCA              []string        `opt:"ssl_certificate_authorities" doc:"PEM files with the authorities to trust; the system's where it is missing. An option of Castor."`
	SSLCertificatePath string          `opt:"ssl_certificate_path" doc:"The client's certificate. PEM here; convert a PKCS12 file with openssl."`
	SSLCertificatePass plugin.Password `opt:"ssl_certificate_password" doc:"Its password." ignored:"PEM keys are read unencrypted; protect the file by its permissions"`
	SSLKey             string          `opt:"ssl_key" doc:"PEM file with the client's key; the certificate's file where it is missing. An option of Castor."`
	SSLVerification    string          `opt:"ssl_verification_mode" default:"full" enum:"full|certificate|none" doc:"full checks the certificate and its name, certificate only the authority, none nothing. An option of Castor."`
	AutomaticRecovery  bool            `opt:"automatic_recovery" default:"true" doc:"Whether to connect again." ignored:"Castor always connects again"`
	RetryInterval      float64         `opt:"connect_retry_interval" default:"1" doc:"The longest pause in seconds between two attempts to connect."`
	ConnectionTimeout  float64         `opt:"connection_timeout" default:"60000" doc:"Milliseconds to wait for a connection."`
	Heartbeat          float64         `opt:"heartbeat" default:"60" doc:"Seconds between heartbeats."`
	Passive            bool            `opt:"passive" default:"false" doc:"Whether to check that the exchange or queue is there instead of declaring it."`
	Arguments          plugin.Hash     `opt:"arguments" doc:"Arguments of the declaration, such as \"x-queue-type\" => \"quorum\"."`
	TLSVersion         string          `opt:"tls_version" doc:"The version of TLS." obsolete:"write ssl_version"`
	TLSCertificatePath string          `opt:"tls_certificate_path" doc:"The client's certificate." obsolete:"write ssl_certificate_path"`
	TLSCertificatePass string          `opt:"tls_certificate_password" doc:"Its password." obsolete:"write ssl_certificate_password"`
	VerifySSL          bool            `opt:"verify_ssl" doc:"Whether to verify the server." obsolete:"write ssl_verification_mode"`
}

// Options are the client's options.
func (o *RabbitMQ) Options() (rabbitmq.Options, error) {
	config, err := o.tls()
	return rabbitmq.Options{
		Hosts: o.Host, Port: o.Port, User: o.User, Password: o.Password.Reveal(), VHost: o.VHost, TLS: config,
		Heartbeat: Seconds(o.Heartbeat), ConnectionTimeout: time.Duration(o.ConnectionTimeout) * time.Millisecond,
		ReconnectInterval: Seconds(o.RetryInterval),
	}, err
}

func (o *RabbitMQ) tls() (*tls.Config, error) {
	if !o.SSL {
		return nil, nil
	}
	lowest, err := tlsfile.ParseVersions([]string{o.SSLVersion})
	if err != nil {
		return nil, err
	}
	c := tlsfile.Client{
		Authorities: o.SSLCA, Certificate: o.SSLCertificatePath, Key: o.SSLKey, Verification: o.SSLVerification,
		Versions: tlsfile.Versions{Min: lowest.Min},
	}
	if c.Key == "" {
		c.Key = c.Certificate
	}
	return c.Config()
}

// Table converts a hash option to what AMQP knows: strings, integers, floats, booleans, lists and tables.
func Table(h plugin.Hash) map[string]any {
	t := make(map[string]any, len(h))
	for _, p := range h {
		t[p.Key] = amqpValue(p.Value)
	}
	return t
}

func amqpValue(v plugin.Value) any {
	if h := v.Hash(); h != nil {
		return Table(h)
	}
	if v.IsArray() {
		var list []any
		for _, e := range v.List() {
			list = append(list, amqpValue(e))
		}
		return list
	}
	text, _ := v.Text()
	switch n := v.Event(); {
	case v.IsNumber() && n.Kind() == event.Float:
		return n.Float()
	case v.IsNumber():
		return n.Int()
	case text == "true", text == "false":
		return text == "true"
	}
	return text
}
