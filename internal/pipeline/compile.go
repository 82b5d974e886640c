package pipeline

import (
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/token"
	"castor/internal/pipeline/condition"
	"castor/internal/plugin"
)

// Settings are what a pipeline is told beside its configuration. Zero values mean the defaults.
type Settings struct {
	ID           string        // pipeline.id
	Workers      int           // pipeline.workers: goroutines that run the filters
	BatchSize    int           // pipeline.batch.size: events that a worker takes at once
	BatchDelay   time.Duration // pipeline.batch.delay: how long it waits for a batch to fill
	ECS          plugin.ECS    // pipeline.ecs_compatibility
	MaxInFlight  int64         // bytes of raw data between input and acknowledgement
	DrainTimeout time.Duration // how long a stop waits for the outputs
	DataDir      string        // path.data
	PatternsDir  string        // folder of grok patterns that override the built-in ones; empty for none
	Host         string        // this machine's name
	Now          func() time.Time
	Zone         *time.Location
	Log          *slog.Logger
	DeadLetters  DeadLetters       // nil: what an output refuses for good is logged, counted and gone
	Addresses    *plugin.Addresses // connects the pipelines of the process; nil where there is one
}

// Pipeline is a compiled configuration: it can be checked, run once, and asked for its statistics.
type Pipeline struct {
	settings Settings
	inputs   []*inputNode
	filters  block
	outputs  []*outputNode
	router   router
	stats    *Stats
	log      *slog.Logger
	deferred deferred
	resends  resends

	filtering  sync.WaitGroup // the workers but the first, until they have flushed their filters
	minter     *minter
	identifies bool // events need identities before outputs get them
}

type inputNode struct {
	input plugin.Input
	stats *PluginStats
}

// Compile resolves a configuration against the plugins and builds them, without opening anything. All faults
// go to diags, warnings too; the pipeline is nil after errors.
func Compile(cfg *ast.Config, registry *plugin.Registry, s Settings, diags *diag.List) *Pipeline {
	s = s.withDefaults()
	c := &compiler{registry: registry, diags: diags, env: plugin.Env{
		Pipeline: s.ID, Log: s.Log, ECS: s.ECS, Now: s.Now, Host: s.Host, DataDir: s.DataDir, PatternsDir: s.PatternsDir, Zone: s.Zone, Addresses: s.Addresses,
		Shared: map[string]any{},
	}, ids: map[string]bool{}}
	p := &Pipeline{settings: s, stats: &Stats{Started: time.Now()}, log: s.Log}
	c.p = p
	for _, section := range cfg.Sections {
		switch section.Kind {
		case ast.Input:
			c.inputs(section.Body)
		case ast.Filter:
			p.filters = append(p.filters, c.block(section.Body)...)
		case ast.Output:
			p.router.routes = append(p.router.routes, c.routes(section.Body)...)
		}
	}
	p.router.outputs, p.identifies, p.minter = len(p.outputs), identifying(p.outputs), newMinter()
	p.filters = p.filters.inOrder()
	if diags.HasErrors() {
		return nil
	}
	return p
}

// Defaults are the settings with what they leave open filled in.
func (s Settings) Defaults() Settings { return s.withDefaults() }

