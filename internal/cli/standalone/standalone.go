// Package standalone is the command that runs the pair's server side in one process for one machine: a broker that speaks
// Redis' protocol, the indexer, and a store that speaks Elasticsearch's.
package standalone

import (
	"context"
	"crypto/tls"
	_ "embed"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/net/netutil"

	"castor/internal/broker/embedded"
	"castor/internal/cli"
	"castor/internal/cli/pages"
	"castor/internal/logging"
	"castor/internal/pipeline"
	"castor/internal/plugin"
	"castor/internal/plugins/input/queue"
	"castor/internal/store"
	"castor/internal/tlsfile"
)

//go:embed standalone.conf
var defaultFilters string

// Command is the subcommand.
func Command() cli.Command {
	return cli.Command{
		Name: "standalone", Help: "Run broker, indexer and store in one process: no other server is needed.",
		New: func() cli.Runner { return &command{} },
	}
}

type command struct {
	cli.ConfigFlags
	cli.PipelineFlags
	cli.APIFlags
	pages.Flags
	Redis    string        `name:"listen.redis" default:"127.0.0.1:6379" help:"Where shippers push to, by Redis' protocol." placeholder:"HOST:PORT"`
	Elastic  string        `name:"listen.elasticsearch" default:"127.0.0.1:9200" help:"Where the store answers, by Elasticsearch's API." placeholder:"HOST:PORT"`
	Key      string        `name:"key" default:"logstash" help:"The list that shippers push to."`
	Cert     string        `name:"redis.ssl.certificate" help:"PEM file with the certificate that shippers see; they then must speak TLS." placeholder:"FILE"`
	CertKey  string        `name:"redis.ssl.key" help:"PEM file with its key." placeholder:"FILE"`
	ClientCA string        `name:"redis.ssl.certificate_authorities" help:"PEM file with the authorities that shippers' certificates must come from; none is asked for where it is missing." placeholder:"FILE"`
	Secret   string        `name:"redis.password_file" help:"File with the password that shippers must give." placeholder:"FILE"`
	MaxAge   time.Duration `name:"retention.age" help:"Delete daily indices older than this, such as 30d."`
	MaxBytes plugin.Bytes  `name:"retention.size" help:"Delete the oldest daily indices over this size on disk."`
	levels   *logging.Levels
	LogLevel string `name:"log.level" default:"warn" enum:"error,warn,info,debug" help:"error, warn, info or debug."`
}

// maxConnections to the store may be open; others wait to be taken.
const maxConnections = 1000

