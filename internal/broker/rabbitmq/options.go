// Package rabbitmq speaks AMQP 0-9-1 to RabbitMQ as a broker: publisher confirms on one side, manual acknowledgement
// on the other, and a supervisor that reconnects and declares the topology again. It runs on amqp091-go and imports
// broker only.
package rabbitmq

import (
	"crypto/tls"
	"time"

	"castor/internal/broker"
)

// Options say which server and how. The names follow Logstash's rabbitmq plugins.
type Options struct {
	Hosts    []string    // "host", "host:port" or "[v6]:port"; the next one is tried when one fails
	Port     int         // for hosts that name none; default 5672, with TLS 5671
	User     string      // default "guest"
	Password string      // default "guest" when User is empty
	VHost    string      // default "/"
	TLS      *tls.Config // nil for plain TCP; tlsfile.Client makes one of files

	Heartbeat         time.Duration // default 10 s, at least 1 s
	ConnectionTimeout time.Duration // default 5 s
	ReconnectInterval time.Duration // connect_retry_interval: the longest pause between two attempts; default 1 s
	Patience          time.Duration // how long the broker may take to declare and to confirm before that is told; default 30 s
	ConnectionName    string        // as the management pages show it; default the host's and the program's name

	// OnStatus is told each change of health. It must not block.
	OnStatus func(broker.Status)
}

// Exchange is declared (or checked, when Passive) at each connection.
type Exchange struct {
	Name       string
	Type       string // direct, fanout, topic, headers, x-consistent-hash, x-modulus-hash, …
	Durable    bool
	AutoDelete bool
	Passive    bool
	Arguments  map[string]any
}

// Queue is declared (or checked, when Passive) at each connection.
type Queue struct {
	Name       string // empty for one that the server names (exclusive ones, usually)
	Durable    bool
	AutoDelete bool
	Exclusive  bool
	Passive    bool
	Arguments  map[string]any // "x-queue-type": "quorum", …
}

// Properties are a message's, as in message_properties. Zero values are not sent.
type Properties struct {
	ContentType, ContentEncoding, CorrelationID, ReplyTo, Expiration, MessageID, Type, UserID, AppID string
	Priority                                                                                         uint8
	Timestamp                                                                                        time.Time
	Headers                                                                                          map[string]any
}

// Message is one message with its own routing.
type Message struct {
	Body       []byte
	Key        string      // routing key
	Properties *Properties // nil for the producer's
}

// ProducerOptions configure NewProducer.
type ProducerOptions struct {
	Options
	Exchange   Exchange   // an empty name is the default exchange: Key is a queue's name then, and nothing is declared
	Key        string     // routing key of Push
	Persistent bool       // delivery mode 2
	Mandatory  bool       // what no queue takes is returned, counted and tried again instead of vanishing
	Properties Properties // of every message that brings none

	Queue      *Queue // declare and bind this queue to Exchange with Key, so that nothing is lost before a consumer came
	MaxMessage int    // bytes; larger messages are refused at once; default 128 MiB, RabbitMQ 3.8's limit; 16 MiB in 4.0
	Window     int    // messages of one Push sent and not yet confirmed; default 4,096, with Mandatory 1,024
	NoRetry    bool   // Push returns the first error instead of trying again for ever
}

// ConsumerOptions configure NewConsumer.
type ConsumerOptions struct {
	Options
	Queue    Queue
	Prefetch int // prefetch_count: messages leased and not acknowledged; default 256

	// Exchange, when named, is bound to the queue with each of Keys. With a Type it is declared too.
	Exchange     Exchange
	Keys         []string
	BindArgs     map[string]any // of a headers exchange
	ConsumerTag  string
	ConsumerArgs map[string]any // "x-priority", "x-stream-offset", …

	AutoAck  bool     // ack => false in Logstash: the broker forgets a message as it sends it; what dies with us is lost
	Identity Identity // of messages without a message-id
}

// Identity says what ID gives for a message that has no message-id.
type Identity int

// The identities.
const (
	// IdentityAuto is IdentityContent for messages that carry a time of their own ("@timestamp" in a JSON object), and
	// no id for others: two equal lines without a time are two lines, not one delivered twice.
	IdentityAuto Identity = iota
	// IdentityContent is a digest of the body. Equal bodies leased by one consumer are numbered apart, but two equal
	// bodies that reach two consumers have one id.
	IdentityContent
	// IdentityNone gives no id: after a crash what was not acknowledged is indexed twice.
	IdentityNone
)

// Metadata is what a delivery says beside its body, for [@metadata][rabbitmq_properties] and [@metadata][rabbitmq_headers].
type Metadata struct {
	Exchange, RoutingKey, ConsumerTag string
	Redelivered                       bool
	Persistent                        bool
	Properties                        Properties
}
