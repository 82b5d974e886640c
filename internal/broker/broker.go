// Package broker says what a message broker is to the pair: a place where a producer's messages are confirmed and a
// consumer's are leased until they are acknowledged. It knows messages (bytes), never events. The rooms below it (redis,
// rabbitmq) implement it, brokertest holds the one contract test they all pass. It imports the standard library only.
package broker

import (
	"context"
	"errors"
	"time"
)

// Producer hands messages to a broker.
type Producer interface {
	// Push returns nil when the broker has confirmed every message. While the broker is away, full or refuses for a
	// reason an operator can mend, Push waits and tries again, for as long as ctx allows (see Retry in the options of the
	// implementations to get the error at once instead); Status says meanwhile what it waits for.
	//
	// Messages that can never be accepted (too large, for instance) come back as a *PushError that names them; the
	// others of the batch are confirmed then. Any other error means that no message is known to be confirmed.
	//
	// When a connection is cut between sending and confirmation the outcome is unknown and the messages are sent again:
	// a message may be in the queue twice, never not at all. Events carry ids, so the index has them once.
	//
	// Push is safe for concurrent use. It keeps msgs only until it returns.
	Push(ctx context.Context, msgs [][]byte) error
	// Status is the producer's health now.
	Status() Status
	// Close ends the connections. A Push under way returns ErrClosed.
	Close() error
}

// Consumer leases messages from a broker.
type Consumer interface {
	// Pop leases up to max messages, waiting at most wait for the first one. Without any it returns ErrEmpty. While
	// the broker is away it goes on trying for wait, then returns what is wrong (an *Error); calling it again goes on.
	// Pop is safe for concurrent use, so several leases can be open at once.
	Pop(ctx context.Context, max int, wait time.Duration) (Lease, error)
	// Status is the consumer's health now.
	Status() Status
	// Close ends the connections. Leases that are neither acknowledged nor refused go back to the broker and will be
	// delivered again, to this consumer's successor or to another one.
	Close() error
}

// Queue is both ends at once, which is what the contract test and the embedded broker need.
type Queue interface {
	Producer
	Consumer
}

// Lease is a batch of messages that belongs to this consumer until it acknowledges or refuses it. Its methods may be
// called from any goroutine, but Ack or Nack only once.
type Lease interface {
	// Messages are the messages in the queue's order. They may be changed by the caller; nobody else reads them.
	Messages() [][]byte
	// ID names message i so that a redelivery of the same message, to whichever consumer, has the same id. It is empty
	// where the broker gives no such name (a channel, for instance).
	ID(i int) string
	// Source is where message i came from: the list, stream or channel in Redis, the routing key in RabbitMQ.
	Source(i int) string
	// Redelivered says whether message i may have been delivered before.
	Redelivered(i int) bool
	// Ack removes the messages from the broker. ErrFenced means that another consumer has taken the lease over because
	// this one seemed dead: it will do (or has done) the work, and there is nothing left to do here.
	Ack(ctx context.Context) error
	// Nack gives the messages back: they are delivered again, with the same ids where there are ids. cause goes into
	// the status and may be nil.
	Nack(ctx context.Context, cause error) error
}

// Backlogger is implemented by consumers that can tell what waits in their queue. It asks the broker.
type Backlogger interface {
	Backlog(ctx context.Context) (Backlog, error)
}

// Backlog is what a queue holds at one moment.
type Backlog struct {
	Ready  int64  // messages that nobody has taken
	Leased int64  // messages taken and not acknowledged: by whoever, or by us alone where the broker tells no more
	Oldest []byte // of the ready messages the one that is next; nil where there is none, or the broker cannot show it
}

var (
	// ErrEmpty is Pop's answer when nothing came within the wait.
	ErrEmpty = errors.New("queue is empty")
	// ErrClosed is the answer of a producer or consumer after Close.
	ErrClosed = errors.New("broker connection is closed")
	// ErrFenced is Ack's and Nack's answer when the lease belongs to another consumer by now.
	ErrFenced = errors.New("lease was taken over by another consumer")
)
