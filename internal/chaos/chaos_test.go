package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/servers"
)

// TestChaos is a short run with the harness's own engine, for each broker with a fixed seed. CHAOS_DURATION makes it longer.
func TestChaos(t *testing.T) {
	duration := 15 * time.Second
	if text := os.Getenv("CHAOS_DURATION"); text != "" {
		var err error
		if duration, err = time.ParseDuration(text); err != nil {
			t.Fatalf("CHAOS_DURATION: %v", err)
		}
	}
	if servers.Find("redis-server") == "" {
		servers.Missing(t, "redis-server", "apt-get install redis-server")
	}
	var log strings.Builder
	ok, err := run(options{seed: 3, duration: duration, rate: 2000, huge: 12 << 20, indexers: 2, broker: "redis", dir: t.TempDir()}, &log)
	if err != nil || !ok {
		t.Fatalf("%v\n%s", err, log.String())
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	t.Log(lines[len(lines)-1])
}

// TestAccount shows that the account finds what is wrong.
func TestAccount(t *testing.T) {
	wr := &writer{id: 0, kind: rotations()[0], bad: map[int64]bool{space + 5: true, space + 7: true}, next: space + 9}
	wr.gens = []*generation{{first: space, next: space + 8}, {first: space + 8}}
	w := &world{writers: []*writer{wr}, forgotten: map[int64]bool{space + 3: true}}
	r := &result{dead: map[int64]string{space + 4: "404", space + 5: "400", space + 6: "status 413"}}
	documents := map[int64]int{space: 1, space + 1: 2, space + 7: 1}
	for i, g := range wr.gens {
		for n := g.first; n < []int64{space + 8, space + 9}[i]; n++ {
			w.judge(r, wr, g, n, documents[n])
		}
	}
	if r.sent != 9 || len(r.lost) != 2 || r.lost[0] != space+2 || r.lost[1] != space+8 {
		t.Errorf("sent %d, lost %v", r.sent, r.lost)
	}
	if len(r.doubled) != 1 || r.doubled[0] != space+1 || r.forgotten != 1 {
		t.Errorf("doubled %v, forgotten %d", r.doubled, r.forgotten)
	}
	if len(r.wrongDead) != 1 || r.wrongDead[0] != space+4 || len(r.badIndexed) != 1 || r.badIndexed[0] != space+7 {
		t.Errorf("dead without cause %v, indexed against the mapping %v", r.wrongDead, r.badIndexed)
	}
	if r.clean() {
		t.Error("that is clean?")
	}
}

func TestNumbersInMessages(t *testing.T) {
	if n, ok := numberIn(`{"host":"a","message":"#10000000042 rename size=17 x"}`); !ok || n != 10000000042 {
		t.Error(n, ok)
	}
	if _, ok := numberIn(`{"message":"other"}`); ok {
		t.Error("a message without number has one")
	}
}
