// Package push has what the outputs that write to a broker share: encoding events to messages, and the broker's
// refusals as failures of a batch.
package push

import (
	"errors"

	"castor/internal/broker"
	"castor/internal/event"
	"castor/internal/plugin"
)

// Encoder encodes events for a broker.
type Encoder struct{ Codec plugin.Codec }

// Encode appends the event to dst. A codec with a form of its own for brokers, with the event's identity in it, is asked for that.
func (c Encoder) Encode(dst []byte, e *event.Event) ([]byte, error) {
	if w, ok := c.Codec.(plugin.WireEncoder); ok {
		return w.EncodeWire(dst, e)
	}
	return c.Codec.Encode(dst, e)
}

// Messages encodes a batch into one buffer. index says which event a message is; events that cannot be encoded are in failed.
func (c Encoder) Messages(b event.Batch) (msgs [][]byte, index []int, failed []plugin.Failure) {
	buf := make([]byte, 0, len(b)*perMessage)
	ends := make([]int, 0, len(b))
	for i, e := range b {
		dst, err := c.Encode(buf, e)
		if err != nil {
			failed = append(failed, plugin.Failure{Index: i, Err: err, Permanent: true})
			continue
		}
		buf = dst
		ends, index = append(ends, len(buf)), append(index, i)
	}
	msgs = make([][]byte, len(ends))
	from := 0
	for i, end := range ends {
		msgs[i] = buf[from:end:end]
		from = end
	}
	return msgs, index, failed
}

// perMessage is a guess at an encoded event's size.
const perMessage = 400

// Result turns what a broker's push returned into what an output's Write returns.
func Result(err error, index []int, failed []plugin.Failure) error {
	var refused *broker.PushError
	switch {
	case errors.As(err, &refused):
		for _, f := range refused.Failed {
			failed = append(failed, plugin.Failure{Index: index[f.Index], Err: f.Err, Permanent: true})
		}
	case err != nil:
		return err
	}
	if len(failed) > 0 {
		return &plugin.BatchError{Failed: failed}
	}
	return nil
}
