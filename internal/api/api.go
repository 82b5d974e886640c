// Package api is the monitoring API: the one of Logstash 9 with its paths and fields, so that what reads Logstash reads
// Castor, with Prometheus metrics, probes for orchestrators and a view of passing events beside it. It imports pipeline and
// what is below; cli starts it.
package api

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"castor/internal/logging"
	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// LogstashVersion is the version whose API this is. Monitoring tools compare it to decide which fields there are; Castor's own
// version stands beside it.
const LogstashVersion = "9.2.0"

// Options say what is shown and to whom.
type Options struct {
	Host  string // address to listen at
	Ports string // "9600" or "9600-9700": the first free one is taken; empty for any
	// User and Password are asked for where User is not empty.
	User, Password string
	CertFile       string // PEM; TLS where it is not empty
	KeyFile        string
	ClientCAs      string // PEM; clients must show a certificate of one of these where it is not empty

	Program   string // castor-shipper or castor-indexer
	Version   string // Castor's
	Name      string // node.name
	DataDir   string // where the node's id is kept
	Workers   int    // the defaults of pipelines
	BatchSize int
	Delay     time.Duration
	Registry  *plugin.Registry
	Pipelines *pipeline.Pipelines
	Levels    *logging.Levels
	Log       *slog.Logger
	Endpoints []Endpoint // the program's own, below /_castor/
	// Pages are served below /ui/, and browsers that ask for / are sent there; nil for none.
	Pages http.Handler
}

// pagesPath is where the pages are.
const pagesPath = "/ui/"

// Server answers.
type Server struct {
	opt       Options
	listener  net.Listener
	http      *http.Server
	started   time.Time
	host      string
	id        string
	ephemeral string
	flow      *flow
	peaks     peaks
	stop      context.CancelFunc
}

type obj = map[string]any

// New makes a server that does not listen yet.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	if o.Name == "" {
		o.Name = host
	}
	s := &Server{opt: o, started: time.Now(), host: host, id: nodeID(o.DataDir), ephemeral: newID(), flow: newFlow()}
	s.http = &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return s
}

// nodeID is the node's identity, kept in path.data over restarts as Logstash keeps it.
func nodeID(dir string) string {
	if dir == "" {
		return newID()
	}
	path := filepath.Join(dir, "uuid")
	if data, err := os.ReadFile(path); err == nil && len(strings.TrimSpace(string(data))) == 36 {
		return strings.TrimSpace(string(data))
	}
	id := newID()
	_ = os.WriteFile(path, []byte(id), 0o640) // without it the id is a new one at the next start
	return id
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// Handler is the API without a listener.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, f func(*http.Request) (any, error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, f) })
	}
	mux.HandleFunc("GET /{$}", s.front)
	get("/_node", s.node)
	get("/_node/{part}", s.nodePart)
	get("/_node/pipelines/{id}", s.nodePart)
	get("/_node/stats", s.stats)
	get("/_node/stats/{part}", s.statsPart)
	get("/_node/stats/pipelines/{id}", s.statsPart)
	get("/_node/plugins", s.plugins)
	get("/_health_report", s.healthReport)
	mux.HandleFunc("GET /_node/hot_threads", s.hotThreads)
	get("/_node/logging", s.logging)
	mux.HandleFunc("PUT /_node/logging", func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, s.setLogging) })
	mux.HandleFunc("PUT /_node/logging/reset", func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, s.resetLogging) })
	mux.HandleFunc("GET /_castor/tap", s.tap)
	get("/_castor/pipelines", s.shapes)
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.HandleFunc("GET /livez", s.live)
	mux.HandleFunc("GET /readyz", s.ready)
	for _, e := range s.opt.Endpoints {
		mux.HandleFunc(e.Pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, e.Answer) })
	}
	addProfiles(mux)
	if s.opt.Pages != nil {
		mux.Handle(pagesPath, http.StripPrefix(strings.TrimSuffix(pagesPath, "/"), s.opt.Pages))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, unknownPath(r)) })
	return s.guarded(s.authorized(mux))
}

// front answers clients of the API with the node in short, as Logstash does, and sends browsers, which ask for HTML by name, to the pages.
func (s *Server) front(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	if s.opt.Pages != nil && strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Location", strings.TrimPrefix(pagesPath, "/")) // relative: a proxy may put a path before it
		w.WriteHeader(http.StatusFound)
		return
	}
	s.answer(w, r, s.root)
}

const paths = "/, /_node, /_node/pipelines, /_node/plugins, /_node/stats, /_node/hot_threads, /_node/logging, /_health_report, /metrics, /livez and /readyz"

func unknownPath(r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return &problem{405, fmt.Sprintf("%s %s: only GET is answered here; docs/monitoring.md lists what can be changed", r.Method, r.URL.Path)}
	}
	return NotFound("there is nothing at %s; there are %s", r.URL.Path, paths)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, f func(*http.Request) (any, error)) {
	v, err := f(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, v)
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	if p, ok := err.(*problem); ok {
		status = p.status
	}
	s.write(w, r, status, obj{"path": r.URL.Path, "status": status, "error": obj{"message": err.Error()}})
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	patient(w)
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if q := r.URL.Query(); q.Has("pretty") && q.Get("pretty") != "false" {
		e.SetIndent("", "  ")
	}
	_ = e.Encode(v) // who has gone needs no answer
}

// writeTimeout is how long a client may take to read an answer, or a piece of one that goes on.
const writeTimeout = 30 * time.Second

// patient gives the client its time from now on. There is no deadline for whole answers: a tap goes on for as long as it was asked to.
func patient(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // a recorder in tests has none
}

// authorized asks for the client's certificate and the password, where they are wanted, except of the probes: orchestrators have none, and the
// probes tell no secrets.
func (s *Server) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isProbe(r) {
			next.ServeHTTP(w, r)
			return
		}
		if s.opt.ClientCAs != "" && (r.TLS == nil || len(r.TLS.VerifiedChains) == 0) {
			s.fail(w, r, &problem{http.StatusForbidden, "a client certificate of one of the authorities in api.ssl.certificate_authorities is needed"})
			return
		}
		if s.opt.User == "" {
			next.ServeHTTP(w, r)
			return
		}
		user, password, _ := r.BasicAuth()
		same := subtle.ConstantTimeCompare([]byte(user), []byte(s.opt.User)) & subtle.ConstantTimeCompare([]byte(password), []byte(s.opt.Password))
		if same != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="castor"`)
			s.fail(w, r, &problem{http.StatusUnauthorized, "user and password are needed: those of api.auth.basic.username and api.auth.basic.password"})
			return
		}
		next.ServeHTTP(w, r)
	})
}
