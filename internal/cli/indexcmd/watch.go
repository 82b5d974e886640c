package indexcmd

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"castor/internal/cli"
)

// watchFlags say where the monitoring API of a running process answers.
type watchFlags struct {
	URL      string `name:"url" default:"http://127.0.0.1:9600" help:"Where the monitoring API answers." placeholder:"URL"`
	User     string `name:"user" help:"User and password where the API asks for them." placeholder:"NAME:PASSWORD"`
	Insecure bool   `name:"insecure" help:"Take any certificate."`
}

// get asks the API; what is no success is an error with the API's own words.
func (f *watchFlags) get(ctx context.Context, path string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(f.URL, "/")+path, nil)
	if err != nil {
		return nil, cli.Usage("--url: %v", err)
	}
	if name, password, ok := strings.Cut(f.User, ":"); ok {
		r.SetBasicAuth(name, password)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: f.Insecure}}}
	answer, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the monitoring API: %w; does the process run, and is --url where its log says that the API answers?", err)
	}
	if answer.StatusCode != http.StatusOK {
		defer func() { _ = answer.Body.Close() }()
		var problem struct{ Error struct{ Message string } }
		_ = json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&problem)
		return nil, fmt.Errorf("the monitoring API answers %s: %s", answer.Status, problem.Error.Message)
	}
	return answer.Body, nil
}

// tapCmd shows events that pass a plugin of a running process.
type tapCmd struct {
	watchFlags
	Limit int           `name:"limit" short:"n" default:"10" help:"How many events to show."`
	Every int           `name:"every" default:"1" help:"Show one event in so many."`
	Wait  time.Duration `name:"wait" default:"60s" help:"How long to wait for them."`
}

// Run implements the command.
func (c *tapCmd) Run(p *cli.Program, args []string) error {
	q := url.Values{"limit": {strconv.Itoa(c.Limit)}, "every": {strconv.Itoa(c.Every)}, "wait": {strconv.Itoa(max(int(c.Wait.Seconds()), 1))}}
	if len(args) > 1 {
		return cli.Usage("tap: one plugin can be watched at a time")
	}
	if len(args) == 1 {
		q.Set("plugin", args[0])
	}
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	body, err := c.get(ctx, "/_castor/tap?"+q.Encode())
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), `{"_tap":`) {
			tellMissed(p, lines.Bytes())
			continue
		}
		fmt.Fprintln(p.Stdout, lines.Text())
	}
	if ctx.Err() != nil {
		return nil
	}
	return lines.Err()
}

func tellMissed(p *cli.Program, line []byte) {
	var end struct {
		Tap struct {
			Plugin        string
			Shown, Missed int
		} `json:"_tap"`
	}
	if json.Unmarshal(line, &end) == nil {
		fmt.Fprintf(p.Stderr, "%d events of %s shown; %d more came faster than they could be shown\n", end.Tap.Shown, end.Tap.Plugin, end.Tap.Missed)
	}
}

// topCmd shows a table of a running process's pipelines and plugins.
type topCmd struct {
	watchFlags
	Interval time.Duration `name:"interval" default:"2s" help:"How often the table is drawn anew."`
	Once     bool          `name:"once" help:"Draw it once; so it is where the output is no terminal."`
}

// nodeFigures is what top reads of /_node/stats.
type nodeFigures struct {
	Name, Status string
	Castor       struct{ Program, Version string }
	JVM          struct {
		Mem struct {
			Used int64 `json:"heap_used_in_bytes"`
		}
		Uptime int64 `json:"uptime_in_millis"`
	}
	Process   struct{ CPU struct{ Percent int } }
	Pipelines map[string]pipelineFigures
}

type pipelineFigures struct {
	State  string
	Events struct{ In, Filtered, Out int64 }
	Flow   map[string]struct{ Current float64 }
	Queue  struct {
		Waiting int64 `json:"events_count"`
	}
	Plugins struct{ Inputs, Filters, Outputs []pluginFigures }
}

type pluginFigures struct {
	ID, Name string
	Events   struct {
		In, Out int64
		Millis  int64 `json:"duration_in_millis"`
	}
	Failures int64
	Retries  int64
	Health   *struct{ Status, Reason string }
	Flow     map[string]struct{ Current float64 }
}

// Run implements the command.
func (c *topCmd) Run(p *cli.Program, _ []string) error {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	once := c.Once || !cli.IsTerminal(p.Stdout)
	for {
		n, err := c.read(ctx)
		if err != nil {
			return err
		}
		var page strings.Builder
		if err := drawTop(&page, n); err != nil {
			return err
		}
		if once {
			_, err := io.WriteString(p.Stdout, page.String())
			return err
		}
		fmt.Fprint(p.Stdout, "\x1b[H\x1b[2J"+page.String())
		select {
		case <-time.After(max(c.Interval, 100*time.Millisecond)):
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *topCmd) read(ctx context.Context) (*nodeFigures, error) {
	body, err := c.get(ctx, "/_node/stats")
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	var n nodeFigures
	if err := json.NewDecoder(body).Decode(&n); err != nil {
		return nil, fmt.Errorf("read the monitoring API's answer: %w", err)
	}
	return &n, nil
}

func drawTop(w io.Writer, n *nodeFigures) error {
	fmt.Fprintf(w, "%s %s on %s, %s, up %s, processor %d %%, heap %d MiB\n", n.Castor.Program, n.Castor.Version, n.Name, n.Status,
		(time.Duration(n.JVM.Uptime) * time.Millisecond).Round(time.Second), n.Process.CPU.Percent, n.JVM.Mem.Used>>20)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	ids := make([]string, 0, len(n.Pipelines))
	for id := range n.Pipelines {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		pl := n.Pipelines[id]
		fmt.Fprintf(t, "\nPIPELINE %s\t%s\tin %d (%s/s)\tfiltered %d\tout %d (%s/s)\twaiting %d\t\n", id, pl.State, pl.Events.In, rate(pl.Flow["input_throughput"].Current),
			pl.Events.Filtered, pl.Events.Out, rate(pl.Flow["output_throughput"].Current), pl.Queue.Waiting)
		fmt.Fprint(t, "plugin\tid\tin\tout\tms/event\tworker %\tfailures\thealth\t\n")
		drawPlugins(t, "input", pl.Plugins.Inputs)
		drawPlugins(t, "filter", pl.Plugins.Filters)
		drawPlugins(t, "output", pl.Plugins.Outputs)
	}
	return t.Flush()
}

func drawPlugins(w io.Writer, kind string, list []pluginFigures) {
	for _, p := range list {
		in, each, busy, health := strconv.FormatInt(p.Events.In, 10), "", "", ""
		if kind == "input" {
			in = ""
		} else {
			each = strconv.FormatFloat(p.Flow["worker_millis_per_event"].Current, 'f', 4, 64)
			busy = strconv.FormatFloat(p.Flow["worker_utilization"].Current, 'f', 1, 64)
		}
		if p.Health != nil {
			health = strings.TrimSpace(p.Health.Status + " " + p.Health.Reason)
		}
		fmt.Fprintf(w, "%s/%s\t%s\t%s\t%d\t%s\t%s\t%d\t%s\t\n", kind, p.Name, p.ID, in, p.Events.Out, each, busy, p.Failures, health)
	}
}

// rate shortens a number of events a second.
func rate(f float64) string {
	if f >= 100 {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'f', 1, 64)
}
