package dlq

import (
	"context"
	"errors"
	"fmt"

	"castor/internal/spool"
)

// batchSize is how many entries are handed over and removed at once.
const batchSize = 500

// Replay hands the entries that match to inject, in batches and in order, and
// removes a batch when inject has returned nil. It stops at the first error
// and at the end of what was there when it began: entries that inject itself
// causes are not replayed in the same run. Entries that do not match stay in
// the queue. It returns how many entries were handed over and removed. Only
// one Replay or Purge may run at a time.
func (q *Queue) Replay(ctx context.Context, f Filter, inject func(context.Context, []Entry) error) (int, error) {
	q.reader.Rewind()
	end := q.log.Stats().Next
	done := 0
	for {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		records, err := q.reader.Next(batchSize)
		if err != nil {
			return done, fmt.Errorf("replay dead letters: %w", err)
		}
		records = before(records, end)
		if len(records) == 0 {
			return done, nil
		}
		chosen, others := split(records, f)
		if len(chosen) > 0 {
			if err := inject(ctx, chosen); err != nil {
				return done, fmt.Errorf("replay dead letters: %w", err)
			}
		}
		if err := q.keep(others); err != nil {
			return done, err
		}
		done += len(chosen)
		if err := q.reader.Ack(records[len(records)-1].Seq); err != nil {
			return done, fmt.Errorf("replay dead letters: %w", err)
		}
	}
}

// Purge removes the entries that match and returns how many they were.
func (q *Queue) Purge(ctx context.Context, f Filter) (int, error) {
	return q.Replay(ctx, f, func(context.Context, []Entry) error { return nil })
}

// keep writes entries that stay to the end of the log, from where they are
// found again when their old place is acknowledged.
func (q *Queue) keep(records [][]byte) error {
	err := q.log.Append(records)
	if errors.Is(err, spool.ErrFull) {
		return fmt.Errorf("replay dead letters: the queue is too full to choose among its entries, replay or purge all of them: %w", err)
	}
	if err != nil {
		return fmt.Errorf("replay dead letters: %w", err)
	}
	return nil
}

func before(records []spool.Record, end uint64) []spool.Record {
	for i, r := range records {
		if r.Seq >= end {
			return records[:i]
		}
	}
	return records
}

func split(records []spool.Record, f Filter) (chosen []Entry, others [][]byte) {
	for _, r := range records {
		if e := decode(r); f.Match(e) {
			chosen = append(chosen, e)
		} else {
			others = append(others, r.Data)
		}
	}
	return chosen, others
}
