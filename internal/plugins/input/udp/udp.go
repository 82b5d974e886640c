// Package udp is the input that receives datagrams. It imports the plugin contracts and events.
package udp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the input; options and semantics of logstash-input-udp.
var Spec = plugin.InputSpec("udp", "Receives datagrams. What comes while the pipeline is full and the queue too is dropped and counted, as UDP has it.", newInput)

type config struct {
	plugin.InputCommon
	Codec         plugin.CodecOption `opt:"codec" default:"plain" doc:"How a datagram becomes events."`
	Host          string             `opt:"host" default:"0.0.0.0" doc:"The address to listen on."`
	Port          int                `opt:"port" required:"true" doc:"The port; below 1024 it needs rights."`
	BufferSize    int                `opt:"buffer_size" default:"65536" doc:"The longest datagram in bytes; the rest of a longer one is cut off."`
	QueueSize     int                `opt:"queue_size" default:"2000" doc:"How many datagrams wait for the pipeline."`
	ReceiveBuffer int                `opt:"receive_buffer_bytes" doc:"The size of the socket's own buffer; the system's where it is missing."`
	SourceIP      string             `opt:"source_ip_fieldname" doc:"The field that takes the sender's address; host, or [host][ip] with ECS, where it is missing."`
	Workers       int                `opt:"workers" default:"2" doc:"How many workers decode datagrams."`
}

type input struct {
	cfg     *config
	env     *plugin.Env
	source  event.Ref
	dropped atomic.Int64
	// listening is told the address; tests use it.
	listening func(net.Addr)
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	in := &input{cfg: cfg, env: env, listening: func(net.Addr) {}}
	name := cfg.SourceIP
	if name == "" {
		name = env.ECS.Pick("host", "[host][ip]")
	}
	var err error
	if in.source, err = event.ParseRef(name); err != nil {
		return nil, &plugin.OptionError{Option: "source_ip_fieldname", Err: err}
	}
	if cfg.Port < 0 || cfg.Port > 65535 {
		return nil, plugin.BadOption("port", "%d is no port", cfg.Port)
	}
	if cfg.BufferSize < 1 {
		return nil, plugin.BadOption("buffer_size", "it must be at least 1")
	}
	if _, err := cfg.Codec.New(env); err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	return in, nil
}

type datagram struct {
	text string
	from netip.AddrPort
}

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	address := net.JoinHostPort(in.cfg.Host, strconv.Itoa(in.cfg.Port))
	packets, err := net.ListenPacket("udp", address)
	if err != nil {
		return fmt.Errorf("listen on UDP %s: %w", address, err)
	}
	conn := packets.(*net.UDPConn)
	if n := in.cfg.ReceiveBuffer; n > 0 {
		if err := conn.SetReadBuffer(n); err != nil {
			in.env.Log.Warn("cannot set receive_buffer_bytes", "error", err)
		}
	}
	in.env.Log.Info("listening for datagrams", "address", conn.LocalAddr().String())
	in.listening(conn.LocalAddr())
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	queue := make(chan datagram, max(in.cfg.QueueSize, 1))
	var wg sync.WaitGroup
	errs := make([]error, max(in.cfg.Workers, 1))
	for i := range errs {
		wg.Go(func() { errs[i] = in.work(ctx, emit, queue) })
	}
	err = in.receive(conn, queue)
	close(queue)
	wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(append(errs, err)...)
}

func (in *input) receive(conn *net.UDPConn, queue chan<- datagram) error {
	buf := make([]byte, in.cfg.BufferSize)
	var told time.Time
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return fmt.Errorf("receive datagrams: %w", err)
		}
		select {
		case queue <- datagram{string(buf[:n]), from}:
		default:
			in.dropped.Add(1)
			told = in.tell(told)
		}
	}
}

// tell logs drops at most every half minute.
func (in *input) tell(last time.Time) time.Time {
	if time.Since(last) < 30*time.Second {
		return last
	}
	in.env.Log.Log(context.Background(), slog.LevelWarn, "datagrams dropped: they come faster than the pipeline takes them", "dropped", in.dropped.Load())
	return time.Now()
}

// perDelivery bounds how many datagrams are handed over at once.
const perDelivery = 250

func (in *input) work(ctx context.Context, emit plugin.Emit, queue <-chan datagram) error {
	codec, err := in.cfg.Codec.New(in.env)
	if err != nil {
		return err
	}
	for d := range queue {
		var batch event.Batch
		size := in.decode(codec, d, &batch)
		size += in.more(codec, queue, &batch)
		if len(batch) == 0 {
			continue
		}
		// What was received is not sent again, so it goes through even when the pipeline is asked to stop.
		if emit(context.WithoutCancel(ctx), plugin.Delivery{Events: batch, Bytes: int64(size)}) != nil {
			return nil
		}
	}
	return nil
}

// more decodes what waits in the queue without waiting for it: another worker may take it first.
func (in *input) more(codec plugin.Codec, queue <-chan datagram, batch *event.Batch) (size int) {
	for range perDelivery {
		select {
		case d, ok := <-queue:
			if !ok {
				return size
			}
			size += in.decode(codec, d, batch)
		default:
			return size
		}
	}
	return size
}

func (in *input) decode(codec plugin.Codec, d datagram, batch *event.Batch) int {
	host := event.StringValue(d.from.Addr().Unmap().String())
	add := func(e *event.Event) {
		if !e.Has(in.source) {
			_ = e.Set(in.source, host)
		}
		in.cfg.Decorate(e)
		*batch = append(*batch, e)
	}
	codec.Decode(d.text, add)
	codec.Flush(add)
	return len(d.text)
}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
