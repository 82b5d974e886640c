package redis

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"castor/internal/broker"
)

func TestAddress(t *testing.T) {
	f := func(host, want string) {
		t.Helper()
		got, err := address(host, 6379)
		if err != nil || got != want {
			t.Errorf("%q gives %q, %v; want %q", host, got, err, want)
		}
	}
	f("db", "db:6379")
	f("db:1", "db:1")
	f("10.0.0.1:7000", "10.0.0.1:7000")
	f("::1", "[::1]:6379")
	f("[::1]", "[::1]:6379")
	f("[::1]:7000", "[::1]:7000")
	f("/run/redis.sock", "/run/redis.sock")
	for _, bad := range []string{"", "db:0", "db:x", "db:70000", "redis://u:s3cret@db"} {
		_, err := address(bad, 6379)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestKeys(t *testing.T) {
	f := func(queue string, cluster bool, want string) {
		t.Helper()
		k, err := newKeys(queue, cluster)
		if err != nil || k.batch("me", "n") != want {
			t.Errorf("%q gives %q, %v; want %q", queue, k.batch("me", "n"), err, want)
		}
	}
	f("logs", false, "logs:inflight:me:n")
	f("logs", true, "{logs}:inflight:me:n")
	f("a{logs}b", true, "a{logs}b:inflight:me:n")
	f("a}b", false, "a}b:inflight:me:n")
	for _, bad := range []string{"", "a}b", "{}b}"} {
		if _, err := newKeys(bad, true); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	a, b := newNames(), newNames()
	if one, two := a.next(), a.next(); one == two || a.random == b.random {
		t.Error("names repeat")
	}
}

func TestParseReply(t *testing.T) {
	msgs, _, err := parseReply([]byte("*3\r\n$0\r\n\r\n$2\r\n\r\n\r\n$3\r\nabc\r\n"))
	if err != nil || len(msgs) != 3 || len(msgs[0]) != 0 || string(msgs[1]) != "\r\n" || string(msgs[2]) != "abc" {
		t.Errorf("%q, %v", msgs, err)
	}
	if cap(msgs[2]) != 3 {
		t.Error("a message can be appended to over the next one")
	}
	if _, n, err := parseReply([]byte(":1\r\n")); n != 1 || err != nil {
		t.Error(n, err)
	}
	if _, _, err := parseReply([]byte("-OOM no\r\n")); err == nil || err.Error() != "OOM no" {
		t.Error(err)
	}
	for _, bad := range []string{"", "*", "*1\r\n", "*1\r\n$5\r\nabc\r\n", "*1\r\n:1\r\n", "$1\r\na\r\n", ":x\r\n", "*x\r\n", "*1\r\n$-1\r\n"} {
		if _, _, err := parseReply([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add([]byte("*2\r\n$1\r\na\r\n$0\r\n\r\n"))
	f.Add([]byte("*-1\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 1<<16 {
			_, _, _ = parseReply(b)
		}
	})
}

func TestWatch(t *testing.T) {
	const ttl = 8 * time.Second
	w := newWatch(ttl)
	now := time.Now()
	step := func(d time.Duration, beats map[string]string, want ...dead) {
		t.Helper()
		now = now.Add(d)
		if got := w.look(now, beats); !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
			t.Errorf("dead: %v, want %v", got, want)
		}
	}
	still := map[string]string{"a": "1"}
	step(0, still)
	for range 3 {
		step(2*time.Second, still)
	}
	for range 4 * (forgetAfter - 1) {
		step(2*time.Second, still, dead{"a", "1", false})
	}
	step(2*time.Second, still, dead{"a", "1", true})
	step(2*time.Second, map[string]string{"a": "2"}) // it lives
	for range 3 {
		step(2*time.Second, map[string]string{"a": "2"})
	}
	step(time.Minute, map[string]string{"a": "2"}) // we slept ourselves: begin anew
	w.reset()                                      // a look failed: likewise
	for range 4 {
		step(2*time.Second, map[string]string{"a": "2"})
	}
	step(2*time.Second, map[string]string{"a": "2"}, dead{"a", "2", false})
	step(2*time.Second, map[string]string{})
	step(2*time.Second, map[string]string{"a": "2"})
}

func TestTooLargeIsRefusedAtOnce(t *testing.T) {
	p := producer(t, ProducerOptions{Options: Options{Hosts: []string{"127.0.0.1:1"}}, Key: "q", MaxMessage: 3})
	err := p.Push(context.Background(), [][]byte{[]byte("abcd"), []byte("abcde")})
	var pe *broker.PushError
	if !errors.As(err, &pe) || len(pe.Failed) != 2 || pe.Failed[1].Index != 1 || classIn(pe.Failed[0].Err) != broker.TooLarge {
		t.Fatal(err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	f := func(words string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q in it", err, words)
		}
	}
	_, err := NewConsumer(ConsumerOptions{})
	f("key is empty", err)
	_, err = NewConsumer(ConsumerOptions{Key: "q", TTL: time.Second})
	f("at least 2 s", err)
	_, err = NewConsumer(ConsumerOptions{Key: "q", Options: Options{Cluster: true, DB: 1}})
	f("only db 0", err)
	_, err = NewConsumer(ConsumerOptions{Key: "q", Options: Options{Cluster: true, SentinelMaster: "m"}})
	f("exclude", err)
	_, err = NewProducer(ProducerOptions{Kind: PatternChannel})
	f("not written", err)
	_, err = NewProducer(ProducerOptions{Options: Options{Hosts: []string{""}}})
	f("empty", err)
}

// TestScriptsReason: Redis 6.2 wraps what a script meets.
func TestScriptsReason(t *testing.T) {
	o := &Options{}
	for text, want := range map[string]broker.Class{
		"ERR Error running script (call to f_fbde): @user_script:3: @user_script: 3: -READONLY You can't write against a read only replica.":                    broker.ReadOnly,
		"ERR Error running script (call to f_fbde): @user_script:3: @user_script: 3: -OOM command not allowed when used memory > 'maxmemory'.":                  broker.Full,
		"READONLY You can't write against a read only replica. script: f5f04e0, on @user_script:2.":                                                             broker.ReadOnly,
		"ERR Error running script (call to f_fbde): @user_script:3: @user_script: 3: -NOPERM this user has no permissions to run the 'lpop' command or its key": broker.Permission,
	} {
		if e := o.classify("pop", "x", errors.New(text)); e.Class != want {
			t.Errorf("%s: class %v, want %v", text, e.Class, want)
		}
	}
}
