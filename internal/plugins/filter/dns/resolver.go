package dns

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/net/idna"

	"castor/internal/plugin"
	"castor/internal/plugins/option"
)

// systemHosts is looked into where the configuration has files of its own, as Logstash does.
const systemHosts = "/etc/hosts"

// resolver asks hosts files and name servers. It is safe for concurrent use.
type resolver struct {
	addresses map[string]string // of names in hosts files, in small letters
	names     map[string]string // of addresses in hosts files
	net       *net.Resolver     // nil where no server is asked
	own       bool              // the servers are the configuration's
	search    []string
	ndots     int
	timeout   time.Duration
	attempts  int
}

func newResolver(cfg *config) (*resolver, error) {
	r := &resolver{addresses: map[string]string{}, names: map[string]string{}, ndots: 1, timeout: option.Seconds(cfg.Timeout), attempts: 1 + max(0, cfg.MaxRetries)}
	servers, err := r.servers(cfg.Nameserver)
	if err != nil {
		return nil, err
	}
	switch {
	case len(servers) > 0:
		r.own = true
		r.net = &net.Resolver{PreferGo: true, Dial: dialer(servers)}
	case len(cfg.Hostsfile) == 0:
		r.net = &net.Resolver{}
		return r, nil
	}
	for _, path := range cfg.Hostsfile {
		if err := r.load(path); err != nil {
			return nil, &plugin.OptionError{Option: "hostsfile", Err: err}
		}
	}
	_ = r.load(systemHosts) // there need not be one
	return r, nil
}

const maxSearch = 6

// servers reads the option nameserver: addresses, or a hash with them, search and ndots.
func (r *resolver) servers(v plugin.Value) (servers []string, err error) {
	if v.Node() == nil {
		return nil, nil
	}
	addresses := plugin.Array(v.List())
	if v.IsHash() {
		addresses = nil
		for _, p := range v.Hash() {
			switch list := plugin.Array(p.Value.List()); p.Key {
			case "address":
				addresses = list
			case "search":
				r.search = list.Texts()
			case "ndots":
				n := p.Value.Event()
				if r.ndots = int(n.Int()); r.ndots <= 0 {
					return nil, plugin.BadValue("nameserver", p.Value, "ndots must be a number from 1 on")
				}
			default:
				return nil, plugin.BadValue("nameserver", p.Value, "there is no %q; it may have address, search and ndots", p.Key)
			}
		}
	}
	if len(r.search) > maxSearch {
		return nil, plugin.BadOption("nameserver", "search has %d domains, at most %d are allowed", len(r.search), maxSearch)
	}
	for _, a := range addresses {
		server, ok := serverAddress(a)
		if !ok {
			return nil, plugin.BadValue("nameserver", a, "expected the address of a server, such as 192.0.2.53 or 192.0.2.53:5353")
		}
		servers = append(servers, server)
	}
	if len(servers) == 0 {
		return nil, plugin.BadOption("nameserver", "it needs the address of at least one server")
	}
	return servers, nil
}

func serverAddress(v plugin.Value) (string, bool) {
	text, _ := v.Text()
	if a, err := netip.ParseAddr(text); err == nil {
		return net.JoinHostPort(a.String(), "53"), true
	}
	a, err := netip.ParseAddrPort(text)
	return a.String(), err == nil
}

// dialer connects to the servers in turn, so that another attempt asks another one.
func dialer(servers []string) func(ctx context.Context, network, _ string) (net.Conn, error) {
	var turn atomic.Uint32
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, servers[int(turn.Add(1)-1)%len(servers)])
	}
}

// load reads a hosts file; what an earlier file has stays.
func (r *resolver) load(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the hosts: %w", err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) < 2 || !isAddress(fields[0]) {
			continue
		}
		if _, ok := r.names[fields[0]]; !ok {
			r.names[fields[0]] = fields[1]
		}
		for _, name := range fields[1:] {
			name = strings.ToLower(name)
			if _, ok := r.addresses[name]; !ok {
				r.addresses[name] = fields[0]
			}
		}
	}
	return lines.Err()
}

// address is the first address of a name, IPv4 before IPv6.
func (r *resolver) address(name string) (string, error) {
	if isAddress(name) {
		return name, nil
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil {
		ascii = name // underscores, for instance
	}
	if a, ok := r.addresses[strings.ToLower(ascii)]; ok {
		return a, nil
	}
	if r.net == nil {
		return "", notFound(name)
	}
	for _, candidate := range r.candidates(ascii) {
		for _, network := range []string{"ip4", "ip6"} {
			var found []netip.Addr
			if err = r.ask(func(ctx context.Context) (err error) {
				found, err = r.net.LookupNetIP(ctx, network, candidate)
				return err
			}); err == nil && len(found) > 0 {
				return found[0].Unmap().String(), nil
			}
			if timedOut(err) {
				return "", err
			}
		}
	}
	return "", notFound(name)
}

// candidates are the names to ask for: with servers of its own the system's search domains do not count.
func (r *resolver) candidates(name string) []string {
	if !r.own || strings.HasSuffix(name, ".") {
		return []string{name}
	}
	var list []string
	for _, domain := range r.search {
		list = append(list, name+"."+trimDot(domain)+".")
	}
	if strings.Count(name, ".") >= r.ndots {
		return append([]string{name + "."}, list...)
	}
	return append(list, name+".")
}

// name is the first name of an address.
func (r *resolver) name(address string) (string, error) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "", errNoAddress
	}
	if name, ok := r.names[address]; ok {
		return name, nil
	}
	if r.net == nil {
		return "", notFound(address)
	}
	var found []string
	if err = r.ask(func(ctx context.Context) (err error) {
		found, err = r.net.LookupAddr(ctx, a.WithZone("").String())
		return err
	}); err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", notFound(address)
	}
	name := trimDot(found[0])
	if unicode, err := idna.Lookup.ToUnicode(name); err == nil {
		name = unicode
	}
	return name, nil
}

func notFound(name string) error {
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func timedOut(err error) bool {
	ne, ok := err.(net.Error)
	return ok && ne.Timeout()
}

// ask tries as often as the configuration says while no answer comes.
func (r *resolver) ask(question func(context.Context) error) (err error) {
	for range r.attempts {
		ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
		err = question(ctx)
		cancel()
		if !timedOut(err) {
			return err
		}
	}
	return err
}

// cache remembers texts for a time. The nil cache remembers nothing.
type cache struct {
	mutex sync.Mutex
	ttl   time.Duration
	now   func() time.Time
	lru   *simplelru.LRU[string, cached]
}

type cached struct {
	text  string
	until time.Time
}

func newCache(size int, ttl time.Duration, now func() time.Time) *cache {
	lru, err := simplelru.NewLRU[string, cached](size, nil)
	if err != nil { // no size
		return nil
	}
	return &cache{ttl: ttl, now: now, lru: lru}
}

func (c *cache) get(key string) (string, bool) {
	if c == nil {
		return "", false
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	found, ok := c.lru.Get(key)
	return found.text, ok && c.now().Before(found.until)
}

func (c *cache) add(key, text string) {
	if c == nil {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.lru.Add(strings.Clone(key), cached{strings.Clone(text), c.now().Add(c.ttl)})
}
