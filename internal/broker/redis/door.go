package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/broker"
)

// await returns when a message may be there, after an error, or after d. One goroutine of the consumer stands at the
// door for all Pops: BLMOVE hands the first message over into the consumer's landing list, in one step, so that it is
// never only on the wire. The next pop finds it there, whether or not BLMOVE's own answer arrived.
func (l *listConsumer) await(ctx context.Context, d time.Duration) {
	opened := l.openDoor()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-opened:
	case <-t.C:
	case <-ctx.Done():
	case <-l.ctx.Done():
	}
}

func (l *listConsumer) openDoor() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.door == nil {
		l.door = make(chan struct{})
		l.work.Go(l.stand)
	}
	return l.door
}

func (l *listConsumer) stand() {
	limited, cancel := context.WithTimeout(context.Background(), block+l.o.Timeout)
	err := l.c.BLMove(limited, l.k.queue, l.k.batch(l.me, landing), "LEFT", "RIGHT", block).Err()
	cancel()
	if err != nil && !errors.Is(err, goredis.Nil) && l.ctx.Err() == nil {
		if e := l.fault("wait for", err); e.Class == broker.Full || e.Class == broker.Permission || e.Class == broker.Config {
			l.sleep(context.Background(), block) // BLMOVE is not to be had now: look every second instead
		} else {
			l.sleep(context.Background(), l.pace.Next())
		}
	}
	l.mu.Lock()
	close(l.door)
	l.door = nil
	l.mu.Unlock()
}
