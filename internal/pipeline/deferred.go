package pipeline

import (
	"context"
	"sync"

	"castor/internal/event"
	"castor/internal/plugin"
)

// deferred keeps the deliveries that outputs answer for after their Write (plugin.Deferred).
type deferred struct {
	mu   sync.Mutex
	open map[*handover]bool // false while its deliveries are being released
	none chan struct{}      // closed when open becomes empty; nil while nobody waits
}

// handover is one batch that was handed on, and the deliveries that wait for it.
type handover struct{ origins []*event.Origin }

// handOver gives the batch to the output and keeps its deliveries open.
func (n *outputNode) handOver(ctx context.Context, d plugin.Deferred, b event.Batch, origins []*event.Origin) error {
	h := &handover{origins}
	n.p.deferred.add(h)
	err := d.WriteDeferred(ctx, b, func(err error) {
		if err == nil {
			n.stats.Out.Add(int64(len(b)))
			n.stats.lag.note(b)
		}
		n.p.deferred.end(h, err)
	})
	if err != nil {
		n.p.deferred.end(h, err)
		return errStopped
	}
	return nil
}

func (d *deferred) add(h *handover) {
	for _, o := range h.origins {
		o.Retain()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[*handover]bool{}
	}
	d.open[h] = true
}

// end releases the deliveries, once. Only then the batch counts as settled.
func (d *deferred) end(h *handover, err error) {
	d.mu.Lock()
	mine := d.open[h]
	if mine {
		d.open[h] = false
	}
	d.mu.Unlock()
	if !mine {
		return
	}
	for _, o := range h.origins {
		o.Release(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, h)
	if len(d.open) == 0 && d.none != nil {
		close(d.none)
		d.none = nil
	}
}

// settle waits until nothing is open any more. When hard ends, the inputs get back what is.
func (d *deferred) settle(hard context.Context) {
	d.mu.Lock()
	if len(d.open) == 0 {
		d.mu.Unlock()
		return
	}
	none := make(chan struct{})
	d.none = none
	d.mu.Unlock()
	select {
	case <-none:
		return
	case <-hard.Done():
	}
	d.mu.Lock()
	var rest []*handover
	for h := range d.open {
		rest = append(rest, h)
	}
	d.mu.Unlock()
	for _, h := range rest {
		d.end(h, errStopped)
	}
	<-none
}
