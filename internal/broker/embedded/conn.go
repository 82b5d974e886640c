package embedded

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tidwall/redcon"
)

// maxQueued bounds the bytes of a client's commands that are read ahead while
// earlier ones are being written to disk; one larger command fits too.
const maxQueued = 4 << 20

// conn is a client. One goroutine reads commands ahead, one executes them in
// order, so that pushes which arrive during an fsync share the next one.
type conn struct {
	server *Server
	net    net.Conn
	out    *redcon.Writer
	id     int64
	name   string
	since  time.Time
	ctx    context.Context // ends when the client has gone
	cancel context.CancelFunc

	known    bool // authenticated
	failures int  // of AUTH
	quit     bool
	multi    bool
	queued   []command // between MULTI and EXEC
	broken   bool      // MULTI has seen a command that cannot be

	mu    sync.Mutex
	cond  *sync.Cond
	input []command
	bytes int
	ended error // of the reader
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, net: nc, id: s.nextID.Add(1), since: time.Now(), known: s.opts.Password == ""}
	c.cond = sync.NewCond(&c.mu)
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	c.out = redcon.NewWriter(deadlineWriter{nc, s.opts.WriteTimeout})
	return c
}

type deadlineWriter struct {
	net.Conn
	timeout time.Duration
}

func (w deadlineWriter) Write(b []byte) (int, error) {
	if err := w.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
		return 0, err
	}
	return w.Conn.Write(b)
}

// serve talks to the client until one side ends it.
func (c *conn) serve() {
	var wg sync.WaitGroup
	wg.Go(c.readAhead)
	defer func() {
		// A defect met by one client's request must not end everybody's broker.
		if p := recover(); p != nil {
			c.server.opts.Logger.Error("embedded broker: a request has met a defect; please report it",
				"client", c.net.RemoteAddr(), "panic", p, "stack", string(debug.Stack()))
		}
		c.cancel()
		c.net.Close()
		c.mu.Lock()
		c.bytes, c.input = 0, nil
		c.ended = errors.Join(c.ended, net.ErrClosed)
		c.cond.Broadcast()
		c.mu.Unlock()
		wg.Wait()
	}()
	for !c.quit {
		cmds, err := c.next()
		if err != nil {
			var bad protocolError
			if errors.As(err, &bad) {
				c.out.WriteError("ERR " + bad.Error())
				c.out.Flush()
			}
			return
		}
		c.executeAll(cmds)
		if err := c.out.Flush(); err != nil {
			return
		}
	}
}

// next takes all the commands there are, waiting for the first.
func (c *conn) next() ([]command, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.input) == 0 {
		if c.ended != nil {
			return nil, c.ended
		}
		c.cond.Wait()
	}
	cmds := c.input
	c.input, c.bytes = nil, 0
	c.cond.Broadcast()
	return cmds, nil
}

// readAhead reads commands until the client ends or breaks the protocol.
func (c *conn) readAhead() {
	r := bufio.NewReaderSize(c.net, maxInline)
	for {
		cmd, err := c.read(r)
		c.mu.Lock()
		for c.bytes > maxQueued && c.ended == nil {
			c.cond.Wait()
		}
		if err == nil && c.ended == nil {
			if len(cmd) > 0 {
				c.input = append(c.input, cmd)
				c.bytes += cmd.size()
			}
		} else {
			c.ended = errors.Join(c.ended, err)
		}
		over := c.ended != nil
		c.cond.Broadcast()
		c.mu.Unlock()
		if over {
			var bad protocolError
			if !errors.As(err, &bad) {
				c.cancel() // a blocked pop has nobody left to answer
			}
			return
		}
	}
}

func (c *conn) read(r *bufio.Reader) (command, error) {
	idle, limit := c.server.opts.IdleTimeout, c.server.opts.MaxRequest
	if !c.authenticated() {
		idle, limit = c.server.opts.ReadTimeout, maxInline
	}
	if r.Buffered() == 0 {
		if err := c.net.SetReadDeadline(time.Now().Add(idle)); err != nil {
			return nil, err
		}
		if _, err := r.Peek(1); err != nil {
			return nil, err
		}
	}
	if err := c.net.SetReadDeadline(time.Now().Add(c.server.opts.ReadTimeout)); err != nil {
		return nil, err
	}
	return readCommand(r, limit)
}

func (c *conn) authenticated() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known
}

// executeAll runs the commands in order; neighbouring pushes become one write.
func (c *conn) executeAll(cmds []command) {
	for i := 0; i < len(cmds) && !c.quit; {
		if n := c.pushRun(cmds[i:]); n > 0 {
			c.pushAll(cmds[i : i+n])
			i += n
			continue
		}
		c.execute(cmds[i])
		i++
	}
}

// blocked waits for ch, the client's end or the time, and says whether ch it
// was. Replies to what came before go out first.
func (c *conn) blocked(ch <-chan struct{}, timeout <-chan time.Time) bool {
	if err := c.out.Flush(); err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	select {
	case <-ch:
		return true
	case <-timeout:
	case <-c.ctx.Done():
	}
	return false
}
