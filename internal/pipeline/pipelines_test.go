package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf"
	"castor/internal/pipeline"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/mutate"
	pipelinein "castor/internal/plugins/input/pipeline"
	"castor/internal/plugins/input/stdin"
	pipelineout "castor/internal/plugins/output/pipeline"

	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/plain"
)

// source is a queue with acknowledgements, such as a broker's: what is given back comes again.
type source struct {
	mu     sync.Mutex
	ready  []int
	leased int
	acked  map[int]int
	open   int // inputs that hold it, which is never more than one
	twice  bool
	early  bool // an input was closed before all it delivered was done
	more   chan struct{}
}

func newSource() *source { return &source{acked: map[int]int{}, more: make(chan struct{}, 1)} }

func (s *source) push(ns ...int) {
	s.mu.Lock()
	s.ready = append(s.ready, ns...)
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (s *source) pop() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(s.ready), 7)
	batch := slices.Clone(s.ready[:n])
	s.ready = s.ready[n:]
	s.leased += n
	return batch
}

func (s *source) settle(batch []int, err error) {
	s.mu.Lock()
	s.leased -= len(batch)
	for _, n := range batch {
		if err == nil {
			s.acked[n]++
		}
	}
	s.mu.Unlock()
	if err != nil {
		s.push(batch...)
	}
}

func (s *source) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ready) == 0 && s.leased == 0
}

// sink counts how often each event came.
type sink struct {
	mu   sync.Mutex
	seen map[int64]int
	tags map[string]int
	wait func(ctx context.Context) error // before each write, nil for nothing
}

func newSink() *sink { return &sink{seen: map[int64]int{}, tags: map[string]int{}} }

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func (s *sink) doubled() (ns []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, times := range s.seen {
		if times > 1 {
			ns = append(ns, n)
		}
	}
	return ns
}

// bench is the plugins of a test.
type bench struct {
	src     *source
	sink    *sink
	configs struct {
		sync.Mutex
		list []conf
	}
	addresses *plugin.Addresses
}

type conf struct{ id, text string }

func newBench() *bench {
	return &bench{src: newSource(), sink: newSink(), addresses: plugin.NewAddresses()}
}

type sourceConfig struct {
	plugin.InputCommon
	Fail string `opt:"fail" doc:"An error at the start."`
	Stay bool   `opt:"stay" default:"false" doc:"An error at the end."`
}

type sourceInput struct {
	s    *source
	fail string
	stay bool
}

func (in *sourceInput) Run(ctx context.Context, emit plugin.Emit) error {
	if in.fail != "" {
		return errors.New(in.fail)
	}
	in.s.mu.Lock()
	in.s.open++
	in.s.twice = in.s.twice || in.s.open > 1
	in.s.mu.Unlock()
	for ctx.Err() == nil {
		batch := in.s.pop()
		if len(batch) == 0 {
			select {
			case <-in.s.more:
			case <-ctx.Done():
			}
			continue
		}
		var events event.Batch
		for _, n := range batch {
			e := event.New(event.Now())
			_ = e.Set(event.MustRef("n"), event.IntValue(int64(n)))
			events = append(events, e)
		}
		if err := emit(ctx, plugin.Delivery{Events: events, Done: func(err error) { in.s.settle(batch, err) }}); err != nil {
			in.s.settle(batch, err)
		}
	}
	return nil
}

func (in *sourceInput) Close() error {
	in.s.mu.Lock()
	defer in.s.mu.Unlock()
	in.s.early = in.s.early || in.s.leased > 0
	if in.fail == "" {
		in.s.open--
	}
	if in.stay {
		return errors.New("cannot leave")
	}
	return nil
}

type sinkConfig struct{ plugin.OutputCommon }

type sinkOutput struct{ s *sink }

func (o *sinkOutput) Open(context.Context) error { return nil }

func (o *sinkOutput) Write(ctx context.Context, b event.Batch) error {
	if o.s.wait != nil {
		if err := o.s.wait(ctx); err != nil {
			return err
		}
	}
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	for _, e := range b {
		n, _ := e.Get(event.MustRef("n"))
		o.s.seen[n.Int()]++
		for _, t := range e.Tags() {
			o.s.tags[t]++
		}
	}
	return nil
}

func (o *sinkOutput) Close(context.Context) error { return nil }

func (b *bench) registry() *plugin.Registry {
	return plugin.NewRegistry(
		plugin.InputSpec("source", "Numbers.", func(c *sourceConfig, _ *plugin.Env) (plugin.Input, error) {
			return &sourceInput{b.src, c.Fail, c.Stay}, nil
		}),
		plugin.OutputSpec("sink", "Counts.", func(*sinkConfig, *plugin.Env) (plugin.Output, error) { return &sinkOutput{b.sink}, nil }),
		mutate.Spec, stdin.Spec, pipelinein.Spec, pipelineout.Spec, line.Spec, plain.Spec,
	)
}

