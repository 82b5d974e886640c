package cli

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestGrowthOfTheHeap(t *testing.T) {
	p := &pacer{heap: 100}
	for live, want := range map[uint64]int{0: leastGrowth, 1: mostGrowth, 20: mostGrowth, 25: 300, 50: 100, 80: leastGrowth, 100: leastGrowth, 1000: leastGrowth} {
		if got := p.wanted(live); got != want {
			t.Errorf("%d live: %d percent, want %d", live, got, want)
		}
	}
}

// The pacer is called after each collection, not only after the first.
func TestPacerGoesOn(t *testing.T) {
	var times atomic.Int32
	p := &pacer{heap: 1, growth: leastGrowth, adjusted: func() { times.Add(1) }}
	p.watch()
	for deadline := time.Now().Add(30 * time.Second); times.Load() < 3; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("called %d times", times.Load())
		}
	}
}
