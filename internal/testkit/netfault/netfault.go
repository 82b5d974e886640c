// Package netfault is a TCP proxy that breaks connections the way networks do. It imports the standard library only.
package netfault

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy stands between a client and Target. All methods may be called at any time, from any goroutine.
type Proxy struct {
	Addr   string // where clients connect, host:port
	target string
	l      net.Listener

	mu     sync.Mutex
	pairs  map[*pair]struct{}
	closed bool
	refuse bool
	work   sync.WaitGroup

	delay  atomic.Int64 // nanoseconds per chunk
	toward [2]gate      // up: client to server, down: server to client
	trap   atomic.Pointer[trap]
	conns  atomic.Int64
	bytes  [2]atomic.Int64
}

// Direction is one way through the proxy.
type Direction int

// The directions.
const (
	Up   Direction = iota // from the client to the server
	Down                  // from the server to the client
)

// gate holds the bytes of one direction back while it is shut.
type gate struct {
	mu   sync.Mutex
	open chan struct{} // closed while open; nil is open
	drop atomic.Bool
}

type pair struct {
	client, server net.Conn

	tail   [2][]byte            // what was last seen in each direction while a trap is set: a marker may come in two pieces
	sprung atomic.Pointer[trap] // whose marker came by
}

// trap holds back what a connection sends in one direction from the moment on when a marker comes by in either.
type trap struct {
	marker   []byte
	in, hold Direction
	held     chan struct{} // closed when the first connection is held
	once     sync.Once
	open     chan struct{} // closed by Heal
}

// New starts a proxy to target, host:port, on a free loopback port. It ends with the test.
func New(t testing.TB, target string) *Proxy {
	t.Helper()
	p, err := Start(target)
	if err != nil {
		t.Fatalf("netfault: %v", err)
	}
	t.Cleanup(p.Close)
	return p
}

// Start is New for programs: the caller closes the proxy.
func Start(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{Addr: l.Addr().String(), target: target, l: l, pairs: map[*pair]struct{}{}}
	p.work.Go(p.accept)
	return p, nil
}

// Close ends the proxy and all connections.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.l.Close()
	p.Heal()
	p.Cut()
	p.work.Wait()
}

// Cut resets every connection there is; new ones work.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		reset(c.client)
		reset(c.server)
	}
}

// Refuse resets new connections at once, and cuts those there are, until Heal.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	p.refuse = true
	p.mu.Unlock()
	p.Cut()
}

// Blackhole holds all bytes of both directions back, without closing anything, until Heal: a cable pulled.
func (p *Proxy) Blackhole() {
	p.toward[Up].shut()
	p.toward[Down].shut()
}

// HalfOpen holds back one direction only, until Heal.
func (p *Proxy) HalfOpen(d Direction) { p.toward[d].shut() }

// Drop swallows the bytes of one direction until Heal: the sender believes that they have arrived.
func (p *Proxy) Drop(d Direction) { p.toward[d].drop.Store(true) }

// Delay holds every chunk of bytes back for d; 0 ends that.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// HoldAt holds back what connections send in a direction from marker on, until Heal or Cut: the other end does not see all of marker. The channel is closed
// when the first connection is held. A new call takes the place of the one before.
func (p *Proxy) HoldAt(d Direction, marker string) <-chan struct{} { return p.set(marker, d, d) }

// HoldAnswer lets marker pass to the server and holds back what comes down on its connection after it, until Heal or Cut. The channel is closed when the
// first answer is held: what was asked for is done then.
func (p *Proxy) HoldAnswer(marker string) <-chan struct{} { return p.set(marker, Up, Down) }

func (p *Proxy) set(marker string, in, hold Direction) <-chan struct{} {
	k := &trap{marker: []byte(marker), in: in, hold: hold, held: make(chan struct{}), open: make(chan struct{})}
	p.trap.Store(k)
	return k.held
}

// pass looks at a chunk and returns when it may go on.
func (k *trap) pass(c *pair, d Direction, chunk []byte) {
	if d == k.in && c.sprung.Load() != k {
		seen := append(c.tail[d], chunk...)
		if bytes.Contains(seen, k.marker) {
			c.sprung.Store(k)
		}
		c.tail[d] = seen[max(0, len(seen)-len(k.marker)+1):]
	}
	if d == k.hold && c.sprung.Load() == k {
		k.once.Do(func() { close(k.held) })
		<-k.open
	}
}

// Heal ends all faults. Connections whose bytes were dropped are cut, since their streams have holes.
func (p *Proxy) Heal() {
	p.mu.Lock()
	p.refuse = false
	p.mu.Unlock()
	p.delay.Store(0)
	if k := p.trap.Swap(nil); k != nil {
		close(k.open)
	}
	holes := false
	for i := range p.toward {
		holes = p.toward[i].drop.Swap(false) || holes
		p.toward[i].free()
	}
	if holes {
		p.Cut()
	}
}

// Connections is how many were accepted so far.
func (p *Proxy) Connections() int64 { return p.conns.Load() }

// Bytes is how many passed in one direction so far.
func (p *Proxy) Bytes(d Direction) int64 { return p.bytes[d].Load() }

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		g.open = make(chan struct{})
	}
}

func (g *gate) free() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open != nil {
		close(g.open)
		g.open = nil
	}
}

func (g *gate) wait() {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	if open != nil {
		<-open
	}
}

func (p *Proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.conns.Add(1)
		p.mu.Lock()
		no := p.refuse || p.closed
		p.mu.Unlock()
		if no {
			reset(c)
			continue
		}
		p.work.Go(func() { p.serve(c) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		reset(client)
		return
	}
	c := &pair{client: client, server: server}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		reset(client)
		reset(server)
		return
	}
	p.pairs[c] = struct{}{}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.copy(c, server, client, Up) })
	both.Go(func() { p.copy(c, client, server, Down) })
	both.Wait()
	p.mu.Lock()
	delete(p.pairs, c)
	p.mu.Unlock()
	_ = client.Close()
	_ = server.Close()
}

// copy moves bytes until either end closes, then closes the other one.
func (p *Proxy) copy(c *pair, dst, src net.Conn, d Direction) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		if wait := p.delay.Load(); wait > 0 {
			time.Sleep(time.Duration(wait))
		}
		p.toward[d].wait()
		if k := p.trap.Load(); k != nil && n > 0 {
			k.pass(c, d, buf[:n])
		}
		if n > 0 && !p.toward[d].drop.Load() {
			p.bytes[d].Add(int64(n))
			if _, werr := dst.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if err != nil {
			_ = dst.Close()
			_ = src.Close()
			return
		}
	}
}

// reset closes a connection so that the other end sees an error, not an end.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
