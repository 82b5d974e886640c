package cli

import (
	"context"
	"runtime/debug"
	"time"

	"castor/internal/pipeline"
)

// restEvery is how often it is looked whether there was work.
const restEvery = 2 * time.Second

// restWhenIdle gives memory back to the system once the events stop coming: the runtime itself keeps what a burst, such as the first reading
// of many files, needed, and a shipper shares its node with the programs that it follows.
func restWhenIdle(ctx context.Context, g *pipeline.Pipelines) {
	ticker := time.NewTicker(restEvery)
	defer ticker.Stop()
	var last, rested int64 = 0, -1
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := eventsIn(g)
		if now == last && now != rested {
			debug.FreeOSMemory()
			rested = now
		}
		last = now
	}
}

// eventsIn is how many events have come in so far.
func eventsIn(g *pipeline.Pipelines) int64 {
	var n int64
	for _, v := range g.Views() {
		if v.Pipeline != nil {
			n += v.Pipeline.Stats().In.Load()
		}
	}
	return n
}
