package netfault

import (
	"bufio"
	"net"
	"testing"
	"time"
)

// echo is a server that sends every line back.
func echo(t *testing.T) string {
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
