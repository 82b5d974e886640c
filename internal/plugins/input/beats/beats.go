// Package beats is the input for Filebeat and the other Beats, and for Logstash's own output of that kind.
package beats

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"castor/internal/plugin"
	"castor/internal/tlsfile"
)

// Spec describes the input; options and semantics of logstash-input-beats.
var Spec = plugin.InputSpec("beats", "Takes events from Filebeat and other Beats. They are acknowledged when every output has them, so that a Beat loses nothing, whatever dies.", newInput)

type config struct {
	plugin.InputCommon
	Codec             plugin.CodecOption `opt:"codec" default:"plain" doc:"How the text of a message becomes events; the Beat's other fields are added to each."`
	Host              string             `opt:"host" default:"0.0.0.0" doc:"The address to listen on."`
	Port              int                `opt:"port" required:"true" doc:"The port to listen on; 5044 is usual."`
	Enrich            []string           `opt:"enrich" enum:"codec_metadata|source_metadata|ssl_peer_metadata|all|none" doc:"What to add: a tag with the codec's name, the sender's address, what TLS knows of the sender. The first two where it is missing."`
	IncludeCodecTag   bool               `opt:"include_codec_tag" default:"true" doc:"Whether to add the codec's tag." deprecated:"use enrich"`
	AddHostname       bool               `opt:"add_hostname" default:"false" doc:"Whether [beat][hostname] is copied to host." deprecated:"Beats say themselves which host it was"`
	InactivityTimeout float64            `opt:"client_inactivity_timeout" default:"60" doc:"Seconds without data after which a connection is closed; 0 for never."`
	ExecutorThreads   int64              `opt:"executor_threads" doc:"How many threads to work with." ignored:"each connection has a goroutine of its own"`
	EventLoopThreads  int64              `opt:"event_loop_threads" doc:"How many threads to receive with." ignored:"each connection has a goroutine of its own"`
	MaxWindow         plugin.Bytes       `opt:"max_window_bytes" default:"128MiB" doc:"The most that events which are acknowledged together may take. An option of Castor."`

	SSLEnabled       bool            `opt:"ssl_enabled" default:"false" doc:"Whether connections are by TLS."`
	Certificate      string          `opt:"ssl_certificate" doc:"PEM file with this side's certificate. It is read again when it changes."`
	Key              string          `opt:"ssl_key" doc:"PEM file with its key."`
	KeyPassphrase    plugin.Password `opt:"ssl_key_passphrase" doc:"Passphrase of the key." ignored:"keys are read unencrypted; protect the file by its permissions"`
	Authorities      []string        `opt:"ssl_certificate_authorities" doc:"PEM files with the authorities of clients' certificates."`
	ClientAuth       string          `opt:"ssl_client_authentication" default:"none" enum:"none|optional|required" doc:"Whether clients must, may or need not show a certificate."`
	Protocols        []string        `opt:"ssl_supported_protocols" enum:"TLSv1.1|TLSv1.2|TLSv1.3" doc:"The versions of TLS to accept; 1.2 and 1.3 where it is missing."`
	CipherSuites     []string        `opt:"ssl_cipher_suites" doc:"Cipher suites by their IANA names." ignored:"Go chooses among the secure suites itself"`
	HandshakeTimeout int64           `opt:"ssl_handshake_timeout" default:"10000" doc:"Milliseconds for the handshake."`
	SSL              bool            `opt:"ssl" doc:"The former name of ssl_enabled." obsolete:"use ssl_enabled"`
	VerifyMode       string          `opt:"ssl_verify_mode" doc:"A former option." obsolete:"use ssl_client_authentication"`
	PeerMetadata     bool            `opt:"ssl_peer_metadata" doc:"A former option." obsolete:"use enrich"`
	TLSMin           string          `opt:"tls_min_version" doc:"A former option." obsolete:"use ssl_supported_protocols"`
	TLSMax           string          `opt:"tls_max_version" doc:"A former option." obsolete:"use ssl_supported_protocols"`
	Ciphers          []string        `opt:"cipher_suites" doc:"A former option." obsolete:"use ssl_cipher_suites"`
}

type input struct {
	cfg                           *config
	env                           *plugin.Env
	tls                           *tls.Config // nil without TLS
	codecTag, sourceInfo, tlsInfo bool
	fields                        fields
	// listening is told the address; tests use it.
	listening func(net.Addr)
	keepalive time.Duration
}

// keepalive is how often a Beat that waits is told that its events are being worked on.
const keepalive = 3 * time.Second

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	in := &input{cfg: cfg, env: env, codecTag: cfg.IncludeCodecTag, sourceInfo: true, fields: newFields(env.ECS), listening: func(net.Addr) {}, keepalive: keepalive}
	if cfg.Port < 0 || cfg.Port > 65535 {
		return nil, plugin.BadOption("port", "%d is no port", cfg.Port)
	}
	if cfg.IsSet("enrich") {
		if cfg.IsSet("include_codec_tag") {
			return nil, plugin.BadOption("include_codec_tag", "enrich says it already; give one of them")
		}
		all := slices.Contains(cfg.Enrich, "all")
		if (all || slices.Contains(cfg.Enrich, "none")) && len(cfg.Enrich) > 1 {
			return nil, plugin.BadOption("enrich", "all and none stand alone")
		}
		has := func(name string) bool { return all || slices.Contains(cfg.Enrich, name) }
		in.codecTag, in.sourceInfo, in.tlsInfo = has("codec_metadata"), has("source_metadata"), has("ssl_peer_metadata")
	}
	if _, err := cfg.Codec.New(env); err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	var err error
	in.tls, err = cfg.tlsConfig(env)
	return in, err
}