// Run implements the command.
func (c *command) Run(p *cli.Program, _ []string) error {
	if err := c.Check(); err != nil {
		return err
	}
	level, err := logging.ParseLevel(c.LogLevel)
	if err != nil {
		return err
	}
	c.levels = logging.NewLevels(level)
	log := slog.New(c.levels.Handler(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s := c.Pipeline(log).Defaults()
	if err := os.MkdirAll(s.DataDir, 0o750); err != nil {
		return fmt.Errorf("make the folder for data (--path.data): %w", err)
	}
	st, err := store.Open(filepath.Join(s.DataDir, "store"), store.Options{MaxAge: c.MaxAge, MaxBytes: int64(c.MaxBytes), Logger: log})
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	defer func() { _ = st.Close() }()
	api, err := net.Listen("tcp", c.Elastic)
	if err != nil {
		return fmt.Errorf("listen for Elasticsearch's API (--listen.elasticsearch): %w", err)
	}
	server := &http.Server{Handler: st.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, IdleTimeout: 2 * time.Minute}
	go func() { _ = server.Serve(netutil.LimitListener(api, maxConnections)) }()
	defer func() { _ = server.Close() }()
	c.Store = st.Handler()
	return c.serve(p, s, log, api.Addr().String())
}

// serve runs broker and indexer until a signal comes.
func (c *command) serve(p *cli.Program, s pipeline.Settings, log *slog.Logger, api string) error {
	password, err := c.password()
	if err != nil {
		return err
	}
	secure, err := c.tls(log)
	if err != nil {
		return fmt.Errorf("TLS for shippers (--redis.ssl.…): %w", err)
	}
	broker, err := embedded.Open(embedded.Options{Dir: filepath.Join(s.DataDir, "broker"), Password: password, TLS: secure, Logger: log})
	if err != nil {
		return fmt.Errorf("open the broker: %w", err)
	}
	defer func() { _ = broker.Close() }()
	pl, closeLetters, err := c.indexer(p, s, broker, api)
	if err != nil {
		return err
	}
	defer closeLetters()
	redis, err := broker.Listen(c.Redis)
	if err != nil {
		return fmt.Errorf("listen for shippers (--listen.redis): %w", err)
	}
	g := pipeline.NewPipelines(func() ([]pipeline.Configuration, error) {
		return []pipeline.Configuration{{ID: s.ID, Version: "standalone", Fixed: true, Compile: func() (*pipeline.Pipeline, error) { return pl, nil }}}, nil
	}, 0, log)
	running, err := c.Start(p, &c.PipelineFlags, g, c.levels, &c.Flags, log)
	if err != nil {
		return err
	}
	defer running.Close()
	fmt.Fprint(p.Stdout, "castor-indexer standalone\n")
	if running.URL != "" {
		fmt.Fprintf(p.Stdout, "  pages              %s\n", running.URL)
	}
	scheme := "redis"
	if secure != nil {
		scheme = "rediss"
	}
	fmt.Fprintf(p.Stdout, "  shippers push to   %s://%s, list %q\n  search             http://%s/logstash-*/_search?q=WORD\n  data               %s\n", scheme, redis, c.Key, api, s.DataDir)
	return cli.RunPipelines(g, log)
}

// tls is nil where shippers speak in the clear.
func (c *command) tls(log *slog.Logger) (*tls.Config, error) {
	if c.Cert == "" && c.CertKey == "" && c.ClientCA == "" {
		return nil, nil
	}
	s := tlsfile.Server{Certificate: c.Cert, Key: c.CertKey, ClientAuth: tls.RequireAndVerifyClientCert, Log: log}
	if c.ClientCA != "" {
		s.Authorities = []string{c.ClientCA}
	}
	return s.Config()
}

func (c *command) password() (string, error) {
	if c.Secret == "" {
		return "", nil
	}
	text, err := os.ReadFile(c.Secret)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	return string(text), nil
}

// indexer compiles the filters, given or built in, between the broker's list and the store, or the outputs that are given.
func (c *command) indexer(p *cli.Program, s pipeline.Settings, broker *embedded.Server, api string) (*pipeline.Pipeline, func(), error) {
	letters, err := p.DeadLetters(cli.DeadLetterDir(s.DataDir, s.ID), s.Log)
	if err != nil {
		return nil, nil, err
	}
	closeLetters := func() { _ = letters.Close() }
	s.DeadLetters = letters
	flags := c.ConfigFlags
	if flags.Path == "" && flags.String == "" {
		flags.String = defaultFilters
	}
	l := flags.LoadWithin(p, s, fmt.Sprintf("output { elasticsearch { hosts => [\"http://%s\"] } }\n", api))
	l.Report(p.Stderr)
	if l.Pipeline == nil {
		closeLetters()
		return nil, nil, cli.Exit(cli.ExitConfig)
	}
	list, err := broker.Queue(c.Key)
	if err != nil {
		closeLetters()
		return nil, nil, fmt.Errorf("open the list %q: %w", c.Key, err)
	}
	l.Pipeline.AddInput("broker", &input{list: list, p: p, s: s})
	return l.Pipeline, closeLetters, nil
}

// input reads the embedded broker's list.
type input struct {
	list *embedded.Queue
	p    *cli.Program
	s    pipeline.Settings
	queue.Gauge
}

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	r := queue.Reader{Consumer: in.list, Max: 1000, Readers: 2, Log: in.s.Log, NewCodec: in.codec, Gauge: &in.Gauge}
	return r.Run(ctx, emit)
}

func (in *input) codec() (plugin.Codec, error) {
	return in.p.Registry.NewCodec("json", plugin.Env{Now: in.s.Now, Host: in.s.Host, Log: in.s.Log})
}

// Close implements plugin.Input.
func (in *input) Close() error { return in.list.Close() }
