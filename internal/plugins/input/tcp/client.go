package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"

	"castor/internal/plugin"
)

const (
	dialTimeout   = 10 * time.Second
	firstRedial   = 200 * time.Millisecond
	longestRedial = 10 * time.Second
)

// runClient connects, reads to the end, and connects again.
func (in *input) runClient(ctx context.Context, emit plugin.Emit) error {
	address := net.JoinHostPort(in.cfg.Host, strconv.Itoa(in.cfg.Port))
	wait := firstRedial
	for ctx.Err() == nil {
		conn, err := in.dial(ctx, address)
		if err != nil {
			if ctx.Err() == nil {
				in.env.Log.Warn("cannot connect; trying again", "address", address, "error", err, "in", wait.String())
			}
			pause(ctx, wait)
			wait = min(2*wait, longestRedial)
			continue
		}
		in.env.Log.Info("connected", "address", address)
		in.serve(ctx, conn, emit)
		wait = firstRedial
		pause(ctx, wait)
	}
	return nil
}

func (in *input) dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: in.keepAlive()}
	if in.tls == nil {
		return dialer.DialContext(ctx, "tcp", address)
	}
	d := tls.Dialer{NetDialer: dialer, Config: in.tls}
	return d.DialContext(ctx, "tcp", address)
}

// isEnd tells the ordinary ends of a connection.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET)
}
