package main

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// front stands before the engine and answers bulk requests in its place while it is told to.
type front struct {
	server *http.Server
	addr   string
	status atomic.Int64 // of the answers; 0 lets everything through
	given  atomic.Int64 // answers of its own
}

// smallBody is the largest bulk request that a proxy which answers 413 lets through.
const smallBody = 48 << 10

func startFront(engine string) (*front, error) {
	to, err := url.Parse(engine)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	// A dead engine behind a load balancer is a 502.
	f := &front{addr: l.Addr().String()}
	f.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.refuses(r) {
			f.given.Add(1)
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(int(f.status.Load()))
			fmt.Fprintf(w, `{"error":{"type":"chaos","reason":"told to"},"status":%d}`, f.status.Load())
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = f.server.Serve(l) }()
	return f, nil
}

// refuses: 413 is for large requests, the others are for most.
func (f *front) refuses(r *http.Request) bool {
	if !strings.HasSuffix(r.URL.Path, "_bulk") {
		return false
	}
	switch f.status.Load() {
	case 0:
		return false
	case http.StatusRequestEntityTooLarge:
		return r.ContentLength > smallBody
	}
	return rand.IntN(10) < 8
}