func (b *bench) set(list ...conf) {
	b.configs.Lock()
	defer b.configs.Unlock()
	b.configs.list = list
}

func (b *bench) read() ([]pipeline.Configuration, error) {
	b.configs.Lock()
	defer b.configs.Unlock()
	if b.configs.list == nil {
		return nil, errors.New("pipelines.yml is broken")
	}
	var list []pipeline.Configuration
	for _, c := range b.configs.list {
		list = append(list, pipeline.Configuration{ID: c.id, Version: c.text, Compile: func() (*pipeline.Pipeline, error) { return b.compile(c) }})
	}
	return list, nil
}

func (b *bench) compile(c conf) (*pipeline.Pipeline, error) {
	cfg, _, diags := lsconf.Load(lsconf.LoadOptions{String: c.text})
	if diags.HasErrors() {
		return nil, diags
	}
	p := pipeline.Compile(cfg, b.registry(), pipeline.Settings{
		ID: c.id, Workers: 2, BatchSize: 20, BatchDelay: time.Millisecond, Addresses: b.addresses, DrainTimeout: 10 * time.Second,
	}, &diags)
	if p == nil {
		return nil, diags
	}
	return p, nil
}

// run starts the pipelines; the function stops them and waits.
func (b *bench) run(t *testing.T, interval time.Duration) (*pipeline.Pipelines, func() error) {
	t.Helper()
	g := pipeline.NewPipelines(b.read, interval, nil)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx, context.Background()) }()
	var once sync.Once
	var err error
	end := func() error {
		once.Do(func() { cancel(); err = <-ended })
		return err
	}
	t.Cleanup(func() { _ = end() })
	eventually(t, g.Ready, "the pipelines begin")
	return g, end
}

func eventually(t *testing.T, ok func() bool, what string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func tagged(tag string) string {
	return fmt.Sprintf(`input { source { } } filter { mutate { add_tag => ["%s"] } } output { sink { } }`, tag)
}

func numbers(from, to int) []int {
	var ns []int
	for n := from; n < to; n++ {
		ns = append(ns, n)
	}
	return ns
}

// Twenty changes under load, every third of them invalid: nothing is lost, nothing is doubled, and the wrong ones are told.
func TestReloadUnderLoad(t *testing.T) {
	b := newBench()
	b.set(conf{"main", tagged("v0")})
	g, end := b.run(t, 5*time.Millisecond)
	const changes, each = 20, 500
	pushed, wrong := 0, 0
	for i := 1; i <= changes; i++ {
		b.src.push(numbers(pushed, pushed+each)...)
		pushed += each
		before := g.Reloads()
		switch {
		case i%6 == 3:
			wrong++
			b.set(conf{"main", tagged("broken") + " output { nosuch { } }"})
		case i%6 == 0:
			wrong++
			b.set(conf{"main", "input { source { }"})
		default:
			b.set(conf{"main", tagged(fmt.Sprintf("v%d", i))})
		}
		eventually(t, func() bool {
			r := g.Reloads()
			return r.Successes+r.Failures > before.Successes+before.Failures
		}, "the change is taken up or refused")
	}
	eventually(t, func() bool { return b.sink.count() == pushed && b.src.idle() }, "all events arrive and are acknowledged")
	if err := end(); err != nil {
		t.Errorf("run: %v", err)
	}
	r := g.Reloads()
	if r.Failures != wrong || r.Successes != changes-wrong {
		t.Errorf("%d successes and %d failures, want %d and %d", r.Successes, r.Failures, changes-wrong, wrong)
	}
	if d := b.sink.doubled(); len(d) > 0 {
		t.Errorf("%d events came twice: %v", len(d), d[:min(len(d), 10)])
	}
	if b.src.twice {
		t.Error("the new pipeline opened its input before the old one had let go of it")
	}
	if len(b.sink.tags) < 5 || b.sink.tags["broken"] > 0 {
		t.Errorf("events by configuration: %v", b.sink.tags)
	}
	if got := g.Totals(); got.In != int64(pushed) || got.Out != int64(pushed) {
		t.Errorf("totals over all runs: %+v, want %d", got, pushed)
	}
}

// An output that is stuck when the configuration changes gives its events back, and the new pipeline has them.
func TestReloadWhileTheOutputIsStuck(t *testing.T) {
	b := newBench()
	var stuck sync.Mutex
	isStuck := true
	b.sink.wait = func(context.Context) error {
		stuck.Lock()
		defer stuck.Unlock()
		if isStuck {
			return errors.New("away")
		}
		return nil
	}
	compile := b.read
	read := func() ([]pipeline.Configuration, error) { return compile() }
	b.set(conf{"main", tagged("old")})
	g := pipeline.NewPipelines(read, 0, nil)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx, context.Background()) }()
	b.src.push(numbers(0, 100)...)
	eventually(t, func() bool { return g.Totals().In > 20 }, "events are read")
	b.set(conf{"main", tagged("new")})
	go func() {
		time.Sleep(50 * time.Millisecond)
		stuck.Lock()
		isStuck = false
		stuck.Unlock()
	}()
	if err := g.Reload(ctx); err != nil {
		t.Errorf("reload: %v", err)
	}
	eventually(t, func() bool { return b.sink.count() == 100 && b.src.idle() }, "all events arrive")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if d := b.sink.doubled(); len(d) > 0 {
		t.Errorf("doubled: %v", d)
	}
}

