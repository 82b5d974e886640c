package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"castor/internal/plugin"
)

// Configuration is what a pipeline is to be; where it comes from is the caller's business.
type Configuration struct {
	ID string
	// Version changes whenever text or settings of the configuration do.
	Version string
	// Compile builds a pipeline, again at each call. The error says for a person what is wrong.
	Compile func() (*Pipeline, error)
	// Fixed configurations are never taken up anew (pipeline.reloadable: false).
	Fixed bool
}

// Phase is where a pipeline is in its life.
type Phase string

// The phases.
const (
	Running   Phase = "running"
	Reloading Phase = "reloading" // the old run drains
	Finished  Phase = "finished"  // its inputs were exhausted
	Failed    Phase = "failed"    // it ended by an error, or could not begin
)

// Reloads tells about changes of configuration since the start.
type Reloads struct {
	Successes, Failures      int
	LastSuccess, LastFailure time.Time
	LastError                string
}

func (r *Reloads) success() { r.Successes, r.LastSuccess = r.Successes+1, time.Now() }

func (r *Reloads) failure(err error) {
	r.Failures, r.LastFailure, r.LastError = r.Failures+1, time.Now(), err.Error()
}

// View is a pipeline as the monitoring API sees it at one moment.
type View struct {
	ID       string
	Version  string    // of the configuration that runs
	Pipeline *Pipeline // the last one that ran; nil when none could
	Phase    Phase
	Since    time.Time // of the phase
	Err      error     // why it failed
	Reloads  Reloads
}

// Totals are the node's counters over all pipelines, ended ones too, so that they only grow.
type Totals struct{ In, Filtered, Out, QueueNanos, WorkNanos int64 }

func (t *Totals) add(s *Stats) {
	t.In += s.In.Load()
	t.Filtered += s.Filtered.Load()
	t.Out += s.Out.Load()
	t.QueueNanos += int64(s.QueueWait())
	t.WorkNanos += int64(s.FilterTime() + s.OutputTime())
}

// Pipelines runs the pipelines of a process, and takes up changes of their configurations.
type Pipelines struct {
	read     func() ([]Configuration, error)
	log      *slog.Logger
	interval time.Duration // between looks for changes, 0 for none
	reload   chan chan error
	ended    chan *slot

	mu      sync.Mutex
	slots   []*slot // in the order of their configurations
	reloads Reloads
	retired Totals
	ready   bool // the first start is through
}

// slot is one pipeline's place, through all its runs.
type slot struct {
	View
	tried  string         // the version that was last tried
	config *Configuration // of the run, nil before the first
	before *Configuration // of the run before, while the new one is on trial
	stop   context.CancelFunc
	done   chan struct{} // closed when the run ended; nil when there never was one
}

// NewPipelines makes the runner. Read gives the configurations as they are now; it is called at the start and for each reload.
// With an interval changes are looked for by themselves.
func NewPipelines(read func() ([]Configuration, error), interval time.Duration, log *slog.Logger) *Pipelines {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Pipelines{read: read, log: log, interval: interval, reload: make(chan chan error), ended: make(chan *slot)}
}

// ErrNothing is returned by Run when no pipeline could begin; the log says why.
var ErrNothing = errors.New("no pipeline could begin")

// Run works until all pipelines ended, or stop does: then they are stopped, senders before receivers. When hard ends,
// what is not written is given back to the inputs. The error is that of a pipeline that failed.
func (g *Pipelines) Run(stop, hard context.Context) error {
	if err := g.begin(hard); err != nil {
		return err
	}
	var tick <-chan time.Time
	if g.interval > 0 {
		t := time.NewTicker(g.interval)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-stop.Done():
			g.stopAll()
			return g.err()
		case <-tick:
			_ = g.converge(hard, false)
		case answer := <-g.reload:
			answer <- g.converge(hard, true)
		case s := <-g.ended:
			g.rollBack(hard, s)
			if g.interval == 0 && g.onlyWaiting() {
				g.stopAll()
				return g.err()
			}
		}
	}
}

