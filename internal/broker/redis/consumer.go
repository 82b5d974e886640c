package redis

import (
	"errors"
	"time"

	"castor/internal/broker"
)

// NewConsumer checks the options and starts to consume: a list by the lease protocol, a stream by its consumer group, a
// channel by subscription (which knows no acknowledgement: what arrives while nobody listens, or dies with us, is gone).
func NewConsumer(o ConsumerOptions) (broker.Consumer, error) {
	if err := o.Options.defaults(); err != nil {
		return nil, err
	}
	if o.Key == "" {
		return nil, errors.New("redis: key is empty")
	}
	if o.Name == "" {
		o.Name = hostName()
	}
	if o.TTL <= 0 {
		o.TTL = 30 * time.Second
	}
	if o.TTL < 2*block {
		return nil, errors.New("redis: the lease's time to live must be at least 2 s")
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 16 << 20
	}
	mon := &broker.Monitor{OnChange: o.OnStatus}
	switch o.Kind {
	case List:
		return newListConsumer(o, mon)
	case Stream:
		if o.Group == "" {
			o.Group = "logstash"
		}
		if o.Field == "" {
			o.Field = "message"
		}
		return newStreamConsumer(o, mon), nil
	case Channel, PatternChannel:
		return newChannelConsumer(o, mon), nil
	}
	return nil, errors.New("redis: no such kind")
}
