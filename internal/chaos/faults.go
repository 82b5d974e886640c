package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"castor/internal/testkit/clock"
	"castor/internal/testkit/netfault"
)

// fault is one thing that goes wrong. do makes it, waits by hold, and heals it.
type fault struct {
	name string
	do   func(w *world, l *lane) error
}

// lane is a series of faults, one at a time; the lanes run side by side, so that faults meet.
type lane struct {
	name   string
	random *rand.Rand
	faults []fault
	stop   <-chan struct{}
}

// hold waits between a fault and its healing.
func (l *lane) hold(from, to time.Duration) {
	select {
	case <-l.stop:
	case <-time.After(from + time.Duration(l.random.Int64N(int64(to-from)))):
	}
}

const (
	short  = 20 * time.Millisecond
	medium = 2 * time.Second
	long   = 6 * time.Second // longer than a lease
)

func (l *lane) pick(of []*member) *member { return of[l.random.IntN(len(of))] }

// run goes through the faults in shuffled rounds, so that each comes about as often as the others.
func (l *lane) run(w *world) {
	for {
		l.random.Shuffle(len(l.faults), func(i, j int) { l.faults[i], l.faults[j] = l.faults[j], l.faults[i] })
		for _, f := range l.faults {
			l.hold(200*time.Millisecond, 1500*time.Millisecond)
			select {
			case <-l.stop:
				return
			default:
			}
			at := time.Now()
			if err := f.do(w, l); err != nil {
				w.fail(fmt.Errorf("fault %q: %w", f.name, err))
				return
			}
			w.count(f.name)
			w.say("%-28s for %.2f s", f.name, time.Since(at).Seconds())
		}
	}
}

func (w *world) lanes() []*lane {
	lanes := []*lane{
		{name: "shippers", faults: w.shipperFaults()},
		{name: "indexers", faults: indexerFaults()},
		{name: "broker", faults: append(brokerFaults(), networkFaults("broker", func(w *world) *netfault.Proxy { return w.toBroker })...)},
		{name: "engine", faults: append(w.engineFaults(), networkFaults("engine", func(w *world) *netfault.Proxy { return w.toEngine })...)},
	}
	if err := clock.Set(w.shippers[0].process().Pid(), 0); err != nil {
		w.say("no steps of the clock: %v", err)
	} else {
		lanes[0].faults = append(lanes[0].faults, memberClockFaults("shipper", w.shippers)...)
		lanes[1].faults = append(lanes[1].faults, memberClockFaults("indexer", w.indexers)...)
		lanes[2].faults = append(lanes[2].faults, clockFaults("broker", func(*lane) int { return w.broker.pid() })...)
	}
	for i, l := range lanes {
		l.random, l.stop = rand.New(rand.NewPCG(w.opt.seed, uint64(i+1))), w.stop
	}
	return lanes
}

func (w *world) shipperFaults() []fault {
	list := []fault{
		{"shipper SIGKILL", func(w *world, l *lane) error {
			m := l.pick(w.shippers)
			w.killShipper(m)
			l.hold(short, medium)
			return m.start()
		}},
		{"shipper SIGKILL twice", func(w *world, l *lane) error {
			m := l.pick(w.shippers)
			w.killShipper(m)
			if err := m.start(); err != nil {
				return err
			}
			l.hold(short, 300*time.Millisecond)
			w.killShipper(m)
			return m.start()
		}},
		{"shipper SIGSTOP", func(w *world, l *lane) error {
			m := l.pick(w.shippers)
			m.pause()
			l.hold(short, long)
			m.resume()
			return nil
		}},
		{"shipper SIGTERM", func(w *world, l *lane) error {
			m := l.pick(w.shippers)
			w.exempt(m, func() { m.stop(3 * time.Second) })
			l.hold(short, medium)
			return m.start()
		}},
		{"shipper dead, inode reused", func(w *world, l *lane) error {
			for _, wr := range w.writers {
				if wr.kind.name != "delete" {
					continue
				}
				w.killShipper(wr.shipper)
				if err := wr.reuse(); err != nil {
					return err
				}
				l.hold(short, medium)
				return wr.shipper.start()
			}
			return nil
		}},
	}
	if len(w.tmpfs) > 0 {
		list = append(list, fault{"registry's disk full", fillDisk}, fault{"registry's disk full, SIGKILL", func(w *world, l *lane) error {
			m := l.pick(w.shippers)
			heal, err := fill(m.data)
			if err != nil {
				return err
			}
			l.hold(short, time.Second)
			w.killShipper(m)
			if err := m.start(); err != nil {
				return err
			}
			l.hold(short, time.Second)
			return heal()
		}})
	}
	return list
}

func fillDisk(w *world, l *lane) error {
	heal, err := fill(l.pick(w.shippers).data)
	if err != nil {
		return err
	}
	l.hold(short, 3*time.Second)
	return heal()
}

// fill writes until there is no space left.
func fill(dir string) (heal func() error, err error) {
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		n, err := f.Write(make([]byte, size))
		if err != nil || n < size {
			size /= 2
		}
	}
	return func() error { return os.Remove(path) }, nil
}

func (w *world) killShipper(m *member) { w.exempt(m, m.kill) }

// exempt ends a shipper; deleted files that it alone had open are gone with it. Its writers wait meanwhile, so that what is
// noted is true.
func (w *world) exempt(m *member, end func()) {
	open := map[uint64]bool{}
	for _, wr := range w.writers {
		if wr.shipper == m {
			wr.mu.Lock()
			defer wr.mu.Unlock()
		}
	}
	for node, deleted := range openInodes(m.process().Pid()) {
		open[node] = deleted
	}
	for _, wr := range w.writers {
		if wr.shipper == m {
			wr.shipperDies(open)
		}
	}
	end()
}