// Reload takes up the configurations as they are now, those that did not change too. It returns when that is done.
func (g *Pipelines) Reload(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case g.reload <- answer:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin starts all pipelines that can be.
func (g *Pipelines) begin(hard context.Context) error {
	configs, err := g.read()
	if err != nil {
		return err
	}
	errs := []error{ErrNothing}
	begun := 0
	for _, c := range configs {
		s := g.slot(c.ID)
		p, err := c.Compile()
		g.mu.Lock()
		s.tried = c.Version
		g.mu.Unlock()
		if err != nil {
			g.fail(s, err)
			errs = append(errs, fmt.Errorf("pipeline %s: %w", c.ID, err))
			continue
		}
		begun++
		g.start(hard, s, &c, p)
	}
	g.mu.Lock()
	g.ready = true
	g.mu.Unlock()
	if begun == 0 && g.interval == 0 {
		return errors.Join(errs...)
	}
	return nil
}

// slot finds a pipeline's place or makes it.
func (g *Pipelines) slot(id string) *slot {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.slots {
		if s.ID == id {
			return s
		}
	}
	s := &slot{View: View{ID: id, Phase: Failed, Since: time.Now()}}
	g.slots = append(g.slots, s)
	return s
}

// fail notes that a pipeline has nothing that could run.
func (g *Pipelines) fail(s *slot, err error) {
	g.log.Error("pipeline cannot begin", "pipeline", s.ID, "error", err)
	g.mu.Lock()
	defer g.mu.Unlock()
	s.Phase, s.Since, s.Err = Failed, time.Now(), err
}

// start runs a pipeline in its slot, whose last run has ended.
func (g *Pipelines) start(hard context.Context, s *slot, c *Configuration, p *Pipeline) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	g.mu.Lock()
	s.config, s.Version, s.Pipeline = c, c.Version, p
	s.stop, s.done, s.Err = stop, done, nil
	s.Phase, s.Since = Running, time.Now()
	g.mu.Unlock()
	g.log.Info("pipeline starts", "pipeline", s.ID, "workers", p.Settings().Workers)
	go func() {
		err := p.Run(ctx, hard)
		asked := ctx.Err() != nil
		stop()
		g.finish(s, p, err)
		close(done)
		if !asked {
			g.ended <- s
		}
	}()
}

// finish notes the end of a run.
func (g *Pipelines) finish(s *slot, p *Pipeline, err error) {
	st := p.Stats()
	g.log.Info("pipeline ended", "pipeline", s.ID, "in", st.In.Load(), "filtered", st.Filtered.Load(), "out", st.Out.Load(), "dead_letters", st.DeadLetters.Load())
	g.mu.Lock()
	defer g.mu.Unlock()
	s.Phase, s.Since, s.Err = Finished, time.Now(), nil
	var unclosed *CloseError
	if errors.As(err, &unclosed) {
		g.log.Warn("the pipeline ended, but not all of it could be closed in order", "pipeline", s.ID, "error", err)
		return
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.Phase, s.Err = Failed, err
		g.log.Error("pipeline failed", "pipeline", s.ID, "error", err)
	}
}

// retire moves the counters of a run that has ended to the node's.
func (g *Pipelines) retire(s *slot) {
	if s.Pipeline != nil {
		g.retired.add(s.Pipeline.Stats())
	}
}

// err is the first failure of a pipeline.
func (g *Pipelines) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.slots {
		if s.Phase == Failed && s.Err != nil {
			return s.Err
		}
	}
	return nil
}

// Views shows all pipelines, in the order of their configurations.
func (g *Pipelines) Views() []View {
	g.mu.Lock()
	defer g.mu.Unlock()
	views := make([]View, len(g.slots))
	for i, s := range g.slots {
		views[i] = s.View
	}
	return views
}

// Totals are the node's counters.
func (g *Pipelines) Totals() Totals {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.retired
	for _, s := range g.slots {
		if s.Pipeline != nil {
			t.add(s.Pipeline.Stats())
		}
	}
	return t
}

// Reloads are the node's changes of configuration.
func (g *Pipelines) Reloads() Reloads {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.reloads
}

// Interval is how often changes are looked for, 0 for never.
func (g *Pipelines) Interval() time.Duration { return g.interval }

// Automatic tells whether changes are looked for.
func (g *Pipelines) Automatic() bool { return g.interval > 0 }

// Ready tells whether the first start is through.
func (g *Pipelines) Ready() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ready
}

// Find finds a plugin of any pipeline by its id. With more than one pipeline the id may stand behind the pipeline's:
// "main/grok_1".
func (g *Pipelines) Find(id string) *PluginStats {
	for _, v := range g.Views() {
		if v.Pipeline == nil {
			continue
		}
		st := v.Pipeline.Stats()
		for _, p := range slices.Concat(st.Inputs, st.Filters, st.Outputs) {
			if p.ID == id || v.ID+"/"+p.ID == id {
				return p
			}
		}
	}
	return nil
}

// sendsTo and listensAt are the addresses by which a pipeline is tied to others.
func (p *Pipeline) sendsTo() []string {
	var all []string
	for _, o := range p.outputs {
		if s, ok := o.output.(plugin.Sends); ok {
			all = append(all, s.SendsTo()...)
		}
	}
	return all
}

// listensAt are the addresses; only tells whether all inputs of the pipeline are such.
func (p *Pipeline) listensAt() (all []string, only bool) {
	only = len(p.inputs) > 0
	for _, in := range p.inputs {
		l, ok := in.input.(plugin.Listens)
		if !ok {
			only = false
			continue
		}
		all = append(all, l.ListensAt()...)
	}
	return all, only
}

func (p *Pipeline) unreloadable() string {
	for _, in := range p.inputs {
		if _, ok := in.input.(plugin.Unreloadable); ok {
			return in.stats.Name
		}
	}
	return ""
}
