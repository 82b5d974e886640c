// Package embedded is the broker inside `castor-indexer standalone`: a server
// of the Redis protocol whose lists are spools. Whatever pushes logs to Redis
// (Beaver, Filebeat, Logstash, rsyslog's omhiredis, redis-cli, our shipper)
// pushes to it unchanged, and the reply to a push means that the messages are
// on disk. The indexer in the same process takes them with leases (Queue);
// other clients may pop them as from Redis.
//
// A list is a queue: every push (RPUSH, LPUSH, PUBLISH) puts messages at its
// end and every pop (LPOP, RPOP, BLPOP, BRPOP) takes the oldest, so that all
// pairs of producer and consumer settings keep the order of arrival. There is
// one key space: SELECT is accepted and changes nothing.
//
// It imports broker and spool.
package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"castor/internal/spool"
)

// Options of a server. The zero value of everything but Dir is usable.
type Options struct {
	Dir          string // where the lists live; created where missing
	Username     string // with Password: AUTH's user; empty is Redis' "default"
	Password     string // empty: no AUTH needed
	TLS          *tls.Config
	MaxConns     int           // connections at once; 1,000 when 0
	MaxLists     int           // keys; 256 when 0
	MaxRequest   int           // bytes of one command; 64 MiB when 0
	MaxBytes     int64         // on disk, of each list; 0: no limit but the disk
	MaxAge       time.Duration // messages that wait longer are dropped and counted; 0: none are
	IdleTimeout  time.Duration // of a connection without a command; 1 h when 0
	ReadTimeout  time.Duration // of a command that has begun, and of AUTH; 30 s when 0
	WriteTimeout time.Duration // of a reply; 30 s when 0
	SyncInterval time.Duration // 0: a reply means "on disk"; else fsync this often
	Logger       *slog.Logger  // slog.Default() when nil
}

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.IdleTimeout, time.Hour)
	def(&o.ReadTimeout, 30*time.Second)
	def(&o.WriteTimeout, 30*time.Second)
	if o.MaxConns <= 0 {
		o.MaxConns = 1000
	}
	if o.MaxLists <= 0 {
		o.MaxLists = 256
	}
	if o.MaxRequest <= 0 {
		o.MaxRequest = 64 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Server is the broker. Open gives one whose lists can be used in process;
// Serve lets clients in.
type Server struct {
	opts    Options
	started time.Time
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	counts  counters
	nextID  atomic.Int64

	mu        sync.Mutex
	closed    bool
	lists     map[string]*list
	conns     map[*conn]struct{}
	listeners []net.Listener
	waiters   chan struct{} // closed when messages came, nil while nobody waits
}

type counters struct {
	connections, refused, commands, pushed, popped, authFailures atomic.Uint64
}

// Open opens the broker's lists from dir.
func Open(o Options) (*Server, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("open the embedded broker: %w", err)
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the embedded broker: %w", err)
	}
	s := &Server{opts: o, started: time.Now(), lists: map[string]*list{}, conns: map[*conn]struct{}{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, e := range entries {
		key, ok := folderKey(e.Name())
		if !ok || !e.IsDir() {
			continue
		}
		l, err := openList(filepath.Join(o.Dir, e.Name()), key, s.spoolOptions(), s.wake)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("open the embedded broker: %w", err)
		}
		s.lists[key] = l
	}
	return s, nil
}

func (s *Server) spoolOptions() spool.Options {
	return spool.Options{
		MaxRecordBytes: s.opts.MaxRequest, MaxBytes: s.opts.MaxBytes, MaxAge: s.opts.MaxAge,
		SyncInterval: s.opts.SyncInterval, Logger: s.opts.Logger,
	}
}

var errTooManyLists = errors.New("too many keys")

// list returns the list of this key, which create makes where it is missing;
// without create it may be nil.
func (s *Server) list(key string, create bool) (*list, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.lists[key]; l != nil || !create {
		return l, nil
	}
	if s.closed {
		return nil, spool.ErrClosed
	}
	name, ok := folderName(key)
	if !ok {
		return nil, fmt.Errorf("the key is too long: %.40q…", key)
	}
	if len(s.lists) >= s.opts.MaxLists {
		return nil, fmt.Errorf("%w: this server holds at most %d lists", errTooManyLists, s.opts.MaxLists)
	}
	l, err := openList(filepath.Join(s.opts.Dir, name), key, s.spoolOptions(), s.wake)
	if err != nil {
		return nil, err
	}
	s.lists[key] = l
	return l, nil
}

func (s *Server) keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]string, 0, len(s.lists))
	for k := range s.lists {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// ListStats are the figures of one list.
type ListStats struct {
	Key     string
	Ready   int64 // messages that nobody has taken
	Leased  int64 // taken by the indexer and not yet acknowledged
	Bytes   int64 // on disk
	Pushed  uint64
	Dropped uint64    // by MaxBytes, MaxAge or damage
	Oldest  time.Time // about when the oldest message came; zero when none is there
}

// Stats are the server's figures; counters start at Open.
type Stats struct {
	Connections  int
	Accepted     uint64
	Refused      uint64 // connections over MaxConns
	Commands     uint64
	AuthFailures uint64
	Lists        []ListStats
}

// Stats returns the server's figures.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	open := len(s.conns)
	s.mu.Unlock()
	st := Stats{Connections: open, Accepted: s.counts.connections.Load(), Refused: s.counts.refused.Load(),
		Commands: s.counts.commands.Load(), AuthFailures: s.counts.authFailures.Load()}
	for _, key := range s.keys() {
		l, _ := s.list(key, false)
		l.log.Trim()
		ls := l.log.Stats()
		one := ListStats{Key: key, Ready: l.length(), Leased: l.leased(), Bytes: ls.Bytes, Pushed: ls.Appended,
			Dropped: ls.DroppedByAge + ls.DroppedBySize + ls.Corrupt}
		if one.Ready+one.Leased > 0 {
			one.Oldest = ls.Oldest
		}
		st.Lists = append(st.Lists, one)
	}
	return st
}

