package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// trial is how long after a reload a pipeline that ends by an error is put back to the configuration before.
const trial = 10 * time.Second

// converge reads the configurations and takes up those that changed, or all where it is forced. A pipeline whose new
// configuration is wrong goes on with its old one. The error joins what went wrong.
func (g *Pipelines) converge(hard context.Context, force bool) error {
	configs, err := g.read()
	if err != nil {
		g.log.Error("configurations cannot be read; what runs goes on", "error", err)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.reloads.failure(err)
		return err
	}
	g.remove(configs)
	var errs []error
	for _, c := range configs {
		if err := g.update(hard, &c, force); err != nil {
			errs = append(errs, fmt.Errorf("pipeline %s: %w", c.ID, err))
		}
	}
	return errors.Join(errs...)
}

// remove stops the pipelines that are configured no more.
func (g *Pipelines) remove(configs []Configuration) {
	var gone []*slot
	for _, s := range g.all() {
		if !slices.ContainsFunc(configs, func(c Configuration) bool { return c.ID == s.ID }) {
			gone = append(gone, s)
		}
	}
	g.stopInOrder(gone)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range gone {
		g.log.Info("pipeline is configured no more", "pipeline", s.ID)
		g.retire(s)
		g.reloads.success()
		g.slots = slices.DeleteFunc(g.slots, func(t *slot) bool { return t == s })
	}
}

func (g *Pipelines) all() []*slot {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.slots)
}

// update takes up one configuration.
func (g *Pipelines) update(hard context.Context, c *Configuration, force bool) error {
	s := g.slot(c.ID)
	changed := s.tried != c.Version
	phase := g.phase(s)
	if !changed && (!force || phase == Finished) {
		return nil
	}
	s.tried = c.Version
	if why := s.fixed(c, phase); why != "" && s.config != nil {
		if !changed {
			return nil
		}
		return g.refuse(s, errors.New(why+"; restart the process for the new configuration"))
	}
	p, err := c.Compile()
	if err == nil && s.config != nil && phase == Running && p.unreloadable() != "" {
		err = fmt.Errorf("the new configuration has an input %s, which only a restart of the process can begin", p.unreloadable())
	}
	if err != nil {
		return g.refuse(s, err)
	}
	g.swap(hard, s, c, p)
	g.mu.Lock()
	defer g.mu.Unlock()
	s.Reloads.success()
	g.reloads.success()
	return nil
}

func (g *Pipelines) phase(s *slot) Phase {
	g.mu.Lock()
	defer g.mu.Unlock()
	return s.Phase
}

// fixed says why the pipeline that runs cannot be changed, or is empty.
func (s *slot) fixed(c *Configuration, phase Phase) string {
	if s.Pipeline == nil || phase != Running {
		return ""
	}
	if name := s.Pipeline.unreloadable(); name != "" {
		return "the input " + name + " cannot be taken up again"
	}
	if c.Fixed {
		return "pipeline.reloadable is false"
	}
	return ""
}

func (g *Pipelines) refuse(s *slot, err error) error {
	g.log.Error("the new configuration is not taken; what runs goes on", "pipeline", s.ID, "error", err)
	g.mu.Lock()
	defer g.mu.Unlock()
	s.Reloads.failure(err)
	g.reloads.failure(err)
	if s.config == nil {
		s.Err = err
	}
	return err
}

// swap stops the old run, which gives all that it holds to its outputs, and starts the new one when files, ports and
// connections of the old one are free.
func (g *Pipelines) swap(hard context.Context, s *slot, c *Configuration, p *Pipeline) {
	if s.done != nil {
		g.mu.Lock()
		if s.Phase == Running {
			s.Phase, s.Since = Reloading, time.Now()
		}
		g.mu.Unlock()
		s.stop()
		g.wait(s)
		g.mu.Lock()
		g.retire(s)
		s.before = s.config
		g.mu.Unlock()
	}
	g.start(hard, s, c, p)
}

// wait waits for the end of a slot's run. A run that ended by itself at the same moment wants to tell so.
func (g *Pipelines) wait(s *slot) {
	for {
		select {
		case <-s.done:
			return
		case <-g.ended:
		}
	}
}

// rollBack starts the configuration before where the new one failed as soon as it was started, such as by a port that is taken.
func (g *Pipelines) rollBack(hard context.Context, s *slot) {
	g.mu.Lock()
	before, err := s.before, s.Err
	fresh := s.Pipeline != nil && time.Since(s.Pipeline.Stats().Started) < trial
	s.before = nil
	g.mu.Unlock()
	if before == nil || err == nil || !fresh {
		return
	}
	p, again := before.Compile()
	if again != nil {
		return
	}
	g.log.Error("the new configuration failed at its start; the old one runs again", "pipeline", s.ID, "error", err)
	g.mu.Lock()
	g.retire(s)
	s.Reloads.Successes--
	g.reloads.Successes--
	s.Reloads.failure(err)
	g.reloads.failure(err)
	g.mu.Unlock()
	g.start(hard, s, before, p)
}

// stopAll stops everything, senders before receivers.
func (g *Pipelines) stopAll() { g.stopInOrder(g.all()) }

// stopInOrder stops slots in rounds: first those to which no other one sends any more.
func (g *Pipelines) stopInOrder(slots []*slot) {
	open := slices.DeleteFunc(slices.Clone(slots), func(s *slot) bool { return s.done == nil })
	for len(open) > 0 {
		first := slices.DeleteFunc(slices.Clone(open), func(s *slot) bool { return s.awaits(open) })
		if len(first) == 0 {
			first = open // a circle
		}
		for _, s := range first {
			s.stop()
		}
		for _, s := range first {
			g.wait(s)
		}
		open = slices.DeleteFunc(open, func(s *slot) bool { return slices.Contains(first, s) })
	}
}

// awaits tells whether one of the others sends to this one.
func (s *slot) awaits(others []*slot) bool {
	addresses, _ := s.Pipeline.listensAt()
	for _, o := range others {
		if o == s {
			continue
		}
		for _, a := range o.Pipeline.sendsTo() {
			if slices.Contains(addresses, a) {
				return true
			}
		}
	}
	return false
}

// onlyWaiting tells whether all pipelines ended but those that only listen to others, which nobody will send to any more.
func (g *Pipelines) onlyWaiting() bool {
	for _, s := range g.all() {
		select {
		case <-s.done:
			continue
		default:
		}
		if s.done == nil {
			continue
		}
		if _, only := s.Pipeline.listensAt(); !only {
			return false
		}
	}
	return true
}
