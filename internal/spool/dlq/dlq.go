// Package dlq is the indexer's dead-letter queue: events that an output or a
// filter can never deliver, with the reason, on disk until somebody has looked.
//
// It stands on the spool and knows no plugin: whoever gives an event up fills
// an Entry. What an operator does with the queue (list, show, replay, purge)
// are functions on a folder or on the open queue, so that the command line and
// the pages stay thin.
package dlq

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"castor/internal/spool"
)

// cursorName is the reader whose position divides what is left from what was
// replayed or purged.
const cursorName = "dlq"

// Entry is one dead letter.
type Entry struct {
	Seq        uint64          `json:"-"`                     // its number in the queue, set when read
	Time       time.Time       `json:"time"`                  // of giving up; Write fills it in when zero
	Reason     string          `json:"reason"`                // what the engine or the filter said
	Pipeline   string          `json:"pipeline,omitempty"`    // pipeline id
	PluginType string          `json:"plugin_type,omitempty"` // elasticsearch, grok, ...
	PluginID   string          `json:"plugin_id,omitempty"`
	Index      string          `json:"index,omitempty"`  // where the document should have gone
	Field      string          `json:"field,omitempty"`  // that the engine refused
	Status     int             `json:"status,omitempty"` // HTTP status of the item, 0 when none
	Event      json.RawMessage `json:"event"`            // as on the broker, with @metadata
}

// Options of a queue. The limits' names are Logstash's
// (dead_letter_queue.max_bytes, .retain.age, .storage_policy).
type Options struct {
	MaxBytes  int64         // 1 GiB when 0
	RetainAge time.Duration // 0: for ever
	DropOlder bool          // at MaxBytes delete the oldest entries; else drop the new ones
	Logger    *slog.Logger  // slog.Default() when nil
}

// Queue is an open dead-letter queue; its methods may be called from any
// goroutine.
type Queue struct {
	log     *spool.Log
	reader  *spool.Reader
	logger  *slog.Logger
	written atomic.Uint64
	refused atomic.Uint64
	full    atomic.Bool
}

// Open opens the queue in dir. One process at a time has it open; Groups, List
// and Show work beside it.
func Open(dir string, o Options) (*Queue, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 30
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	overflow := spool.Refuse
	if o.DropOlder {
		overflow = spool.DropOldest
	}
	log, err := spool.Open(dir, spool.Options{
		SegmentBytes: 16 << 20, MaxBytes: o.MaxBytes, MaxAge: o.RetainAge, Overflow: overflow, Logger: o.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("open the dead-letter queue: %w", err)
	}
	reader, err := log.Reader(cursorName)
	if err != nil {
		log.Close()
		return nil, fmt.Errorf("open the dead-letter queue: %w", err)
	}
	return &Queue{log: log, reader: reader, logger: o.Logger}, nil
}

// Write puts the entries on disk. At the size limit without DropOlder they are
// dropped, counted and reported in the log once per occasion, as the
// configuration asks. Any other failure is returned, and then nothing was
// written: the caller must not let go of the events.
func (q *Queue) Write(entries ...Entry) error {
	records := make([][]byte, 0, len(entries))
	for _, e := range entries {
		b, err := e.encode()
		if err != nil {
			return fmt.Errorf("write a dead letter: %w", err)
		}
		records = append(records, b)
	}
	err := q.log.Append(records)
	if errors.Is(err, spool.ErrFull) {
		q.refused.Add(uint64(len(entries)))
		if !q.full.Swap(true) {
			q.logger.Error("dead letters are being dropped: the queue has reached its size limit; "+
				"replay or purge it, raise dead_letter_queue.max_bytes, or set storage_policy to drop_older",
				"dir", q.log.Dir(), "reason", entries[0].Reason)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("write a dead letter: %w", err)
	}
	q.full.Store(false)
	q.written.Add(uint64(len(entries)))
	return nil
}

func (e Entry) encode() ([]byte, error) {
	if e.Time.IsZero() {
		e.Time = time.Now().UTC()
	}
	if !json.Valid(e.Event) {
		// An event that is no JSON is still evidence: keep it as a string.
		quoted, err := json.Marshal(string(e.Event))
		if err != nil {
			return nil, err
		}
		e.Event = quoted
	}
	return json.Marshal(e)
}

func decode(r spool.Record) Entry {
	var e Entry
	if err := json.Unmarshal(r.Data, &e); err != nil {
		e = Entry{Time: r.Time, Reason: "the dead letter itself cannot be read: " + err.Error()}
		e.Event, _ = json.Marshal(string(r.Data))
	}
	e.Seq = r.Seq
	return e
}

// Stats are the queue's figures; the counters start at Open.
type Stats struct {
	Entries       uint64 // in the queue now
	Bytes         int64  // on disk
	Written       uint64
	DroppedNewer  uint64 // refused at the size limit
	DroppedBySize uint64 // deleted at the size limit with DropOlder
	DroppedByAge  uint64 // deleted by RetainAge
	Corrupt       uint64 // unreadable on disk
}

// Stats returns the queue's figures and applies RetainAge.
func (q *Queue) Stats() Stats {
	q.log.Trim()
	s := q.log.Stats()
	return Stats{
		Entries: q.reader.Depth(), Bytes: s.Bytes, Written: q.written.Load(), DroppedNewer: q.refused.Load(),
		DroppedBySize: s.DroppedBySize, DroppedByAge: s.DroppedByAge, Corrupt: s.Corrupt,
	}
}

// Close closes the queue.
func (q *Queue) Close() error { return q.log.Close() }