func indexerFaults() []fault {
	return []fault{
		{"indexer SIGKILL", func(w *world, l *lane) error {
			m := l.pick(w.indexers)
			m.kill()
			l.hold(short, medium)
			return m.start()
		}},
		{"indexer SIGSTOP", func(w *world, l *lane) error {
			m := l.pick(w.indexers)
			m.pause()
			l.hold(short, long)
			m.resume()
			return nil
		}},
		{"indexer SIGTERM", func(w *world, l *lane) error {
			m := l.pick(w.indexers)
			m.stop(3 * time.Second)
			l.hold(short, medium)
			return m.start()
		}},
		{"all indexers SIGKILL", func(w *world, l *lane) error {
			for _, m := range w.indexers {
				m.kill()
			}
			l.hold(short, medium)
			for _, m := range w.indexers {
				if err := m.start(); err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

// clockFaults set the clock of one process forward or back by up to half a day, and right again.
func clockFaults(name string, pid func(*lane) int) []fault {
	by := func(what string, sign time.Duration) fault {
		return fault{name + "'s clock set " + what, func(_ *world, l *lane) error {
			p := pid(l)
			if err := clock.Set(p, sign*l.step()); err != nil {
				return err
			}
			l.hold(short, long)
			return clock.Set(p, 0)
		}}
	}
	return []fault{by("forward", 1), by("back", -1)}
}

// memberClockFaults are clockFaults, and one that ends by SIGKILL, so that the next life finds what the one before wrote with another clock.
func memberClockFaults(name string, of []*member) []fault {
	return append(clockFaults(name, func(l *lane) int { return l.pick(of).process().Pid() }), fault{name + "'s clock set, SIGKILL", func(w *world, l *lane) error {
		m := l.pick(of)
		if err := clock.Set(m.process().Pid(), l.step()*time.Duration(1-2*l.random.IntN(2))); err != nil {
			return err
		}
		l.hold(short, medium)
		if m.role == "shipper" {
			w.killShipper(m)
		} else {
			m.kill()
		}
		return m.start()
	}})
}

// step is how far a clock is set, from seconds to half a day.
func (l *lane) step() time.Duration {
	return time.Duration(float64(5*time.Second) * math.Pow(8640, l.random.Float64()))
}

func brokerFaults() []fault {
	return []fault{
		{"broker SIGKILL", func(w *world, l *lane) error {
			w.broker.kill()
			l.hold(short, medium)
			forgotten, err := w.broker.restart()
			w.mu.Lock()
			for _, n := range forgotten {
				w.forgotten[n] = true
			}
			w.mu.Unlock()
			return err
		}},
		{"broker SIGSTOP", func(w *world, l *lane) error {
			w.broker.pause()
			l.hold(short, long)
			w.broker.resume()
			return nil
		}},
	}
}

func (w *world) engineFaults() []fault {
	list := []fault{status(http.StatusTooManyRequests), status(http.StatusServiceUnavailable), status(http.StatusRequestEntityTooLarge)}
	if w.engine == nil {
		return list
	}
	return append(list, fault{"engine SIGKILL", func(w *world, l *lane) error {
		w.engine.kill()
		l.hold(short, medium)
		return w.engine.start()
	}}, fault{"engine SIGSTOP", func(w *world, l *lane) error {
		w.engine.pause()
		l.hold(short, long)
		w.engine.resume()
		return nil
	}}, fault{"engine 429 for items", func(w *world, l *lane) error {
		w.rejectItems("0.3")
		l.hold(short, medium)
		w.rejectItems("0")
		return nil
	}})
}

func (w *world) rejectItems(share string) {
	r, err := http.PostForm("http://"+w.engine.args[1]+"/_chaos", url.Values{"reject": {share}})
	if err == nil {
		_ = r.Body.Close()
	}
}

func status(code int) fault {
	return fault{fmt.Sprintf("engine answers %d", code), func(w *world, l *lane) error {
		w.front.status.Store(int64(code))
		l.hold(500*time.Millisecond, 3*time.Second)
		w.front.status.Store(0)
		return nil
	}}
}

// networkFaults are those of the connection to the broker or the engine.
func networkFaults(name string, proxy func(*world) *netfault.Proxy) []fault {
	held := func(what string, limit time.Duration, begin func(*netfault.Proxy)) fault {
		return fault{name + " " + what, func(w *world, l *lane) error {
			begin(proxy(w))
			l.hold(short, limit)
			proxy(w).Heal()
			return nil
		}}
	}
	return []fault{
		held("connections cut", medium, (*netfault.Proxy).Cut),
		held("connections refused", medium, (*netfault.Proxy).Refuse),
		held("network gone", long, (*netfault.Proxy).Blackhole),
		held("half-open up", long, func(p *netfault.Proxy) { p.HalfOpen(netfault.Up) }),
		held("half-open down", long, func(p *netfault.Proxy) { p.HalfOpen(netfault.Down) }),
		held("answers dropped", long, func(p *netfault.Proxy) { p.Drop(netfault.Down) }),
		held("requests dropped", long, func(p *netfault.Proxy) { p.Drop(netfault.Up) }),
		held("network slow", medium, func(p *netfault.Proxy) { p.Delay(30 * time.Millisecond) }),
	}
}
