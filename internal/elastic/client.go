package elastic

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// Client speaks to one cluster. Its methods may be called from several goroutines.
type Client struct {
	cfg     Config
	base    *elastictransport.Client
	idle    interface{ CloseIdleConnections() }
	pool    *pool
	auth    string
	query   url.Values
	flavour atomic.Pointer[Flavour]
	state   state
	heavies *heavies
	bodies  chan *body   // for later calls: a pool is emptied by every garbage collection, and they are large
	taken   atomic.Int64 // bytes of a bulk request that the cluster took, learnt from 413; 0: not yet
	ending  context.CancelFunc
	ended   sync.WaitGroup
}

// New checks the configuration; it does not speak to the cluster yet.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if cfg.CompressionLevel < 0 || cfg.CompressionLevel > 9 {
		return nil, fmt.Errorf("compression_level %d is not between 0 and 9", cfg.CompressionLevel)
	}
	urls, err := cfg.addresses()
	if err != nil {
		return nil, err
	}
	auth, err := cfg.authorization()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, auth: auth, query: url.Values{}, heavies: newHeavies(cfg.HeavyPatience), bodies: make(chan *body, keptBodies)}
	c.pool = newPool(cfg.ResurrectDelay, c.hostChanged)
	c.pool.use(urls, auth)
	transport, err := cfg.transport(c.pool.addresses)
	if err != nil {
		return nil, err
	}
	c.idle = transport
	for name, value := range cfg.Parameters {
		c.query.Set(name, value)
	}
	c.base, err = elastictransport.NewClient(c.options(transport)...)
	if err != nil {
		return nil, fmt.Errorf("make the client: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.ending = cancel
	if cfg.Sniffing {
		c.ended.Go(func() { c.sniffAlways(ctx) })
	}
	return c, nil
}

// options leave hosts, credentials and repetition to this package, and bodies as they are. It is go-elasticsearch's
// transport alone: the client above it refuses every server that does not show Elastic's product header, and it
// brings in code for all of the API, which takes minutes to compile.
func (c *Client) options(transport http.RoundTripper) []elastictransport.Option {
	return []elastictransport.Option{
		elastictransport.WithUserAgent(c.cfg.UserAgent),
		elastictransport.WithHeader(c.cfg.header()),
		elastictransport.WithDisableRetry(),
		elastictransport.WithTransport(transport),
		elastictransport.WithConnectionPoolFunc(
			func([]*elastictransport.Connection, elastictransport.Selector) elastictransport.ConnectionPool {
				return c.pool
			}),
		elastictransport.WithInterceptors(c.intercept),
	}
}

// Config is what the client was made with, for clients of what belongs to the cluster.
func (c *Client) Config() Config { return c.cfg }

// Close ends connections and background work. Requests under way end by their own contexts.
func (c *Client) Close() {
	c.ending()
	c.ended.Wait()
	c.idle.CloseIdleConnections()
}

func (cfg Config) transport(addresses func() []net.IP) (*http.Transport, error) {
	secure, err := cfg.tls(addresses)
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       secure,
		TLSHandshakeTimeout:   10 * time.Second,
		DisableCompression:    true, // of answers: they are small
		MaxIdleConns:          cfg.PoolMax,
		MaxIdleConnsPerHost:   cfg.PoolMaxPerHost,
		MaxConnsPerHost:       cfg.PoolMaxPerHost,
		IdleConnTimeout:       cfg.IdleTimeout,
		ExpectContinueTimeout: time.Second,
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        16 << 10,
		Proxy:                 http.ProxyFromEnvironment,
	}
	switch cfg.Proxy {
	case "":
	case "none":
		t.Proxy = nil
	default:
		u, err := url.Parse(cfg.Proxy)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("read proxy %q: not a URL like http://proxy:3128", redact(cfg.Proxy))
		}
		t.Proxy = http.ProxyURL(u)
	}
	return t, nil
}

// hop goes with a request: the path as it is to be written on the wire, and the host that the request went to.
type hop struct {
	path   string
	caller context.Context // without the request's own deadline
	host   *host
}

type hopKey struct{}

// intercept stands around the round trip: it adds the chosen host's credentials and notes how the host fared.
func (c *Client) intercept(next elastictransport.RoundTripFunc) elastictransport.RoundTripFunc {
	return func(req *http.Request) (*http.Response, error) {
		h := c.pool.byURL(req.URL)
		if h == nil {
			return next(req)
		}
		via, ok := req.Context().Value(hopKey{}).(*hop)
		if ok {
			via.host = h
			if via.path != req.URL.Path { // the client joins decoded paths only
				req.URL.RawPath = h.conn.URL.EscapedPath() + via.path
			}
		}
		if h.auth != "" {
			req.Header.Set("Authorization", h.auth)
		}
		res, err := next(req)
		if err != nil {
			if !ok || via.caller.Err() == nil { // a caller who gave up says nothing about the host
				c.pool.settle(h.conn, err)
			}
			return nil, err
		}
		return res, nil
	}
}

func (c *Client) hostChanged(h *host, well bool) {
	if well {
		c.cfg.Logger.Info("host answers again", slog.String("host", h.name))
		return
	}
	c.cfg.Logger.Warn("host does not answer; others are asked meanwhile",
		slog.String("host", h.name), slog.String("error", h.lastError))
}
