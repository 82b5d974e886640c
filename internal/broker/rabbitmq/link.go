package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"castor/internal/broker"
)

// link keeps one connection with one channel alive, for ever: it connects, sets the channel up, waits until it breaks,
// and starts again after a pause.
type link struct {
	o     *Options
	mon   broker.Monitor
	pace  broker.Backoff
	setup func(*session) error // declares the topology on a new channel
	ctx   context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup
	once  sync.Once

	mu      sync.Mutex
	cur     *session
	changed chan struct{} // closed when cur or fault changes
	fault   *broker.Error // why there is no cur; nil before the first attempt
	host    int
}

// session is the time from one connection to its end.
type session struct {
	conn *amqp.Connection
	ch   *amqp.Channel
	addr string
	gone chan struct{} // closed when the connection or the channel has ended

	in      *inbox           // of a consumer
	returns chan amqp.Return // of a producer with Mandatory

	mu  sync.Mutex
	why error
}

func newLink(o *Options, setup func(*session) error) (*link, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	l := &link{o: o, setup: setup, changed: make(chan struct{})}
	l.mon.OnChange = o.OnStatus
	l.pace.Max = o.ReconnectInterval
	l.pace.Min = min(100*time.Millisecond, o.ReconnectInterval)
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l, nil
}

func (o *Options) defaults() error {
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"127.0.0.1"}
	}
	if o.Port == 0 {
		o.Port = 5672
		if o.TLS != nil {
			o.Port = 5671
		}
	}
	if o.User == "" {
		o.User, o.Password = "guest", "guest"
	}
	if o.VHost == "" {
		o.VHost = "/"
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 10 * time.Second
	}
	if o.ConnectionTimeout <= 0 {
		o.ConnectionTimeout = 5 * time.Second
	}
	if o.ReconnectInterval <= 0 {
		o.ReconnectInterval = time.Second
	}
	if o.ConnectionName == "" {
		host, _ := os.Hostname()
		o.ConnectionName = host + " " + filepath.Base(os.Args[0])
	}
	addrs := make([]string, len(o.Hosts))
	for i, h := range o.Hosts {
		if h == "" || strings.Contains(h, "://") {
			return errors.New("rabbitmq: a host is a name or address, with a port or without, not empty and not an URL")
		}
		addrs[i] = h
		if _, _, err := net.SplitHostPort(h); err != nil {
			addrs[i] = net.JoinHostPort(strings.Trim(h, "[]"), strconv.Itoa(o.Port))
		}
	}
	o.Hosts = addrs
	return nil
}

// run is the supervisor.
func (l *link) run() {
	for l.ctx.Err() == nil {
		s, err := l.connect()
		if err == nil {
			l.mon.Count(func(c *broker.Counts) { c.Connects++ })
			l.set(s, nil)
			l.mon.Up(label(s.addr))
			err = l.watch(s)
			s.end()
		}
		if l.ctx.Err() != nil {
			break
		}
		l.fail(err)
		_ = l.pace.Sleep(l.ctx)
	}
	l.set(nil, nil)
}

func label(addr string) string { return "RabbitMQ " + addr }

// fail notes why there is no session, and tries the next host the next time.
func (l *link) fail(err error) {
	l.mu.Lock()
	addr := l.o.Hosts[l.host%len(l.o.Hosts)]
	l.host++
	l.mu.Unlock()
	fault := l.o.classify("use", label(addr), err)
	l.mon.Fault(fault)
	l.set(nil, fault)
}

func (l *link) set(s *session, fault *broker.Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cur, l.fault = s, fault
	close(l.changed)
	l.changed = make(chan struct{})
}

// get waits for a session. With atOnce it returns the fault instead of waiting for the end of one.
func (l *link) get(ctx context.Context, atOnce bool) (*session, error) {
	for {
		l.mu.Lock()
		s, fault, changed := l.cur, l.fault, l.changed
		l.mu.Unlock()
		switch {
		case l.ctx.Err() != nil:
			return nil, broker.ErrClosed
		case ctx.Err() != nil && fault != nil:
			return nil, fmt.Errorf("%w while waiting: %w", ctx.Err(), fault)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case s != nil && !s.ended():
			return s, nil
		case fault != nil && atOnce:
			return nil, fault
		}
		var gone <-chan struct{}
		if s != nil {
			gone = changed
		}
		select {
		case <-changed:
		case <-gone:
		case <-ctx.Done():
		case <-l.ctx.Done():
		}
	}
}

