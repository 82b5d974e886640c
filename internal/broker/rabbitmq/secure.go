package rabbitmq

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// secure puts TLS onto a connection when asked for.
func (o *Options) secure(ctx context.Context, tcp net.Conn, addr string) (net.Conn, error) {
	if o.TLS == nil {
		return tcp, nil
	}
	conf := o.TLS.Clone()
	if conf.ServerName == "" {
		conf.ServerName, _, _ = net.SplitHostPort(addr)
	}
	c := tls.Client(tcp, conf)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// coalescer gathers writes while an earlier one is on its way. The library flushes after each message; without this
// every message and every acknowledgement would cost a system call of its own.
type coalescer struct {
	net.Conn
	mu     sync.Mutex
	wake   *sync.Cond
	buf    []byte
	spare  []byte
	err    error
	closed bool
	done   chan struct{}
}

// held is how many bytes may wait; a writer blocks above it.
const held = 256 << 10

func newCoalescer(c net.Conn) *coalescer {
	w := &coalescer{Conn: c, done: make(chan struct{})}
	w.wake = sync.NewCond(&w.mu)
	go w.pump()
	return w
}

// Write takes p over; an error of the wire is told by a later Write.
func (w *coalescer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.buf) > held && w.err == nil && !w.closed {
		w.wake.Wait()
	}
	if w.err != nil {
		return 0, w.err
	}
	if w.closed {
		return 0, net.ErrClosed
	}
	if len(w.buf) == 0 {
		w.wake.Broadcast()
	}
	w.buf = append(w.buf, p...)
	return len(p), nil
}

func (w *coalescer) pump() {
	defer close(w.done)
	for {
		w.mu.Lock()
		for len(w.buf) == 0 && !w.closed {
			w.wake.Wait()
		}
		if len(w.buf) == 0 {
			w.mu.Unlock()
			return
		}
		out := w.buf
		w.buf = w.spare[:0]
		w.wake.Broadcast()
		w.mu.Unlock()
		_, err := w.Conn.Write(out)
		w.mu.Lock()
		w.spare = out
		if cap(out) > 4*held {
			w.spare = nil
		}
		if err != nil {
			w.err, w.buf, w.closed = err, nil, true
			w.wake.Broadcast()
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
	}
}

// Close sends what waits, for at most a second, and closes the connection.
func (w *coalescer) Close() error {
	w.mu.Lock()
	w.closed = true
	w.wake.Broadcast()
	w.mu.Unlock()
	_ = w.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	<-w.done
	if err := w.Conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
