package redis

import (
	"context"
	"time"

	"castor/internal/broker"
)

// heart counts this consumer's heartbeat, looks for batches of ours that nobody holds, and recovers those of consumers
// whose heart stands still.
func (l *listConsumer) heart() {
	every := l.o.TTL / 4
	seen := newWatch(l.o.TTL)
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		if err := l.beat(seen); err != nil {
			seen.reset()
			if l.ctx.Err() == nil {
				l.fault("keep the lease of", err)
			}
		}
		select {
		case <-t.C:
		case <-l.ctx.Done():
			return
		}
	}
}

func (l *listConsumer) beat(seen *watch) error {
	ctx, cancel := l.limit(l.ctx)
	defer cancel()
	flat, err := beatScript.Run(ctx, l.c, []string{l.k.registry()}, l.me).StringSlice()
	if err != nil {
		return err
	}
	l.well()
	beats := map[string]string{}
	for i := 0; i+1 < len(flat); i += 2 {
		beats[flat[i]] = flat[i+1]
	}
	delete(beats, l.me)
	if err := l.audit(ctx); err != nil {
		return err
	}
	for _, d := range seen.look(time.Now(), beats) {
		if err := l.recover(d); err != nil {
			return err
		}
	}
	return nil
}

// audit finds batches that are ours in Redis, yet neither leased nor under way. A script whose connection was cut may
// still run much later, when a paused server wakes up. A batch that was leased and acknowledged between the two
// readings is taken for one too; reading it finds nothing, which does no harm.
func (l *listConsumer) audit(ctx context.Context) error {
	l.mu.Lock()
	before := make(map[string]bool, len(l.open))
	for n := range l.open {
		before[n] = true
	}
	l.mu.Unlock()
	ours, err := l.c.SMembers(ctx, l.k.index(l.me)).Result()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.stray {
		before[s] = true
	}
	for _, n := range ours {
		if _, open := l.open[n]; !open && !before[n] {
			l.stray = append(l.stray, n)
		}
	}
	return nil
}

// recover gives a dead consumer's batches to whoever pops next, and the message at its door back to the queue.
func (l *listConsumer) recover(d dead) error {
	ctx, cancel := context.WithTimeout(l.ctx, 10*l.o.Timeout)
	defer cancel()
	batches, err := l.c.SMembers(ctx, l.k.index(d.name)).Result()
	if err != nil {
		return err
	}
	for _, b := range batches {
		_, code, err := l.move(ctx, b, d.name, returned, d.beat, false)
		if err != nil || code == 2 { // it lives after all: leave it the rest
			return err
		}
	}
	n, err := putBackScript.Run(ctx, l.c, []string{l.k.registry(), l.k.batch(d.name, landing), l.k.queue, l.k.index(d.name)},
		d.name, d.beat, landing).Int64()
	if err != nil || n < 0 || !d.gone {
		return err
	}
	return forgetScript.Run(ctx, l.c, []string{l.k.registry(), l.k.index(d.name), l.k.batch(d.name, landing)}, d.name, d.beat).Err()
}

// Close gives back what is open and takes this consumer out of the registry. When Redis does not answer, the others
// will do that after the TTL.
func (l *listConsumer) Close() error {
	l.mu.Lock()
	if l.dead {
		l.mu.Unlock()
		return nil
	}
	l.dead = true
	l.mu.Unlock()
	l.stop()
	l.work.Wait()
	err := l.leave()
	l.mon.Down()
	if cerr := l.c.Close(); err == nil && cerr != nil {
		return cerr
	}
	return err
}

func (l *listConsumer) leave() error {
	ctx, cancel := l.limit(context.Background())
	defer cancel()
	batches, err := l.c.SMembers(ctx, l.k.index(l.me)).Result()
	if err != nil {
		return l.classify("leave", err)
	}
	for _, b := range batches {
		if _, _, err := l.move(ctx, b, l.me, returned, "", false); err != nil {
			return l.classify("return a batch to", err)
		}
	}
	err = putBackScript.Run(ctx, l.c, []string{l.k.registry(), l.k.batch(l.me, landing), l.k.queue, l.k.index(l.me)},
		l.me, "", landing).Err()
	if err == nil {
		err = forgetScript.Run(ctx, l.c, []string{l.k.registry(), l.k.index(l.me), l.k.batch(l.me, landing)}, l.me, "").Err()
	}
	if err != nil {
		return l.classify("leave", err)
	}
	return nil
}

var _ broker.Backlogger = (*listConsumer)(nil)

// Status implements broker.Consumer.
func (l *listConsumer) Status() broker.Status { return l.mon.Status() }
