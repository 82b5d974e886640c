// Package cidr is the filter that tells whether an address is in a network.
package cidr

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-cidr.
var Spec = plugin.FilterSpec("cidr", "Adds fields and tags to events with an IP address that is in one of some networks.", newFilter)

type config struct {
	plugin.FilterCommon
	Address         []string  `opt:"address" default:"" doc:"The addresses; they may hold %{field}."`
	AddressField    event.Ref `opt:"address_field" doc:"The field with the address or addresses, instead of address."`
	Network         []string  `opt:"network" default:"" doc:"The networks, such as 192.0.2.0/24, several separated by commas; they may hold %{field}."`
	NetworkPath     string    `opt:"network_path" type:"path" doc:"A file with the networks, instead of network. It is read again when it changes."`
	RefreshInterval float64   `opt:"refresh_interval" default:"600" doc:"Seconds after which the file is looked at again."`
	Separator       string    `opt:"separator" default:"\n" doc:"What separates the networks in the file."`
}

type filter struct {
	cfg       *config
	log       *slog.Logger
	now       func() time.Time
	addresses []*event.Template
	networks  []*event.Template
	fixed     []netip.Prefix // of networks without %{field}
	dynamic   bool
	file      *atomic.Pointer[[]netip.Prefix]
	refreshed time.Time
	mutex     sync.Mutex
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, log: env.Log, now: env.Now, refreshed: env.Now(), file: &atomic.Pointer[[]netip.Prefix]{}}
	switch {
	case cfg.NetworkPath != "" && len(cfg.Network) > 0:
		return nil, plugin.BadOption("network_path", "network and network_path exclude each other")
	case !cfg.AddressField.IsZero() && len(cfg.Address) > 0:
		return nil, plugin.BadOption("address_field", "address and address_field exclude each other")
	}
	for _, a := range cfg.Address {
		f.addresses = append(f.addresses, event.ParseTemplate(a))
	}
	for _, n := range cfg.Network {
		t := event.ParseTemplate(n)
		f.networks = append(f.networks, t)
		f.dynamic = f.dynamic || !t.Fixed()
	}
	for _, n := range cfg.Network {
		if !f.dynamic {
			f.fixed = f.parse(f.fixed, n, func(bad string) { env.Warn(cfg.PosOf("network"), "network: %q is no network and matches nothing", bad) })
		}
	}
	if cfg.NetworkPath == "" {
		return f, nil
	}
	if err := f.load(); err != nil {
		return nil, &plugin.OptionError{Option: "network_path", Err: err}
	}
	return f, nil
}

// parse appends the networks of a text, separated by commas.
func (f *filter) parse(list []netip.Prefix, text string, bad func(string)) []netip.Prefix {
	for n := range strings.SplitSeq(text, ",") {
		n = strings.TrimSpace(n)
		if p, ok := parsePrefix(n); ok {
			list = append(list, p)
		} else if n != "" {
			bad(n)
		}
	}
	return list
}

func (f *filter) load() error {
	raw, err := os.ReadFile(f.cfg.NetworkPath)
	if err != nil {
		return fmt.Errorf("read the networks: %w", err)
	}
	list := []netip.Prefix{}
	for n := range strings.SplitSeq(string(raw), f.cfg.Separator) {
		n = strings.TrimSpace(n)
		if p, ok := parsePrefix(n); ok {
			list = append(list, p)
		} else if n != "" {
			f.log.Warn("cidr: this is no network", "network", n, "file", f.cfg.NetworkPath)
		}
	}
	f.file.Store(&list)
	return nil
}

// refresh reads the file again when its time has come; where it cannot be read the old networks stay.
func (f *filter) refresh() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	now := f.now()
	if now.Sub(f.refreshed).Seconds() < f.cfg.RefreshInterval {
		return
	}
	f.refreshed = now
	if err := f.load(); err != nil {
		f.log.Warn("cidr: the networks stay as they were", "file", f.cfg.NetworkPath, "error", err)
	}
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	if f.cfg.NetworkPath != "" {
		f.refresh()
	}
	for _, e := range b {
		if f.inside(e) && f.cfg.Matched(e) != nil {
			e.Tag("_cidrfailure")
		}
	}
	return b
}

func (f *filter) inside(e *event.Event) bool {
	networks := f.networksFor(e)
	for _, text := range f.addressesOf(e) {
		a, ok := parsePrefix(text)
		if !ok {
			f.log.Debug("cidr: this is no address", "address", text)
			continue
		}
		for _, n := range networks {
			if n.Addr().BitLen() == a.Addr().BitLen() && n.Bits() <= a.Bits() && n.Contains(a.Addr()) {
				return true
			}
		}
	}
	return false
}

func (f *filter) networksFor(e *event.Event) []netip.Prefix {
	switch {
	case f.cfg.NetworkPath != "":
		return *f.file.Load()
	case !f.dynamic:
		return f.fixed
	}
	var list []netip.Prefix
	for _, t := range f.networks {
		text, _ := t.Expand(e)
		list = f.parse(list, text, func(bad string) { f.log.Debug("cidr: this is no network", "network", bad) })
	}
	return list
}

func (f *filter) addressesOf(e *event.Event) []string {
	var texts []string
	for _, t := range f.addresses {
		text, _ := t.Expand(e)
		texts = append(texts, text)
	}
	if f.cfg.AddressField.IsZero() {
		return texts
	}
	v, _ := e.Get(f.cfg.AddressField)
	if a := v.Array(); a != nil {
		for _, w := range a.Values {
			texts = append(texts, w.Str())
		}
		return texts
	}
	return append(texts, v.Str())
}

// parsePrefix reads an address or a network as Ruby's IPAddr does: 192.0.2.1, 192.0.2.0/24, 192.0.2.0/255.255.255.0, 2001:db8::/32 and
// [2001:db8::1].
func parsePrefix(text string) (netip.Prefix, bool) {
	address, mask, hasMask := strings.Cut(text, "/")
	if inner, ok := strings.CutPrefix(address, "["); ok {
		if address, ok = strings.CutSuffix(inner, "]"); !ok {
			return netip.Prefix{}, false
		}
	}
	a, err := netip.ParseAddr(address)
	if err != nil || strings.IndexFunc(a.Zone(), noWord) >= 0 {
		return netip.Prefix{}, false
	}
	a = a.WithZone("")
	if !hasMask {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	if m, err := netip.ParseAddr(mask); err == nil {
		bits, ok := maskBits(m)
		p, err := a.Prefix(bits)
		return p, ok && m.BitLen() == a.BitLen() && err == nil
	}
	p, err := netip.ParsePrefix(a.String() + "/" + mask)
	return p.Masked(), err == nil
}

// noWord tells the characters that a zone cannot have.
func noWord(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
}

// maskBits counts the ones of a mask; ok is false where they do not stand together.
func maskBits(m netip.Addr) (bits int, ok bool) {
	raw := m.AsSlice()
	for _, b := range raw {
		for i := 7; i >= 0; i-- {
			if b>>i&1 == 0 {
				return bits, onlyZeros(raw, bits)
			}
			bits++
		}
	}
	return bits, true
}

func onlyZeros(raw []byte, from int) bool {
	for i := from; i < 8*len(raw); i++ {
		if raw[i/8]>>(7-i%8)&1 == 1 {
			return false
		}
	}
	return true
}
