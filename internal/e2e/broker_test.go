package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/testkit/servers"
)

// list is the Redis list between the two programs.
type list struct {
	t    *testing.T
	c    *goredis.Client
	port int
	key  string
}

func redisList(t *testing.T, args ...string) *list {
	t.Helper()
	s := servers.Redis(t, args...)
	c := goredis.NewClient(&goredis.Options{Addr: s.Addr})
	t.Cleanup(func() { c.Close() })
	return &list{t, c, s.Port, "logstash"}
}

// env is the variable by which the configurations find it.
func (l *list) env() string { return fmt.Sprintf("REDIS_PORT=%d", l.port) }

func (l *list) length() int {
	n, err := l.c.LLen(context.Background(), l.key).Result()
	if err != nil {
		l.t.Fatal(err)
	}
	return int(n)
}

// messages are what is in the list, head first; they stay there.
func (l *list) messages() []document {
	l.t.Helper()
	texts, err := l.c.LRange(context.Background(), l.key, 0, -1).Result()
	if err != nil {
		l.t.Fatal(err)
	}
	all := make([]document, len(texts))
	for i, text := range texts {
		decode(l.t, []byte(text), &all[i])
	}
	return all
}

// push appends messages as any producer does.
func (l *list) push(messages ...string) {
	l.t.Helper()
	for len(messages) > 0 {
		n := min(len(messages), 1000)
		values := make([]any, n)
		for i, m := range messages[:n] {
			values[i] = m
		}
		if err := l.c.RPush(context.Background(), l.key, values...).Err(); err != nil {
			l.t.Fatal(err)
		}
		messages = messages[n:]
	}
}

// leftovers are the keys with messages: the list, and batches that are leased.
func (l *list) leftovers() []string {
	l.t.Helper()
	ctx := context.Background()
	names, err := l.c.Keys(ctx, "*").Result()
	if err != nil {
		l.t.Fatal(err)
	}
	var left []string
	for _, name := range names {
		if kind, _ := l.c.Type(ctx, name).Result(); kind == "list" {
			left = append(left, name)
		}
	}
	return left
}

// drained waits until nothing is in the list or leased.
func (l *list) drained(limit time.Duration) {
	l.t.Helper()
	eventually(l.t, limit, "every message is acknowledged", func() (bool, string) {
		left := l.leftovers()
		return len(left) == 0, strings.Join(left, " ")
	})
}

func hostname(t *testing.T) string {
	t.Helper()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return name
}