// connect dials the current host and sets a channel up.
func (l *link) connect() (*session, error) {
	l.mu.Lock()
	addr := l.o.Hosts[l.host%len(l.o.Hosts)]
	l.mu.Unlock()
	conn, err := l.o.dial(l.ctx, addr)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn, addr: addr, gone: make(chan struct{})}
	if err := l.prepare(s); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// patience is how long the broker may take to declare the topology, or to confirm: a quorum queue without a leader does not answer.
func (o *Options) patience() time.Duration {
	if o.Patience > 0 {
		return o.Patience
	}
	return 30 * time.Second
}

// prepare opens the channel and declares the topology. It ends, too, when the broker does not answer or we close.
func (l *link) prepare(s *session) error {
	limited, cancel := context.WithTimeout(l.ctx, l.o.patience())
	defer cancel()
	stop := context.AfterFunc(limited, s.end)
	defer stop()
	ch, err := s.conn.Channel()
	if err == nil {
		s.ch = ch
		err = l.setup(s)
	}
	if err != nil && limited.Err() != nil {
		return fmt.Errorf("declare the topology: the broker does not answer: %w", limited.Err())
	}
	return err
}

// watch waits for the session's end and says why. A blocked connection is told as congestion meanwhile.
func (l *link) watch(s *session) error {
	connGone := s.conn.NotifyClose(make(chan *amqp.Error, 1))
	chGone := s.ch.NotifyClose(make(chan *amqp.Error, 1))
	blocked := s.conn.NotifyBlocked(make(chan amqp.Blocking, 8))
	cancelled := s.ch.NotifyCancel(make(chan string, 8))
	defer close(s.gone)
	for {
		var err *amqp.Error
		select {
		case <-l.ctx.Done():
			return broker.ErrClosed
		case err = <-chGone:
		case err = <-connGone:
		case tag, ok := <-cancelled:
			if !ok {
				cancelled = nil
				continue
			}
			return s.fails(fmt.Errorf("the broker cancelled consumer %s: its queue was deleted or moved", tag))
		case b, ok := <-blocked:
			switch {
			case !ok:
				blocked = nil
			case b.Active:
				l.mon.Full(&broker.Error{Op: "publish", Addr: label(s.addr), Class: broker.Blocked,
					Err: errors.New("the broker blocks this connection: " + b.Reason), Advice: "waiting until its alarm ends"})
			default:
				l.mon.Up(label(s.addr))
			}
			continue
		}
		if err == nil {
			return s.fails(amqp.ErrClosed)
		}
		return s.fails(err)
	}
}

func (s *session) fails(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why == nil {
		s.why = err
	}
	return s.why
}

// reason is why the session ended.
func (s *session) reason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why == nil {
		return amqp.ErrClosed
	}
	return s.why
}

func (s *session) ended() bool {
	select {
	case <-s.gone:
		return true
	default:
		return s.ch.IsClosed()
	}
}

// end closes the connection, with a limit for a peer that does not answer.
func (s *session) end() {
	_ = s.conn.CloseDeadline(time.Now().Add(2 * time.Second))
}

// close stops the supervisor.
func (l *link) close() {
	l.once.Do(func() {
		l.stop()
		l.work.Wait()
		l.mon.Down()
	})
}

// dial opens an AMQP connection.
func (o *Options) dial(ctx context.Context, addr string) (*amqp.Connection, error) {
	ctx, cancel := context.WithTimeout(ctx, o.ConnectionTimeout)
	defer cancel()
	var d net.Dialer
	tcp, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	conn, err := o.secure(ctx, tcp, addr)
	if err != nil {
		_ = tcp.Close()
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	props := amqp.NewConnectionProperties()
	props.SetClientConnectionName(o.ConnectionName)
	c, err := amqp.Open(newCoalescer(conn), amqp.Config{
		SASL:  []amqp.Authentication{&amqp.PlainAuth{Username: o.User, Password: o.Password}},
		Vhost: o.VHost, Heartbeat: o.Heartbeat, Properties: props, Locale: "en_US", FrameSize: 128 << 10,
	})
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return c, nil
}
