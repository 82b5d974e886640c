package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/testkit/servers"
)

// The indexer reads from a real Redis while its configuration changes again and again, every third time to a wrong one. Each event is
// written once, and nothing stays in Redis.
func TestReloadUnderLoadFromRedis(t *testing.T) {
	server := servers.Redis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr})
	defer func() { _ = client.Close() }()
	dir := t.TempDir()
	conf, out := filepath.Join(dir, "p.conf"), filepath.Join(dir, "out")
	text := func(i int) string {
		return fmt.Sprintf(`input { redis { host => "%s" key => "events" data_type => "list" batch_count => 50 } }
			filter { mutate { add_field => { "version" => "%d" } } } output { file { path => "%s" codec => json_lines } }`, server.Addr, i, out)
	}
	put(t, conf, text(0))
	p := run(t, nil, freePorts("-f", conf, "-r", "--config.reload.interval", "20ms", "--path.settings", dir)...)
	p.says("pipeline starts")
	const changes, each = 9, 1000
	pushed := 0
	for i := 1; i <= changes; i++ {
		batch := make([]any, each)
		for j := range batch {
			batch[j] = fmt.Sprintf(`{"message":"event %d."}`, pushed)
			pushed++
		}
		if err := client.RPush(t.Context(), "events", batch...).Err(); err != nil {
			t.Fatal(err)
		}
		before := reloads(p)
		if i%3 == 0 {
			put(t, conf, fmt.Sprintf("input { nosuch%d { } }", i))
		} else {
			put(t, conf, text(i))
		}
		p.eventually(func() bool { return reloads(p) > before }, "the change is taken up or refused")
	}
	p.eventually(func() bool { return strings.Count(read(out), "\n") >= pushed }, "all events are written")
	p.end()
	written := read(out)
	for i := range pushed {
		if n := strings.Count(written, fmt.Sprintf(`"event %d."`, i)); n != 1 {
			t.Fatalf("event %d is written %d times", i, n)
		}
	}
	keys, err := client.Keys(t.Context(), "events*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if n, err := client.LLen(t.Context(), k).Result(); err == nil && n > 0 {
			t.Errorf("%d entries stay in %s", n, k)
		}
	}
}

func reloads(p *process) float64 {
	o := p.get("/_node/stats/reloads")
	return at(o, "reloads", "successes").(float64) + at(o, "reloads", "failures").(float64)
}

func read(path string) string {
	data, _ := os.ReadFile(path)
	return string(data)
}
