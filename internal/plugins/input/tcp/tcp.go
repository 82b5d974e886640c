// Package tcp is the input that reads streams over TCP. It imports the plugin contracts, events, and the feed of
// codecs by streams.
package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/stream"
)

// Spec describes the input; options and semantics of logstash-input-tcp.
var Spec = plugin.InputSpec("tcp", "Reads lines, or what the codec makes of the stream, over TCP: as a server that takes connections or as a client that makes one.", newInput)

type config struct {
	plugin.InputCommon
	tlsOptions
	Codec          plugin.CodecOption `opt:"codec" default:"line" doc:"How the stream becomes events. Each connection has a codec of its own."`
	Host           string             `opt:"host" default:"0.0.0.0" doc:"The address to listen on, or in mode client to connect to."`
	Port           int                `opt:"port" required:"true" doc:"The port to listen on or to connect to."`
	Mode           string             `opt:"mode" default:"server" enum:"server|client" doc:"Whether to take connections or to make one."`
	ProxyProtocol  bool               `opt:"proxy_protocol" default:"false" doc:"Whether a connection begins with the line of the PROXY protocol, version 1, as load balancers send it."`
	KeepAlive      bool               `opt:"tcp_keep_alive" default:"true" doc:"Whether the system asks silent connections for a sign of life. On by default, unlike Logstash's: a client that died without a word would hold its place for ever."`
	ReverseLookup  bool               `opt:"dns_reverse_lookup_enabled" default:"true" doc:"Whether to ask DNS for the name of the other side."`
	MaxConnections int                `opt:"max_connections" default:"4096" doc:"How many connections may be open; others wait to be taken. An option of Castor."`
	MaxBuffered    plugin.Bytes       `opt:"max_buffered_bytes" default:"256MiB" doc:"How much unfinished lines and messages of all connections may take together; beyond it connections that hold more than 64 KiB are closed. An option of Castor."`
	IdleTimeout    string             `opt:"idle_timeout" type:"number or string duration" doc:"After how long without data a connection is closed; never where it is missing. An option of Castor."`

	idle time.Duration
}

type input struct {
	cfg    *config
	env    *plugin.Env
	tls    *tls.Config // nil without TLS
	fields fields
	names  *names
	held   atomic.Int64 // bytes of unfinished lines, of all connections
	// listening is told the address; tests use it.
	listening func(net.Addr)
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	in := &input{cfg: cfg, env: env, fields: newFields(env.ECS), names: newNames(cfg.ReverseLookup), listening: func(net.Addr) {}}
	if cfg.Port < 0 || cfg.Port > 65535 {
		return nil, plugin.BadOption("port", "%d is no port", cfg.Port)
	}
	if cfg.MaxConnections < 1 {
		return nil, plugin.BadOption("max_connections", "it must be at least 1")
	}
	if cfg.IdleTimeout != "" {
		var err error
		if cfg.idle, err = plugin.ParseDuration(cfg.IdleTimeout, time.Second); err != nil {
			return nil, &plugin.OptionError{Option: "idle_timeout", Err: err}
		}
	}
	if _, err := stream.New(cfg.Codec, env); err != nil {
		return nil, err
	}
	var err error
	in.tls, err = cfg.tlsConfig(env)
	return in, err
}

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	if in.cfg.Mode == "client" {
		return in.runClient(ctx, emit)
	}
	address := net.JoinHostPort(in.cfg.Host, strconv.Itoa(in.cfg.Port))
	lc := net.ListenConfig{KeepAlive: in.keepAlive()}
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on TCP %s: %w", address, err)
	}
	in.env.Log.Info("listening for connections", "address", listener.Addr().String(), "tls", in.tls != nil)
	in.listening(listener.Addr())
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	return in.accept(ctx, listener, &wg, emit)
}

func (in *input) keepAlive() time.Duration {
	if in.cfg.KeepAlive {
		return 0 // the default of Go and of the system
	}
	return -1
}

// acceptPause is how long to wait when a connection cannot be taken, such as without free file descriptors.
const acceptPause = 200 * time.Millisecond

