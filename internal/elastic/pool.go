package elastic

import (
	"errors"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// host is one node, or one address of the cluster, and how it fared.
type host struct {
	conn *elastictransport.Connection
	name string // without credentials
	auth string // its Authorization header

	// Guarded by the pool.
	failures  int       // in a row
	since     time.Time // of the last change between well and unwell
	retryAt   time.Time // an unwell host is left alone until then
	lastError string
	lastFault time.Time
	requests  uint64
}

// pool chooses a host for each request: round robin over those that are well, and an unwell one when its delay is over
// or nobody else is left. It is elastictransport's ConnectionPool.
type pool struct {
	delay   time.Duration
	now     func() time.Time
	changed func(h *host, well bool) // called without the lock

	mu    sync.Mutex
	hosts []*host
	next  int
}

func newPool(delay time.Duration, changed func(*host, bool)) *pool {
	return &pool{delay: delay, now: time.Now, changed: changed}
}

// use replaces the hosts; those that stay keep their history.
func (p *pool) use(urls []*url.URL, auth string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.hosts
	p.hosts = make([]*host, 0, len(urls))
	for _, u := range urls {
		h := find(old, u)
		if h == nil {
			h = newHost(u, auth, p.now())
		}
		p.hosts = append(p.hosts, h)
	}
}

// addresses are those of the hosts that are named by one.
func (p *pool) addresses() (ips []net.IP) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.hosts {
		if ip := net.ParseIP(h.conn.URL.Hostname()); ip != nil {
			ips = append(ips, ip)
		}
	}
	return ips
}

func newHost(u *url.URL, auth string, now time.Time) *host {
	plain := *u
	plain.User = nil
	return &host{
		conn:  &elastictransport.Connection{URL: &plain},
		name:  shown(u),
		auth:  userOf(u, auth),
		since: now,
	}
}

func find(hosts []*host, u *url.URL) *host {
	for _, h := range hosts {
		if h.name == shown(u) {
			return h
		}
	}
	return nil
}

// Next implements elastictransport.ConnectionPool.
func (p *pool) Next() (*elastictransport.Connection, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.hosts) == 0 {
		return nil, errors.New("no host is known")
	}
	now := p.now()
	best := -1
	for i := range p.hosts {
		at := (p.next + i) % len(p.hosts)
		h := p.hosts[at]
		if h.failures == 0 || !now.Before(h.retryAt) {
			best = at
			break
		}
		if best < 0 || h.retryAt.Before(p.hosts[best].retryAt) {
			best = at
		}
	}
	p.next = best + 1
	h := p.hosts[best]
	h.requests++
	if h.failures > 0 { // one request tries it, the others keep away meanwhile
		h.retryAt = now.Add(p.wait(h.failures))
	}
	return h.conn, nil
}

func (p *pool) wait(failures int) time.Duration {
	return p.delay << min(failures-1, 4)
}

// OnSuccess implements elastictransport.ConnectionPool.
func (p *pool) OnSuccess(c *elastictransport.Connection) error {
	p.settle(c, nil)
	return nil
}

// OnFailure implements elastictransport.ConnectionPool. The fault itself comes through settle: here it is unknown.
func (p *pool) OnFailure(*elastictransport.Connection) error { return nil }

// settle takes note of how a request to a host ended.
func (p *pool) settle(c *elastictransport.Connection, fault error) {
	p.mu.Lock()
	var changed *host
	for _, h := range p.hosts {
		if h.conn != c {
			continue
		}
		if wasWell := h.failures == 0; wasWell != (fault == nil) {
			changed, h.since = h, p.now()
		}
		h.note(fault, p.now(), p.wait)
	}
	p.mu.Unlock()
	if changed != nil && p.changed != nil {
		p.changed(changed, fault == nil)
	}
}

func (h *host) note(fault error, now time.Time, wait func(int) time.Duration) {
	if fault == nil {
		h.failures = 0
		return
	}
	h.failures++
	h.retryAt = now.Add(wait(h.failures))
	h.lastError, h.lastFault = fault.Error(), now
}

// byURL finds the host that a request goes to.
func (p *pool) byURL(u *url.URL) *host {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.hosts {
		c := h.conn.URL
		if c.Host == u.Host && c.Scheme == u.Scheme && len(u.Path) >= len(c.Path) && u.Path[:len(c.Path)] == c.Path {
			return h
		}
	}
	return nil
}

// URLs implements elastictransport.ConnectionPool.
func (p *pool) URLs() []*url.URL {
	p.mu.Lock()
	defer p.mu.Unlock()
	urls := make([]*url.URL, 0, len(p.hosts))
	for _, h := range p.hosts {
		urls = append(urls, h.conn.URL)
	}
	return urls
}

func (p *pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.hosts)
}

// ConcurrentSafe implements elastictransport.ConcurrentSafeConnectionPool: the pool has a lock of its own.
func (p *pool) ConcurrentSafe() {}