func (c *config) tlsConfig(env *plugin.Env) (*tls.Config, error) {
	if !c.SSLEnabled {
		for _, option := range []string{"ssl_certificate", "ssl_key", "ssl_certificate_authorities", "ssl_client_authentication"} {
			if c.IsSet(option) {
				env.Warn(c.PosOf(option), "%s has no effect without ssl_enabled => true", option)
			}
		}
		return nil, nil
	}
	if c.ClientAuth != "none" && len(c.Authorities) == 0 {
		return nil, plugin.BadOption("ssl_client_authentication", "%s needs ssl_certificate_authorities", c.ClientAuth)
	}
	if c.ClientAuth == "none" && len(c.Authorities) > 0 {
		return nil, plugin.BadOption("ssl_certificate_authorities", "they have no use while ssl_client_authentication is none")
	}
	versions, err := tlsfile.ParseVersions(c.Protocols)
	if err != nil {
		return nil, err
	}
	clients := map[string]tls.ClientAuthType{"optional": tls.VerifyClientCertIfGiven, "required": tls.RequireAndVerifyClientCert}
	return tlsfile.Server{Certificate: c.Certificate, Key: c.Key, Authorities: c.Authorities, ClientAuth: clients[c.ClientAuth], Versions: versions, Log: env.Log}.Config()
}

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	address := net.JoinHostPort(in.cfg.Host, strconv.Itoa(in.cfg.Port))
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on TCP %s: %w", address, err)
	}
	in.env.Log.Info("listening for Beats", "address", listener.Addr().String(), "tls", in.tls != nil)
	in.listening(listener.Addr())
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		conn, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("take connections: %w", err)
		case err != nil:
			in.env.Log.Warn("cannot take a connection; trying again", "error", err)
			select {
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
			}
		default:
			wg.Go(func() { in.serve(ctx, conn, emit) })
		}
	}
}

// serve reads a connection until it ends. At a stop nothing more is read; what was read is acknowledged if it is through in time.
func (in *input) serve(ctx context.Context, raw net.Conn, emit plugin.Emit) {
	defer raw.Close()
	c := &connection{in: in, conn: raw, pending: make(chan pending, maxPending)}
	peer := raw.RemoteAddr().String()
	if addr, err := netip.ParseAddrPort(peer); err == nil {
		c.from.ip = addr.Addr().Unmap().WithZone("").String()
	}
	if in.tls != nil {
		secure := tls.Server(raw, in.tls)
		shake, cancel := context.WithTimeout(ctx, time.Duration(in.cfg.HandshakeTimeout)*time.Millisecond)
		err := secure.HandshakeContext(shake)
		cancel()
		if err != nil {
			in.env.Log.Warn("TLS handshake failed; the connection is closed", "client", peer, "error", err)
			return
		}
		state := secure.ConnectionState()
		c.conn, c.from.tls = secure, &state
	}
	defer context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })()
	if err := c.run(ctx, emit); err != nil && ctx.Err() == nil {
		in.env.Log.Warn("connection of a Beat closed", "client", peer, "reason", err)
	}
}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }

// maxPending is how many windows of a connection may wait for their acknowledgement; a Beat sends two at a time.
const maxPending = 16

// pending is a window on its way to the outputs.
type pending struct {
	last uint32
	done chan error
}

type connection struct {
	in      *input
	conn    net.Conn
	from    source
	pending chan pending
}

func (c *connection) run(ctx context.Context, emit plugin.Emit) error {
	acked := make(chan error, 1)
	go func() { acked <- c.acknowledge() }()
	err := c.read(ctx, emit)
	close(c.pending)
	return errors.Join(err, <-acked)
}

// read hands windows over until the connection ends.
func (c *connection) read(ctx context.Context, emit plugin.Emit) error {
	codec, err := c.in.cfg.Codec.New(c.in.env)
	if err != nil {
		return err
	}
	r := newReader(c.conn, int64(c.in.cfg.MaxWindow))
	for {
		if d := c.in.cfg.InactivityTimeout; d > 0 && ctx.Err() == nil {
			_ = c.conn.SetReadDeadline(time.Now().Add(time.Duration(d * float64(time.Second))))
		}
		if ctx.Err() != nil {
			return nil
		}
		w, err := r.next()
		if err != nil {
			return ending(err)
		}
		p := pending{w.last, make(chan error, 1)}
		c.pending <- p
		batch := c.in.events(codec, w, &c.from)
		if len(batch) == 0 {
			p.done <- nil
			continue
		}
		if err := emit(ctx, plugin.Delivery{Events: batch, Bytes: w.size, Done: func(err error) { p.done <- err }}); err != nil {
			p.done <- err // not taken: the Beat sends it again
			return nil
		}
	}
}

// ending is nil for the ends that are no fault.
func ending(err error) error {
	var timeout net.Error
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &timeout) && timeout.Timeout() {
		return nil
	}
	return err
}

// acknowledge answers windows in their order. One that failed ends the connection, so that the Beat sends it again.
func (c *connection) acknowledge() error {
	tick := time.NewTicker(c.in.keepalive)
	defer tick.Stop()
	var fault error
	for p := range c.pending {
		for waiting := true; waiting; {
			select {
			case err := <-p.done:
				waiting = false
				if fault == nil && err == nil {
					fault = ack(c.conn, p.last)
				} else if fault == nil {
					fault = fmt.Errorf("events were not delivered, the Beat will send them again: %w", err)
				}
				if fault != nil {
					_ = c.conn.Close()
				}
			case <-tick.C:
				if fault == nil {
					fault = ack(c.conn, 0)
				}
			}
		}
	}
	return fault
}