func (in *input) accept(ctx context.Context, listener net.Listener, wg *sync.WaitGroup, emit plugin.Emit) error {
	places := make(chan struct{}, in.cfg.MaxConnections)
	for {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		conn, err := listener.Accept()
		if err != nil {
			<-places
			if ctx.Err() != nil {
				return nil
			}
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("take connections: %w", err)
			}
			in.env.Log.Warn("cannot take a connection; trying again", "error", err)
			pause(ctx, acceptPause)
			continue
		}
		if len(places) == cap(places) {
			in.env.Log.Warn("as many connections as max_connections allows; more wait", "max_connections", in.cfg.MaxConnections)
		}
		wg.Go(func() {
			defer func() { <-places }()
			in.serve(ctx, conn, emit)
		})
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

const handshakeTimeout = 10 * time.Second

// serve reads a connection that was taken.
func (in *input) serve(ctx context.Context, raw net.Conn, emit plugin.Emit) {
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	defer raw.Close()
	conn := raw
	peer := conn.RemoteAddr().String()
	if in.tls != nil && in.cfg.Mode == "server" {
		secure := tls.Server(raw, in.tls)
		shake, cancel := context.WithTimeout(ctx, handshakeTimeout)
		err := secure.HandshakeContext(shake)
		cancel()
		if err != nil {
			in.env.Log.Warn("TLS handshake failed; the connection is closed", "client", peer, "error", err)
			return
		}
		conn = secure
	}
	if err := in.read(ctx, conn, emit); err != nil && ctx.Err() == nil {
		in.env.Log.Warn("connection closed", "peer", peer, "reason", err)
	}
}

const pieceSize = 16 << 10

// read passes on what comes until the connection ends; then the codec's rest.
func (in *input) read(ctx context.Context, conn net.Conn, emit plugin.Emit) error {
	feed, err := stream.New(in.cfg.Codec, in.env)
	if err != nil {
		return err
	}
	from := in.source(ctx, conn)
	hold := holder{in: in, feed: feed}
	defer hold.free()
	// What was read is not sent again, so it goes through even when the pipeline is asked to stop.
	give := func(decode func(func(*event.Event)), size int) error {
		var batch event.Batch
		decode(func(e *event.Event) {
			in.decorate(e, &from)
			batch = append(batch, e)
		})
		if len(batch) == 0 {
			return nil
		}
		return emit(context.WithoutCancel(ctx), plugin.Delivery{Events: batch, Bytes: int64(size)})
	}
	buf := make([]byte, pieceSize)
	head, err := in.proxyLine(conn, buf, &from)
	if err != nil {
		return err
	}
	if err := give(func(e func(*event.Event)) { feed.Decode(head, e) }, len(head)); err != nil {
		return err
	}
	last := time.Now()
	for {
		_ = conn.SetReadDeadline(in.deadline(last, feed.Until()))
		n, err := conn.Read(buf)
		if n > 0 {
			last = time.Now()
			piece := string(buf[:n])
			if err := give(func(e func(*event.Event)) { feed.Decode(piece, e) }, n); err != nil {
				return err
			}
			if err := hold.check(); err != nil {
				return errors.Join(err, give(feed.Flush, 0))
			}
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
			idle := in.cfg.idle > 0 && time.Since(last) >= in.cfg.idle
			if until := feed.Until(); idle || !until.IsZero() && !time.Now().Before(until) {
				if err := give(feed.Flush, 0); err != nil {
					return err
				}
			}
			if !idle {
				continue
			}
			err = fmt.Errorf("no data for %s (idle_timeout)", in.cfg.idle)
		}
		if err != nil {
			return errors.Join(give(feed.Flush, 0), ending(err))
		}
	}
}

// fairShare of a connection is never held against it.
const fairShare = 64 << 10

// holder keeps account of what one connection has in memory of a line that has not ended.
type holder struct {
	in   *input
	feed *stream.Feed
	size int64
}

func (h *holder) check() error {
	size := int64(h.feed.HeldBytes())
	all := h.in.held.Add(size - h.size)
	h.size = size
	if size > fairShare && all > int64(h.in.cfg.MaxBuffered) {
		return fmt.Errorf("unfinished lines of all connections take %d bytes (max_buffered_bytes), %d of them this one's", all, size)
	}
	return nil
}

func (h *holder) free() { h.in.held.Add(-h.size) }

// ending is nil for the ends that are no fault.
func ending(err error) error {
	if isEnd(err) {
		return nil
	}
	return err
}

func (in *input) deadline(last, until time.Time) time.Time {
	if in.cfg.idle > 0 {
		if idle := last.Add(in.cfg.idle); until.IsZero() || idle.Before(until) {
			return idle
		}
	}
	return until
}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
