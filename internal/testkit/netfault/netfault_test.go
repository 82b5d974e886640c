package netfault

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"
)

// echo is a server that sends every line back; heard, if not nil, gets it before.
func echo(t *testing.T, heard ...chan<- string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					for _, ch := range heard {
						ch <- line
					}
					_, _ = c.Write([]byte(line))
				}
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, p *Proxy) net.Conn {
	c, err := net.Dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a line and waits for it.
func ask(c net.Conn, wait time.Duration) error {
	_ = c.SetDeadline(time.Now().Add(wait))
	if _, err := c.Write([]byte("hello\n")); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 6))
	return err
}

const soon = 10 * time.Second

func TestProxy(t *testing.T) {
	p := New(t, echo(t))
	c := dial(t, p)
	if err := ask(c, soon); err != nil {
		t.Fatalf("unharmed: %v", err)
	}
	if p.Connections() != 1 || p.Bytes(Up) != 6 || p.Bytes(Down) != 6 {
		t.Fatalf("%d connections, %d up, %d down", p.Connections(), p.Bytes(Up), p.Bytes(Down))
	}
	p.Cut()
	if err := ask(c, soon); err == nil {
		t.Fatal("a cut connection works")
	}
	if err := ask(dial(t, p), soon); err != nil {
		t.Fatalf("after a cut: %v", err)
	}
}

func TestProxyHoldsBack(t *testing.T) {
	for name, fault := range map[string]func(*Proxy){
		"blackhole": (*Proxy).Blackhole,
		"up":        func(p *Proxy) { p.HalfOpen(Up) },
		"down":      func(p *Proxy) { p.HalfOpen(Down) },
	} {
		t.Run(name, func(t *testing.T) {
			p := New(t, echo(t))
			c := dial(t, p)
			fault(p)
			if err := ask(c, 50*time.Millisecond); err == nil {
				t.Fatal("bytes came through")
			}
			p.Heal()
			_ = c.SetDeadline(time.Now().Add(soon))
			if _, err := c.Read(make([]byte, 6)); err != nil {
				t.Fatalf("after healing what was held back is lost: %v", err)
			}
		})
	}
}

func TestProxyDropsAndRefuses(t *testing.T) {
	p := New(t, echo(t))
	c := dial(t, p)
	p.Drop(Down)
	if err := ask(c, 50*time.Millisecond); err == nil {
		t.Fatal("bytes came through")
	}
	p.Heal()
	if err := ask(c, soon); err == nil {
		t.Fatal("a connection with a hole in its stream works")
	}
	p.Refuse()
	if c, err := net.Dial("tcp", p.Addr); err == nil {
		if err := ask(c, soon); err == nil {
			t.Fatal("a refused connection works")
		}
		c.Close()
	}
	p.Heal()
	if err := ask(dial(t, p), soon); err != nil {
		t.Fatalf("after healing: %v", err)
	}
}

// TestTraps: one exchange is held back at its request or at its answer, those of other connections are not.
func TestTraps(t *testing.T) {
	for name, set := range map[string]func(*Proxy) <-chan struct{}{
		"request": func(p *Proxy) <-chan struct{} { return p.HoldAt(Up, "now\n") },
		"reply":   func(p *Proxy) <-chan struct{} { return p.HoldAt(Down, "now\n") },
		"answer":  func(p *Proxy) <-chan struct{} { return p.HoldAnswer("now\n") },
	} {
		t.Run(name, func(t *testing.T) {
			heard := make(chan string, 10)
			p := New(t, echo(t, heard))
			held := set(p)
			c := dial(t, p)
			if err := ask(c, soon); err != nil {
				t.Fatalf("before the marker: %v", err)
			}
			<-heard
			for _, piece := range []string{"n", "ow\n"} { // in two pieces
				if _, err := c.Write([]byte(piece)); err != nil {
					t.Fatal(err)
				}
				for p.Bytes(Up) < 7 { // the first one is through
					time.Sleep(time.Millisecond)
				}
			}
			select {
			case <-held:
			case <-time.After(soon):
				t.Fatal("nothing is held")
			}
			if name != "request" {
				<-heard // it is with the server
			}
			if err := ask(dial(t, p), soon); err != nil {
				t.Fatalf("another connection: %v", err)
			}
			if line := <-heard; line != "hello\n" {
				t.Fatalf("the server saw %q", line)
			}
			_ = c.SetDeadline(time.Now().Add(50 * time.Millisecond))
			if n, err := c.Read(make([]byte, 4)); err == nil {
				t.Fatalf("%d bytes came through", n)
			}
			p.Heal()
			_ = c.SetDeadline(time.Now().Add(soon))
			answer := make([]byte, 4)
			if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "now\n" {
				t.Fatalf("after healing: %q, %v", answer, err)
			}
		})
	}
}
