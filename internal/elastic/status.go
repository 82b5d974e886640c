package elastic

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Status is the client's view of the cluster, for the health page.
type Status struct {
	// Colour is green (answers), yellow (some hosts away, or asks for patience) or red (nobody answers, or somebody
	// must act).
	Colour  string
	Reason  string // in words for a person; empty when green
	Flavour string // "Elasticsearch 9.5.3"; empty before the first answer
	Hosts   []HostStatus
}

// HostStatus is how one host fares.
type HostStatus struct {
	URL         string // without credentials
	Well        bool
	Since       time.Time // of the last change
	Requests    uint64
	Failures    int    // in a row
	LastError   string // empty when there was none
	LastErrorAt time.Time
}

// state is the last word of the cluster as a whole.
type state struct {
	mu    sync.Mutex
	fault *RequestError
	since time.Time
}

// note keeps faults that say something about the cluster. One that concerns a document's content says nothing, and what
// a cluster does not know says something only where every cluster must know it.
func (s *state) note(err error, basic bool) {
	var fault *RequestError
	if errors.As(err, &fault) &&
		(fault.Kind == TooLarge || fault.Kind == Rejected || fault.Kind == Misdirected && !basic) {
		fault = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault == nil && fault != nil {
		s.since = time.Now()
	}
	s.fault = fault
}

// Status tells how hosts and cluster fare, without asking them.
func (c *Client) Status() Status {
	s := Status{Colour: "green", Hosts: c.pool.status()}
	if f := c.flavour.Load(); f != nil {
		s.Flavour = f.String()
	}
	well := 0
	for _, h := range s.Hosts {
		if h.Well {
			well++
		}
	}
	c.state.mu.Lock()
	fault, since := c.state.fault, c.state.since
	c.state.mu.Unlock()
	switch {
	case fault != nil && (fault.NeedsHelp() || fault.Kind == Unreachable || well == 0):
		s.Colour, s.Reason = "red", sinceWhen(fault.Error(), since)
	case fault != nil:
		s.Colour, s.Reason = "yellow", sinceWhen(fault.Error(), since)
	case well < len(s.Hosts):
		s.Colour, s.Reason = "yellow", fmt.Sprintf("%d of %d hosts do not answer", len(s.Hosts)-well, len(s.Hosts))
	}
	return s
}

func sinceWhen(text string, since time.Time) string {
	return text + " (since " + since.UTC().Format(time.RFC3339) + ")"
}

func (p *pool) status() []HostStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]HostStatus, 0, len(p.hosts))
	for _, h := range p.hosts {
		all = append(all, HostStatus{
			URL: h.name, Well: h.failures == 0, Since: h.since, Requests: h.requests,
			Failures: h.failures, LastError: h.lastError, LastErrorAt: h.lastFault,
		})
	}
	return all
}