func (s Settings) withDefaults() Settings {
	def := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	def(&s.Workers, defaultWorkers())
	def(&s.BatchSize, 1000)
	if s.BatchDelay == 0 {
		s.BatchDelay = 50 * time.Millisecond
	}
	if s.MaxInFlight <= 0 {
		s.MaxInFlight = 128 << 20
	}
	if s.DrainTimeout == 0 {
		s.DrainTimeout = 30 * time.Second
	}
	if s.ID == "" {
		s.ID = "main"
	}
	if s.ECS == "" {
		s.ECS = plugin.ECSDisabled
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return s
}

type compiler struct {
	p        *Pipeline
	registry *plugin.Registry
	diags    *diag.List
	env      plugin.Env
	ids      map[string]bool
}

// build decodes and builds one plugin; nil after a fault.
func (c *compiler) build(t plugin.Type, node *ast.Plugin) (any, *PluginStats) {
	configured := c.registry.Decode(t, node, c.diags)
	if configured == nil {
		return nil, nil
	}
	env := c.env
	env.ID = c.id(configured.Common().ID, t, node)
	env.Log = c.env.Log.With("plugin", string(t)+"/"+node.Name, "id", env.ID)
	built := configured.Build(env, c.diags)
	if built == nil {
		return nil, nil
	}
	stats := &PluginStats{ID: env.ID, Type: t, Name: node.Name, Plugin: built, Codec: configured.Codec(), Pos: node.NamePos, OwnID: configured.Common().ID != ""}
	c.spool(configured, built, stats)
	return built, stats
}

// spool notes that an output is to have a spool.
func (c *compiler) spool(configured *plugin.Configured, built any, stats *PluginStats) {
	o := configured.Output()
	if o == nil || !o.Spool {
		return
	}
	_, handsOn := built.(plugin.Deferred)
	switch {
	case handsOn:
		c.diags.Errorf(o.PosOf("spool"), token.Pos{}, "output %s: it cannot have a spool: it hands on to other pipelines, whose outputs can", stats.Name)
	case !stats.OwnID:
		c.diags.Errorf(o.PosOf("spool"), token.Pos{}, "output %s: a spool needs an id, by which it is found again after a restart", stats.Name).Hint = `add id => "…"`
	}
	stats.spoolMax = max(int64(o.SpoolMax), 1)
}

// id is the plugin's own, or one made of its name and place that stays when the
// configuration stays. Two plugins with one id are an error.
func (c *compiler) id(own string, t plugin.Type, node *ast.Plugin) string {
	if own == "" {
		id := fmt.Sprintf("%s_%s_%d", t, node.Name, node.NamePos.Line)
		for n := 2; c.ids[id]; n++ {
			id = fmt.Sprintf("%s_%s_%d_%s", t, node.Name, node.NamePos.Line, strconv.Itoa(n))
		}
		own = id
	} else if c.ids[own] {
		c.diags.Errorf(node.Pos, node.End, "two plugins have the id %q", own).Hint = "ids tell plugins apart in statistics and state: give each its own"
	}
	c.ids[own] = true
	return own
}

func (c *compiler) inputs(body []ast.Stmt) {
	for _, s := range body {
		node, ok := s.(*ast.Plugin)
		if !ok {
			c.diags.Errorf(s.Start(), s.Stop(), "an input section cannot hold conditions").Hint = "conditions belong into filter and output"
			continue
		}
		built, stats := c.build(plugin.InputType, node)
		if in, ok := built.(plugin.Input); ok {
			c.p.inputs = append(c.p.inputs, &inputNode{in, stats})
			c.p.stats.Inputs = append(c.p.stats.Inputs, stats)
		}
	}
}

func (c *compiler) block(body []ast.Stmt) block {
	var bl block
	for _, s := range body {
		switch s := s.(type) {
		case *ast.Plugin:
			built, stats := c.build(plugin.FilterType, s)
			if f, ok := built.(plugin.Filter); ok {
				bl = append(bl, &filterNode{filter: f, stats: stats})
				c.p.stats.Filters = append(c.p.stats.Filters, stats)
			}
		case *ast.Branch:
			n := &branchNode{}
			for _, a := range s.Arms {
				n.arms = append(n.arms, arm{c.condition(a), c.block(a.Body), a})
			}
			bl = append(bl, n)
		}
	}
	return bl
}

func (c *compiler) condition(a *ast.Arm) condition.Cond {
	if a.Cond == nil {
		return nil
	}
	return condition.Compile(a.Cond, c.diags)
}

func (c *compiler) routes(body []ast.Stmt) []route {
	var routes []route
	for _, s := range body {
		switch s := s.(type) {
		case *ast.Plugin:
			built, stats := c.build(plugin.OutputType, s)
			if out, ok := built.(plugin.Output); ok {
				routes = append(routes, route{output: len(c.p.outputs)})
				c.p.outputs = append(c.p.outputs, newOutputNode(out, stats, c.p))
				c.p.stats.Outputs = append(c.p.stats.Outputs, stats)
			}
		case *ast.Branch:
			r := route{arms: []routeArm{}}
			for _, a := range s.Arms {
				r.arms = append(r.arms, routeArm{c.condition(a), c.routes(a.Body), a})
			}
			routes = append(routes, r)
		}
	}
	return routes
}
