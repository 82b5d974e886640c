package pipeline

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
)

// atOnce runs forty batches through one worker and an output that takes them in any order, and returns how many writes were under way
// together at the most.
func atOnce(t *testing.T, write func(ctx context.Context, under int32)) int32 {
	var deliver []delivery
	for i := range 40 {
		deliver = append(deliver, delivery{fmt.Sprintf("a:%d", i)})
	}
	b := newBench(t, `output { sink { id => "out" } }`, Settings{Workers: 1, BatchSize: 1}, deliver...)
	var under, most atomic.Int32
	b.sinks["out"].unordered = true
	b.sinks["out"].write = func(ctx context.Context, _ event.Batch) error {
		n := under.Add(1)
		defer under.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		write(ctx, n)
		return nil
	}
	b.run()
	b.allAcked()
	return most.Load()
}

func TestOneBatchIsPreparedAtATime(t *testing.T) {
	if n := atOnce(t, func(context.Context, int32) {}); n != 1 {
		t.Errorf("%d batches were prepared at once by one worker", n)
	}
}

func TestBatchesThatWaitAreUnderWayTogether(t *testing.T) {
	full := make(chan struct{})
	reached := sync.OnceFunc(func() { close(full) })
	n := atOnce(t, func(ctx context.Context, under int32) {
		plugin.Waiting(ctx)
		plugin.Waiting(ctx) // a second attempt says it again
		if under == sendersPerWorker {
			reached()
		}
		<-full
	})
	if n != sendersPerWorker {
		t.Errorf("%d batches were under way, want %d", n, sendersPerWorker)
	}
}
