package push_test

import (
	"errors"
	"testing"
	"time"

	"castor/internal/broker"
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/output/push"
)

// codec writes an event's id, in another form for brokers; it fails for "bad".
type codec struct{ plugin.NoFlush }

func (codec) Decode(string, func(*event.Event)) {}

func (codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	if e.ID() == "bad" {
		return append(dst, "half of it"...), errors.New("cannot be written")
	}
	return append(dst, e.ID()...), nil
}

type wireCodec struct{ codec }

func (c wireCodec) EncodeWire(dst []byte, e *event.Event) ([]byte, error) {
	return c.Encode(append(dst, "wire:"...), e)
}

func batch(ids ...string) event.Batch {
	var b event.Batch
	for _, id := range ids {
		e := event.New(event.TimeOf(time.Unix(0, 0)))
		e.SetID(id)
		b = append(b, e)
	}
	return b
}

func TestMessages(t *testing.T) {
	msgs, index, failed := push.Encoder{Codec: codec{}}.Messages(batch("one", "bad", "three"))
	if len(msgs) != 2 || string(msgs[0]) != "one" || string(msgs[1]) != "three" || index[0] != 0 || index[1] != 2 {
		t.Errorf("got %q of %v", msgs, index)
	}
	if len(failed) != 1 || failed[0].Index != 1 || !failed[0].Permanent {
		t.Errorf("failed %+v", failed)
	}
	_ = append(msgs[0], "overwrites nothing"...)
	if string(msgs[1]) != "three" {
		t.Errorf("messages share room: %q", msgs[1])
	}
	msgs, _, _ = push.Encoder{Codec: wireCodec{}}.Messages(batch("one"))
	if string(msgs[0]) != "wire:one" {
		t.Errorf("got %q; want the form for brokers", msgs[0])
	}
}

func TestResult(t *testing.T) {
	if err := push.Result(nil, nil, nil); err != nil {
		t.Error(err)
	}
	away := errors.New("away")
	if err := push.Result(away, []int{0}, nil); !errors.Is(err, away) {
		t.Errorf("got %v", err)
	}
	refused := &broker.PushError{Failed: []broker.Failure{{Index: 1, Err: errors.New("too large")}}}
	err := push.Result(refused, []int{0, 2}, []plugin.Failure{{Index: 1, Permanent: true}})
	var partly *plugin.BatchError
	if !errors.As(err, &partly) || len(partly.Failed) != 2 || partly.Failed[0].Index != 1 || partly.Failed[1].Index != 2 || !partly.Failed[1].Permanent {
		t.Errorf("got %v", err)
	}
}
