package logging

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestLevels(t *testing.T) {
	var out bytes.Buffer
	ls := NewLevels(slog.LevelInfo)
	log := slog.New(ls.Handler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug - 8})))
	redis := log.With("plugin", "output/redis", "id", "x").WithGroup("g")
	date := log.With("plugin", "filter/date")
	check := func(step, want string) {
		t.Helper()
		out.Reset()
		log.Debug("root")
		redis.Debug("redis")
		date.Debug("date")
		log.Error("always")
		var got []string
		for _, word := range []string{"root", "redis", "date"} {
			if strings.Contains(out.String(), "msg="+word) {
				got = append(got, word)
			}
		}
		if s := strings.Join(got, " "); s != want || !strings.Contains(out.String(), "always") {
			t.Errorf("%s: %q, want %q", step, s, want)
		}
	}
	check("info", "")
	ls.Set("logstash.outputs.redis", slog.LevelDebug)
	check("one plugin", "redis")
	ls.Set("logstash.filters", slog.LevelDebug)
	check("all filters", "redis date")
	ls.Set("logstash", slog.LevelDebug)
	ls.Set("logstash.outputs.redis", slog.LevelError)
	check("all but one", "root date")
	if all := ls.All(); len(all) != 3 || all["logstash"] != slog.LevelDebug {
		t.Errorf("levels: %v", all)
	}
	ls.Reset()
	check("reset", "")
}

func TestParseLevel(t *testing.T) {
	for _, name := range []string{"FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"} {
		l, err := ParseLevel(strings.ToLower(name))
		if err != nil || LevelName(l) != name {
			t.Errorf("%s: %v %v", name, l, err)
		}
	}
	if _, err := ParseLevel("loud"); err == nil || !strings.Contains(err.Error(), "DEBUG") {
		t.Error(err)
	}
}
