package main

import (
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// aCase is one thing to measure.
type aCase struct {
	name    string
	program string
	config  string
	events  int           // when so many came out it is done
	poll    time.Duration // how often to count them; 20 ms where it is missing
	prepare func() error
	count   func() (int, error)
}

func (b *bench) cases() []aCase {
	input := func(file, options string) string {
		return fmt.Sprintf(`input { file { path => "%s/%s" start_position => "beginning" sincedb_path => "/dev/null" type => "app" %s } }`, b.dir, file, options)
	}
	output := fmt.Sprintf(`output { redis { host => "127.0.0.1" port => %d data_type => "list" key => "%s" } }`, b.port, shipped)
	ship := func(name string, events int, config string) aCase {
		return aCase{name: "ship: " + name, program: "castor-shipper", config: config, events: events, prepare: b.emptyList, count: b.listed}
	}
	const joins = `pattern => "^%{TIMESTAMP_ISO8601} " negate => true what => "previous"`
	list := []aCase{
		ship("access log to a Redis list", b.o.lines, input("access.log", "")+output),
		ship("the same through an if and a mutate", b.o.lines, input("access.log", "")+
			`filter { if [type] == "app" and [message] =~ "HTTP/1" { mutate { add_field => { "site" => "shop" } } } else { drop { } } }`+output),
		ship("multi-line codec, Java log", b.messages, input("java.log", `codec => multiline { `+joins+` auto_flush_interval => 1 }`)+output),
		ship("multi-line filter, Java log", b.messages, input("java.log", "")+`filter { multiline { `+joins+` max_age => 1 } }`+output),
	}
	if b.o.rabbit != "" {
		list = append(list, b.toRabbit(input("access.log", "")))
	}
	return append(list,
		b.index("grok, date, bulk", ""),
		b.index("grok, date, geoip, bulk", fmt.Sprintf(`geoip { source => "clientip" database => "%s/city.mmdb" }`, b.dir)),
		b.index("grok, date, geoip, useragent, bulk", fmt.Sprintf(`geoip { source => "clientip" database => "%s/city.mmdb" } useragent { source => "agent" target => "ua" }`, b.dir)),
	)
}

func (b *bench) index(name, filters string) aCase {
	config := fmt.Sprintf(`
input { redis { host => "127.0.0.1" port => %d data_type => "list" key => "%s" } }
filter {
  grok { match => { "message" => "%%{COMBINEDAPACHELOG}" } }
  date { match => [ "timestamp", "dd/MMM/yyyy:HH:mm:ss Z" ] remove_field => [ "timestamp" ] }
  %s
}
output { elasticsearch { hosts => ["%s"] } }`, b.port, shipped, filters, b.sink.url)
	return aCase{name: "index: " + name, program: "castor-indexer", config: config, events: b.o.lines, prepare: b.fillList,
		count: func() (int, error) { return b.sink.documents(), nil }}
}

// The lists in Redis: what a shipper fills and an indexer empties, and a copy of it that stays.
const (
	shipped = "shipped"
	master  = "master"
)

func (b *bench) emptyList() error { return b.redis.Unlink(context.Background(), shipped).Err() }

func (b *bench) listed() (int, error) {
	n, err := b.redis.LLen(context.Background(), shipped).Result()
	return int(n), err
}

// fillList gives the indexer what the first case ships.
func (b *bench) fillList() error {
	ctx := context.Background()
	b.sink.reset()
	if n, err := b.redis.Exists(ctx, master).Result(); err != nil || n > 0 {
		return b.copyList(err)
	}
	if _, err := b.run(b.cases()[0], b.o.bins[len(b.o.bins)-1]); err != nil {
		return err
	}
	return b.copyList(b.redis.Rename(ctx, shipped, master).Err())
}

func (b *bench) copyList(err error) error {
	if err != nil {
		return err
	}
	return b.redis.Copy(context.Background(), master, shipped, 0, true).Err()
}

// toRabbit ships to a queue of its own.
func (b *bench) toRabbit(input string) aCase {
	const queue = "castor-bench"
	config := input + fmt.Sprintf(`output { rabbitmq { %s exchange => "" exchange_type => "direct" key => "%s" durable => true persistent => true } }`, rabbitOptions(b.o.rabbit), queue)
	return aCase{name: "ship: access log to RabbitMQ, confirmed", program: "castor-shipper", config: config, events: b.o.lines,
		poll: 200 * time.Millisecond, // to ask costs the broker more than it costs Redis
		prepare: func() error {
			return withQueue(b.o.rabbit, queue, func(ch *amqp.Channel, _ amqp.Queue) error { _, err := ch.QueuePurge(queue, false); return err })
		},
		count: func() (n int, err error) {
			err = withQueue(b.o.rabbit, queue, func(_ *amqp.Channel, q amqp.Queue) error { n = q.Messages; return nil })
			return n, err
		}}
}

func withQueue(url, name string, do func(*amqp.Channel, amqp.Queue) error) error {
	c, err := amqp.Dial(url)
	if err != nil {
		return fmt.Errorf("reach RabbitMQ: %w", err)
	}
	defer func() { _ = c.Close() }()
	ch, err := c.Channel()
	if err != nil {
		return err
	}
	q, err := ch.QueueDeclare(name, true, false, false, false, nil)
	if err != nil {
		return err
	}
	return do(ch, q)
}

func rabbitOptions(url string) string {
	u, err := amqp.ParseURI(url)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(`host => "%s" port => %d user => "%s" password => "%s"`, u.Host, u.Port, u.Username, u.Password)
}
