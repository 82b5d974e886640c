package elastic

import (
	"log/slog"
	"net/http"
	"time"
)

// Config says where the cluster is and how to speak to it. The zero value speaks to http://127.0.0.1:9200.
type Config struct {
	// Hosts are URLs, host:port or host, with user and password in them where wanted. HTTPS makes https the scheme
	// of those that name none.
	Hosts []string
	HTTPS bool
	// Path is put before every request's path, for a cluster behind a proxy.
	Path string
	// Parameters are added to every request's query.
	Parameters map[string]string

	// CloudID replaces Hosts; CloudAuth is its "user:password".
	CloudID   string
	CloudAuth string

	User     string
	Password string
	// APIKey is "id:key", or the same in base64.
	APIKey string

	TLS   TLS
	Proxy string // URL; empty: the environment's; "none": no proxy
	// Headers are sent with every request.
	Headers   map[string]string
	UserAgent string

	// CompressionLevel is gzip's, 1 to 9; 0 sends requests as they are.
	CompressionLevel int
	// MaxBulkBytes bounds one request's body before compression; a batch above it is sent in parts. Default 20 MiB.
	MaxBulkBytes int
	// HeavyPatience is how long a large document is tried alone that the cluster has no memory for, while it takes others; 0: for ever.
	HeavyPatience time.Duration
	// BulkPath replaces /_bulk.
	BulkPath string

	// Timeout is for one request, from writing it to the end of its answer. Default 60 s.
	Timeout time.Duration
	// PoolMax and PoolMaxPerHost bound the connections. Defaults 1000 and 100.
	PoolMax        int
	PoolMaxPerHost int
	// IdleTimeout closes a connection that was not used for so long. Default 90 s.
	IdleTimeout time.Duration

	// ResurrectDelay is how long a host that failed is left alone while others answer; it doubles with each failure in
	// a row, up to 16 times. Default 5 s.
	ResurrectDelay time.Duration
	// Sniffing asks the cluster for its nodes, at the start and then every SniffingDelay (default 5 s), and uses those
	// in place of Hosts. SniffingPath replaces /_nodes/http.
	Sniffing      bool
	SniffingDelay time.Duration
	SniffingPath  string

	// Logger hears of hosts that fall away and return. Default: none.
	Logger *slog.Logger
}

// TLS is how a server is recognized, and the client by it. Files are PEM.
type TLS struct {
	// Authorities are files of certificates to trust; without any, the system's.
	Authorities []string
	// Certificate and Key are the client's own.
	Certificate string
	Key         string
	// TrustedFingerprints are SHA-256 of authorities' or servers' certificates, in hex: a chain that holds one is trusted.
	TrustedFingerprints []string
	// Verification is "full" (default) or "none".
	Verification string
	// Protocols, like "TLSv1.2", bound the versions: from the lowest named to the highest; empty: Go's choice.
	Protocols []string
	// CipherSuites by name; empty: Go's choice.
	CipherSuites []string
}

func (c Config) withDefaults() Config {
	setDefault(&c.MaxBulkBytes, 20<<20)
	setDefault(&c.BulkPath, "/_bulk")
	setDefault(&c.Timeout, time.Minute)
	setDefault(&c.PoolMax, 1000)
	setDefault(&c.PoolMaxPerHost, 100)
	setDefault(&c.IdleTimeout, 90*time.Second)
	setDefault(&c.ResurrectDelay, 5*time.Second)
	setDefault(&c.SniffingDelay, 5*time.Second)
	setDefault(&c.SniffingPath, "/_nodes/http")
	setDefault(&c.UserAgent, "castor")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (c Config) header() http.Header {
	h := http.Header{"Accept": {"application/json"}}
	for name, value := range c.Headers {
		h.Set(name, value)
	}
	return h
}