// A configuration that is right but fails at its start, as with a port that is taken, is put back.
func TestReloadRollsBack(t *testing.T) {
	b := newBench()
	b.set(conf{"main", tagged("old")})
	g, end := b.run(t, 0)
	b.set(conf{"main", `input { source { fail => "the port is taken" } } output { sink { } }`})
	if err := g.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return g.Reloads().Failures == 1 }, "the failure is noticed")
	b.src.push(1, 2, 3)
	eventually(t, func() bool { return b.sink.count() == 3 }, "the old configuration runs again")
	v := g.Views()[0]
	if v.Phase != pipeline.Running || !strings.Contains(v.Reloads.LastError, "the port is taken") || v.Reloads.Successes != 0 {
		t.Errorf("view: %+v", v)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestReloadOfUnreadableConfigurations(t *testing.T) {
	b := newBench()
	b.set(conf{"main", tagged("old")})
	g, _ := b.run(t, 0)
	b.set()
	if err := g.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "pipelines.yml") {
		t.Errorf("reload: %v", err)
	}
	b.src.push(1)
	eventually(t, func() bool { return b.sink.count() == 1 }, "the old configuration goes on")
}

func TestReloadRefusesTheStandardInput(t *testing.T) {
	b := newBench()
	b.set(conf{"main", tagged("old")})
	g, _ := b.run(t, 0)
	b.set(conf{"main", `input { stdin { } } output { sink { } }`})
	if err := g.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "stdin") {
		t.Errorf("reload: %v", err)
	}
	if v := g.Views()[0]; v.Phase != pipeline.Running || v.Version != tagged("old") {
		t.Errorf("view: %+v", v)
	}
}

