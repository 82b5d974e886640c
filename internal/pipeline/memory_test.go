package pipeline

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// decoding is an input whose events share memory, as those of a broker do; freed counts the deliveries of which nothing is in memory any more.
type decoding struct {
	deliveries int
	freed      atomic.Int32
}

func (d *decoding) Run(ctx context.Context, emit plugin.Emit) error {
	var decoder event.Decoder
	for i := range d.deliveries {
		var batch event.Batch
		for n := range 50 { // no multiple of what shares one piece of memory
			e, err := decoder.DecodeEvent(fmt.Sprintf(`{"path":"%d","message":"%d","nested":{"a":{"b":1}},"@metadata":{"id":"%d-%d"}}`, i, n, i, n), event.Now)
			if err != nil {
				return err
			}
			batch = append(batch, e)
		}
		lease := &batch // what a delivery holds until it is acknowledged
		runtime.AddCleanup(lease, func(*decoding) { d.freed.Add(1) }, d)
		if err := emit(ctx, plugin.Delivery{Events: batch, Done: func(error) { _ = len(*lease) }}); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoding) Close() error { return nil }

// TestOneKeptEventKeepsNoOthers: whoever keeps an event, by right or by mistake, keeps no more than what shares memory with it, and not what came after it.
func TestOneKeptEventKeepsNoOthers(t *testing.T) {
	in := &decoding{deliveries: 200}
	b := newBench(t, `output { sink { id => "out" } }`, Settings{Workers: 1, BatchSize: 50})
	b.p.inputs[0].input = in
	var kept *event.Event
	b.sinks["out"].write = func(_ context.Context, batch event.Batch) error {
		if kept == nil {
			kept = batch[len(batch)-1]
		}
		return nil
	}
	b.run()
	for end := time.Now().Add(30 * time.Second); in.freed.Load() < int32(in.deliveries)-5 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		runtime.GC()
	}
	if n := in.freed.Load(); n < int32(in.deliveries)-5 {
		t.Errorf("one event that is kept keeps %d of %d deliveries", in.deliveries-int(n), in.deliveries)
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(b)
}

// TestFiltersKeepNoLargerBatch: what a filter gets is kept until it has returned, not longer.
func TestFiltersKeepNoLargerBatch(t *testing.T) {
	x := &executor{}
	n := &filterNode{filter: dawdle{}, stats: &PluginStats{}}
	for _, size := range []int{100, 10} {
		n.guarded(x, make(event.Batch, size))
		for i, e := range x.before[:cap(x.before)][size:] {
			if e != nil {
				t.Fatalf("place %d holds an event of a larger batch", size+i)
			}
		}
		for i := range x.before {
			x.before[i] = event.New(event.Now())
		}
	}
}