// wake tells everybody who waits for messages to look again.
func (s *Server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiters != nil {
		close(s.waiters)
		s.waiters = nil
	}
}

func (s *Server) waitChannel() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiters == nil {
		s.waiters = make(chan struct{})
	}
	return s.waiters
}

// Listen opens addr and serves it in the background until Close.
func (s *Server) Listen(addr string) (net.Addr, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for Redis clients: %w", err)
	}
	s.wg.Go(func() {
		if err := s.Serve(ln); err != nil {
			s.opts.Logger.Error("embedded broker: the listener has ended", "addr", addr, "error", err)
		}
	})
	return ln.Addr(), nil
}

// Serve lets clients in until Close, which also closes ln.
func (s *Server) Serve(ln net.Listener) error {
	if s.opts.TLS != nil {
		ln = tls.NewListener(ln, s.opts.TLS)
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ln.Close()
	}
	s.listeners = append(s.listeners, ln)
	s.mu.Unlock()
	for {
		c, err := ln.Accept()
		if s.ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			// Out of file descriptors, most likely: it passes.
			s.opts.Logger.Warn("embedded broker: cannot accept a connection", "error", err)
			select {
			case <-time.After(100 * time.Millisecond):
				continue
			case <-s.ctx.Done():
				return nil
			}
		}
		s.admit(c)
	}
}

func (s *Server) admit(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	full := len(s.conns) >= s.opts.MaxConns
	if !full && !s.closed {
		s.conns[c] = struct{}{}
		s.wg.Add(1)
	}
	closed := s.closed
	s.mu.Unlock()
	if full || closed {
		s.counts.refused.Add(1)
		nc.SetDeadline(time.Now().Add(time.Second))
		nc.Write([]byte("-ERR max number of clients reached\r\n"))
		nc.Close()
		return
	}
	s.counts.connections.Add(1)
	go func() {
		defer s.wg.Done()
		c.serve()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
}

// Close ends the connections and closes the lists. Messages under lease come
// back with the next Open.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.cancel()
	for _, ln := range s.listeners {
		ln.Close()
	}
	for c := range s.conns {
		c.net.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	s.wake()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, l := range s.lists {
		errs = append(errs, l.log.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close the embedded broker: %w", err)
	}
	return nil
}