func TestPipelinesComeAndGo(t *testing.T) {
	b := newBench()
	b.set(conf{"main", tagged("a")})
	g, end := b.run(t, 0)
	b.set(conf{"main", tagged("a")}, conf{"second", `input { pipeline { address => "x" } } output { sink { } }`})
	if err := g.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(g.Views()); n != 2 {
		t.Fatalf("%d pipelines", n)
	}
	b.set(conf{"second", `input { pipeline { address => "x" } } output { sink { } }`})
	if err := g.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if vs := g.Views(); len(vs) != 1 || vs[0].ID != "second" {
		t.Errorf("views: %+v", vs)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

const (
	upstream   = `input { source { } } filter { mutate { add_tag => ["up"] } } output { pipeline { send_to => ["a", "b"] } }`
	downstream = `input { pipeline { address => "%s" } } filter { mutate { add_tag => ["%s"] } } output { sink { } }`
)

// What the receiver cannot write is not acknowledged at the sender's input.
func TestPipelineToPipelineAcknowledges(t *testing.T) {
	b := newBench()
	b.sink.wait = func(ctx context.Context) error { return errors.New("away") }
	b.set(conf{"up", `input { source { } } output { pipeline { send_to => "a" } }`}, conf{"down", fmt.Sprintf(downstream, "a", "down")})
	g := pipeline.NewPipelines(b.read, 0, nil)
	stop, stopNow := context.WithCancel(context.Background())
	hard, hardNow := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(stop, hard) }()
	b.src.push(numbers(0, 10)...)
	eventually(t, func() bool {
		vs := g.Views()
		return len(vs) == 2 && vs[1].Pipeline != nil && vs[1].Pipeline.Stats().In.Load() == 10
	}, "the receiver has the events")
	stopNow()
	hardNow()
	<-ended
	if len(b.src.acked) != 0 || len(b.src.ready) != 10 {
		t.Errorf("acknowledged %v, given back %v", b.src.acked, b.src.ready)
	}
}

// Sender and receivers are changed under load.
func TestPipelineToPipelineReload(t *testing.T) {
	b := newBench()
	configs := func(i int) []conf {
		return []conf{{"up", upstream + strings.Repeat(" ", i/3)}, {"a", fmt.Sprintf(downstream, "a", fmt.Sprintf("a%d", i))}, {"b", fmt.Sprintf(downstream, "b", "b")}}
	}
	b.sink.wait = func(context.Context) error { time.Sleep(2 * time.Millisecond); return nil }
	b.set(configs(0)...)
	g, end := b.run(t, 0)
	pushed := 0
	for i := 1; i <= 9; i++ {
		b.src.push(numbers(pushed, pushed+200)...)
		pushed += 200
		b.set(configs(i)...)
		if err := g.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() bool { return b.sink.count() == pushed && b.src.idle() }, "all arrive")
	if err := end(); err != nil {
		t.Error(err)
	}
	if b.src.early {
		t.Error("the sender's input was closed before the receivers were done")
	}
	for n, times := range b.sink.seen {
		if times != 2 {
			t.Fatalf("event %d came %d times, want once by each receiver", n, times)
		}
	}
	if b.sink.tags["up"] != 2*pushed || b.sink.tags["b"] != pushed {
		t.Errorf("tags: %v; the receivers' copies are apart", b.sink.tags)
	}
}

func TestPipelineAddressTaken(t *testing.T) {
	b := newBench()
	b.set(conf{"a", fmt.Sprintf(downstream, "x", "a")}, conf{"b", fmt.Sprintf(downstream, "x", "b")}, conf{"c", tagged("c")})
	g, _ := b.run(t, 0)
	failed := func() (errs []error) {
		for _, v := range g.Views() {
			if v.Phase == pipeline.Failed {
				errs = append(errs, v.Err)
			}
		}
		return errs
	}
	eventually(t, func() bool { return len(failed()) > 0 }, "one of the two fails")
	if errs := failed(); len(errs) != 1 || !strings.Contains(errs[0].Error(), `"x"`) {
		t.Errorf("failures: %v", errs)
	}
}

// Pipelines end by themselves when nobody is left who could send.
func TestPipelinesEnd(t *testing.T) {
	b := newBench()
	b.set(conf{"up", `input { source { fail => "gone" } } output { pipeline { send_to => "a" } }`}, conf{"down", fmt.Sprintf(downstream, "a", "down")})
	g := pipeline.NewPipelines(b.read, 0, nil)
	if err := g.Run(t.Context(), context.Background()); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("run: %v", err)
	}
}

// A broker that is away at the end cannot be told that we leave. That is no failure.
func TestCloseThatFailsIsNoFailure(t *testing.T) {
	b := newBench()
	b.set(conf{"main", `input { source { stay => true } } output { sink { } }`})
	g, end := b.run(t, 0)
	if err := end(); err != nil || g.Views()[0].Phase != pipeline.Finished {
		t.Errorf("%v, %+v", err, g.Views()[0])
	}
}

func TestNothingBegins(t *testing.T) {
	b := newBench()
	b.set(conf{"main", "input {"})
	err := pipeline.NewPipelines(b.read, 0, nil).Run(t.Context(), context.Background())
	if !errors.Is(err, pipeline.ErrNothing) {
		t.Error(err)
	}
}

func TestTap(t *testing.T) {
	b := newBench()
	b.set(conf{"main", `input { source { } } filter { mutate { id => "m" add_tag => ["x"] } } output { sink { } }`})
	g, _ := b.run(t, 0)
	if g.Find("nosuch") != nil || g.Find("main/m") == nil {
		t.Fatal("plugins are not found by their ids")
	}
	tap := g.Find("m").Watch(10, 5)
	other := g.Find("m").Watch(1, 1000)
	b.src.push(numbers(0, 100)...)
	eventually(t, func() bool { return b.sink.count() == 100 }, "all arrive")
	if len(tap.Events) != 5 || tap.Missed() != 5 || len(other.Events) != 100 {
		t.Errorf("shown %d, missed %d, the other %d", len(tap.Events), tap.Missed(), len(other.Events))
	}
	if e := string(<-tap.Events); !strings.Contains(e, `"n":`) || !strings.Contains(e, `"tags":["x"]`) {
		t.Error(e)
	}
	tap.Close()
	b.src.push(100)
	eventually(t, func() bool { return b.sink.count() == 101 && len(other.Events) == 101 }, "the other one goes on")
	if len(tap.Events) != 4 {
		t.Error("a closed tap shows events")
	}
}
