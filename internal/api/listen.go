package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"castor/internal/tlsfile"
)

// ParsePorts reads "9600" or "9600-9700".
func ParsePorts(text string) (from, to int, err error) {
	first, last, isRange := strings.Cut(strings.ReplaceAll(text, "..", "-"), "-")
	if !isRange {
		last = first
	}
	from, err = strconv.Atoi(strings.TrimSpace(first))
	if err == nil {
		to, err = strconv.Atoi(strings.TrimSpace(last))
	}
	if err != nil || from < 0 || to > 65535 || from > to {
		return 0, 0, fmt.Errorf("expected a port or a range such as 9600-9700, got %q", text)
	}
	return from, to, nil
}

// IsLoopback tells whether a host to listen at can only be reached from this machine.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// Start listens at the first free port and answers until Close.
func (s *Server) Start() error {
	l, err := s.listen()
	if err != nil {
		return err
	}
	l = netutil.LimitListener(l, maxConnections)
	if s.opt.CertFile != "" {
		secure, err := s.tlsConfig()
		if err != nil {
			_ = l.Close()
			return fmt.Errorf("load the API's certificate (api.ssl.certificate, api.ssl.key): %w", err)
		}
		l = tls.NewListener(l, secure)
	}
	s.listener = l
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.sampleLoop(ctx)
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.opt.Log.Error("the monitoring API ended", "error", err)
		}
	}()
	s.opt.Log.Info("monitoring API answers", "address", s.Address())
	return nil
}

// maxConnections may be open; others wait to be taken.
const maxConnections = 100

// tlsConfig asks for client certificates where it is to, and leaves it to authorized to want them: probes come without.
func (s *Server) tlsConfig() (*tls.Config, error) {
	t := tlsfile.Server{Certificate: s.opt.CertFile, Key: s.opt.KeyFile, ClientAuth: tls.VerifyClientCertIfGiven, Log: s.opt.Log}
	if s.opt.ClientCAs != "" {
		t.Authorities = []string{s.opt.ClientCAs}
	}
	return t.Config()
}

func (s *Server) listen() (net.Listener, error) {
	from, to := 0, 0
	if s.opt.Ports != "" {
		var err error
		if from, to, err = ParsePorts(s.opt.Ports); err != nil {
			return nil, fmt.Errorf("api.http.port: %w", err)
		}
	}
	for port := from; ; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(s.opt.Host, strconv.Itoa(port)))
		switch {
		case err == nil:
			return l, nil
		case !errors.Is(err, syscall.EADDRINUSE):
			return nil, fmt.Errorf("listen for the monitoring API: %w; see api.http.host and api.http.port, or switch it off by api.enabled: false", err)
		case port == to:
			return nil, fmt.Errorf("listen for the monitoring API: all ports %s of %s are taken; set api.http.port, or switch the API off by api.enabled: false", s.opt.Ports, s.opt.Host)
		}
	}
}

// Address is where the API answers, host:port; empty before Start.
func (s *Server) Address() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Close ends the API. Answers under way get a moment.
func (s *Server) Close() {
	if s.stop == nil {
		return
	}
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}

// addProfiles adds Go's profiles, for callers on this machine only: they tell much, and cost time. The command line is left out: there may be
// a password on it.
func addProfiles(mux *http.ServeMux) {
	local := func(f http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			if !IsLoopback(host) {
				http.Error(w, "profiles are only for callers on this machine", http.StatusForbidden)
				return
			}
			f(w, r)
		}
	}
	mux.HandleFunc("GET /debug/pprof/", local(pprof.Index))
	mux.HandleFunc("GET /debug/pprof/profile", local(pprof.Profile))
	mux.HandleFunc("GET /debug/pprof/symbol", local(pprof.Symbol))
	mux.HandleFunc("GET /debug/pprof/trace", local(pprof.Trace))
}
