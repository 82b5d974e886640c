package redis

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/broker"
	"castor/internal/testkit/servers"
)

// afterFirst is a hook that does something once, when the first command with a word in it has been answered.
type afterFirst struct {
	word string
	done atomic.Bool
	do   func()
}

func (h *afterFirst) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h *afterFirst) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func (h *afterFirst) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		err := next(ctx, cmd)
		if slices.Contains(cmd.Args(), any(h.word)) && h.done.CompareAndSwap(false, true) {
			h.do()
		}
		return err
	}
}

// TestScriptThatRunsWhileItsBatchIsLookedFor: a network held a pop back; its consumer looks whether the batch was made, and in this very moment it is.
func TestScriptThatRunsWhileItsBatchIsLookedFor(t *testing.T) {
	srv := servers.Redis(t)
	late := goredis.NewClient(&goredis.Options{Addr: srv.Addr})
	defer func() { _ = late.Close() }()
	c := consumer(t, ConsumerOptions{Options: Options{Hosts: []string{srv.Addr}}, Key: "q", TTL: shortTTL}).(*listConsumer)
	c.raw = nil // the hook sees what goes the usual way
	name := c.names.next()
	list := c.k.batch(c.me, name)
	c.c.AddHook(&afterFirst{word: list, do: func() {
		if err := late.RPush(t.Context(), "q", "m").Err(); err != nil {
			t.Error(err)
		}
		if err := popScript.Run(t.Context(), late, []string{"q", c.k.registry(), c.k.index(c.me), list, c.k.batch(c.me, landing), c.k.index(returned)},
			10, c.me, name, 1<<20).Err(); err != nil {
			t.Error(err)
		}
	}})
	c.lost(name)
	l, err := c.Pop(t.Context(), 10, 60*time.Second)
	if err != nil || string(l.Messages()[0]) != "m" {
		t.Fatalf("the message is not found again: %v", err)
	}
}

// TestTakeThatRunsAfterItsConsumerWasForgotten: nobody in the registry has the batch; all the same it is found.
func TestTakeThatRunsAfterItsConsumerWasForgotten(t *testing.T) {
	srv := servers.Redis(t)
	late := goredis.NewClient(&goredis.Options{Addr: srv.Addr})
	defer func() { _ = late.Close() }()
	k, err := newKeys("q", false)
	if err != nil {
		t.Fatal(err)
	}
	const name, ghost = "b-1", "ghost-1"
	late.RPush(t.Context(), k.batch(returned, name), "m")
	late.SAdd(t.Context(), k.index(returned), name)
	if err := moveScript.Run(t.Context(), late, []string{k.registry(), k.index(returned), k.batch(returned, name), k.index(ghost), k.batch(ghost, name)},
		name, returned, "", ghost).Err(); err != nil {
		t.Fatal(err)
	}
	c := consumer(t, ConsumerOptions{Options: Options{Hosts: []string{srv.Addr}}, Key: "q", TTL: shortTTL})
	l, err := c.Pop(t.Context(), 10, 60*time.Second)
	if err != nil || string(l.Messages()[0]) != "m" || l.ID(0) != name+"-0" {
		t.Fatalf("the batch is not found again: %v", err)
	}
}

// TestReturnedBatchThatTwoPopsWant: both read its name before either has it. One gets it, and nobody is given it a second time.
func TestReturnedBatchThatTwoPopsWant(t *testing.T) {
	srv := servers.Redis(t)
	c := consumer(t, ConsumerOptions{Options: Options{Hosts: []string{srv.Addr}}, Key: "q"}).(*listConsumer)
	const name = "b-1"
	client := goredis.NewClient(&goredis.Options{Addr: srv.Addr})
	defer func() { _ = client.Close() }()
	client.RPush(t.Context(), c.k.batch(returned, name), "m")
	client.SAdd(t.Context(), c.k.index(returned), name)
	got := 0
	pop := func() {
		l, err := c.Pop(t.Context(), 10, 0)
		if err == nil {
			got += len(l.Messages())
		} else if !errors.Is(err, broker.ErrEmpty) {
			t.Error(err)
		}
	}
	c.c.AddHook(&afterFirst{word: "srandmember", do: pop})
	pop()
	if err := c.audit(t.Context()); err != nil {
		t.Fatal(err)
	}
	pop()
	if got != 1 {
		t.Errorf("the message was leased %d times", got)
	}
}
