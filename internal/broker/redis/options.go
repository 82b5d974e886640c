// Package redis speaks to Redis as a broker: lists with the lease protocol of docs/redis-protocol.md, streams with
// consumer groups, and channels. It runs on go-redis and imports broker only.
package redis

import (
	"crypto/tls"
	"time"

	"castor/internal/broker"
)

// Options say which server and how. The names follow Logstash's redis plugins.
type Options struct {
	// Hosts are "host", "host:port", "[v6]:port" or the path of a unix socket. A producer uses one and fails over to
	// the next; with Cluster or Sentinel they are the nodes to ask first.
	Hosts        []string
	ShuffleHosts bool // start at a random one
	Port         int  // for hosts that name none; default 6379

	Username string // ACL user; empty for the default user
	Password string
	DB       int
	TLS      *tls.Config // nil for plain TCP; tlsfile.Client makes one of files

	Cluster          bool   // the hosts are nodes of a Redis Cluster
	SentinelMaster   string // the hosts are Sentinels watching this master
	SentinelUsername string
	SentinelPassword string

	Timeout           time.Duration // of connecting and of one exchange; default 5 s
	ReconnectInterval time.Duration // the longest pause between two attempts; default 1 s

	// OnStatus is told each change of health. It must not block.
	OnStatus func(broker.Status)
}

// ProducerOptions configure NewProducer.
type ProducerOptions struct {
	Options
	Kind Kind
	Key  string // list, stream or channel of Push

	// CongestionThreshold holds back pushes to a list (or stream) that has more entries than this; 0 is off.
	CongestionThreshold int64
	CongestionInterval  time.Duration // how often to look; default 1 s

	MaxLen      int64  // of a stream: XADD MAXLEN; 0 is unlimited
	MaxLenExact bool   // = instead of ~
	Field       string // of a stream's entry that holds the message; default "message"

	MaxMessage int  // bytes; larger messages are refused at once; default 512 MiB, Redis' own limit
	NoRetry    bool // Push returns the first error instead of trying again for ever
}

// ConsumerOptions configure NewConsumer.
type ConsumerOptions struct {
	Options
	Kind Kind
	Key  string // list, stream, channel or pattern of channels

	// Name is the readable part of the consumer's name, for people who look into Redis; default the host's name. A
	// random part is always added to a list's consumer.
	Name string

	// TTL is how long a consumer may be silent before another one takes its leases over; default 30 s. Every consumer
	// of a queue should have the same.
	TTL time.Duration

	// MaxBytes bounds a lease; a single message may be larger. Default 16 MiB. Of a stream it is met roughly, by the size of what came before.
	MaxBytes int

	Group         string // of a stream; default "logstash"
	FromBeginning bool   // a new group starts at the stream's first entry instead of the next one
	DeleteAcked   bool   // of a stream: XDEL what is acknowledged
	Field         string // of a stream's entry that holds the message; default "message"

	Buffer int // of a channel: messages held here before the server is told to wait; default 10,000
}

// Kind is Logstash's data_type.
type Kind int

// The kinds.
const (
	List Kind = iota
	Stream
	Channel
	PatternChannel
)

// String is the value of data_type.
func (k Kind) String() string {
	return [...]string{"list", "stream", "channel", "pattern_channel"}[k]
}
