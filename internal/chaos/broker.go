package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"castor/internal/testkit/servers"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// node is a broker that can be broken. Its name is what -broker takes.
type node interface {
	address() string
	pid() int
	pause()
	resume()
	// kill ends it by SIGKILL; restart brings it back and returns the numbers of the lines that it has forgotten.
	kill()
	restart() (forgotten []int64, err error)
	end()
	// conf are the shipper's output and the indexer's input for a broker at this port.
	conf(port string) (output, input string)
}

// brokers are the kinds, in the order in which seeds choose them.
var brokers = []string{"redis", "rabbitmq", "redis-forgetful"}

func startBroker(kind, dir string) (node, error) {
	switch kind {
	case "redis":
		return startRedis(dir, "always", false)
	case "redis-forgetful":
		return startRedis(dir, "no", true)
	case "rabbitmq":
		return startRabbit()
	}
	return nil, fmt.Errorf("there is no broker %q: it is one of %v", kind, brokers)
}

// redisNode keeps an append-only file. A forgetful one starts empty after a kill, as one without persistence does; its file
// then tells exactly what it held when it died.
type redisNode struct {
	*servers.RedisServer
	forgetful bool
	lives     int
}

func startRedis(dir, fsync string, forgetful bool) (node, error) {
	if servers.Find("redis-server") == "" {
		return nil, fmt.Errorf("redis-server is not installed: apt-get install redis-server")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	r, err := servers.NewRedis(dir, "--appendonly", "yes", "--appendfsync", fsync)
	if err != nil {
		return nil, err
	}
	return &redisNode{RedisServer: r, forgetful: forgetful}, nil
}

func (r *redisNode) address() string { return r.Addr }
func (r *redisNode) pid() int        { return r.Pid() }
func (r *redisNode) pause()          { _ = r.Pause() }
func (r *redisNode) resume()         { _ = r.Resume() }
func (r *redisNode) kill()           { r.Kill() }
func (r *redisNode) end()            { r.Stop(time.Second) }

func (r *redisNode) restart() ([]int64, error) {
	if !r.forgetful {
		return nil, r.Launch()
	}
	r.lives++
	grave := filepath.Join(r.Dir, fmt.Sprintf("life-%d", r.lives))
	if err := os.MkdirAll(grave, 0o700); err != nil {
		return nil, err
	}
	if err := os.Rename(filepath.Join(r.Dir, "appendonlydir"), filepath.Join(grave, "appendonlydir")); err != nil {
		return nil, err
	}
	if err := r.Launch(); err != nil {
		return nil, err
	}
	return exhume(grave)
}

// exhume starts a server on a dead one's file and reads the numbers of all lines in it.
func exhume(dir string) ([]int64, error) {
	r, err := servers.NewRedis(dir, "--appendonly", "yes")
	if err != nil {
		return nil, err
	}
	defer r.Stop(time.Second)
	ctx := context.Background()
	c := redis.NewClient(&redis.Options{Addr: r.Addr, ReadTimeout: time.Minute})
	defer c.Close()
	keys, err := c.Keys(ctx, "*").Result()
	if err != nil {
		return nil, err
	}
	var numbers []int64
	for _, key := range keys {
		if kind, err := c.Type(ctx, key).Result(); err != nil || kind != "list" {
			continue
		}
		for at := int64(0); ; at += 500 {
			messages, err := c.LRange(ctx, key, at, at+499).Result()
			if err != nil {
				return nil, err
			}
			for _, m := range messages {
				if n, ok := numberIn(m); ok {
					numbers = append(numbers, n)
				}
			}
			if len(messages) < 500 {
				break
			}
		}
	}
	return numbers, nil
}

var numberPattern = regexp.MustCompile(`"message":"#(\d+) `)

func numberIn(message string) (int64, bool) {
	m := numberPattern.FindStringSubmatch(message)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return n, err == nil
}

func (r *redisNode) conf(port string) (output, input string) {
	return `redis { host => "127.0.0.1" port => ` + port + ` data_type => "list" key => "chaos" timeout => 3 reconnect_interval => 1 }`,
		`redis { host => "127.0.0.1" port => ` + port + ` data_type => "list" key => "chaos" timeout => 3 lease_ttl => 3 }`
}

// rabbitNode has one durable queue behind a fanout exchange.
type rabbitNode struct{ *servers.RabbitMQServer }

func startRabbit() (node, error) {
	s, err := servers.NewRabbitMQ("")
	if err != nil {
		return nil, err
	}
	if err := declare(s.Addr); err != nil {
		s.End()
		return nil, err
	}
	return &rabbitNode{s}, nil
}

// declare makes the queue first: an exchange without a queue throws messages away, and says so to nobody.
func declare(addr string) error {
	c, err := amqp.Dial("amqp://guest:guest@" + addr + "/")
	if err != nil {
		return err
	}
	defer c.Close()
	ch, err := c.Channel()
	if err == nil {
		err = ch.ExchangeDeclare("chaos", "fanout", true, false, false, false, nil)
	}
	if err == nil {
		_, err = ch.QueueDeclare("chaos", true, false, false, false, nil)
	}
	if err == nil {
		err = ch.QueueBind("chaos", "", "chaos", false, nil)
	}
	return err
}

func (r *rabbitNode) address() string { return r.Addr }
func (r *rabbitNode) pid() int        { return r.Pid() }
func (r *rabbitNode) pause()          { _ = syscall.Kill(-r.Pid(), syscall.SIGSTOP) }
func (r *rabbitNode) resume()         { _ = syscall.Kill(-r.Pid(), syscall.SIGCONT) }
func (r *rabbitNode) kill()           { r.Kill() }
func (r *rabbitNode) end()            { r.End() }

func (r *rabbitNode) restart() ([]int64, error) { return nil, r.Start() }

func (r *rabbitNode) conf(port string) (output, input string) {
	const both = ` exchange => "chaos" exchange_type => "fanout" durable => true heartbeat => 5 connection_timeout => 3000 `
	return `rabbitmq { host => "127.0.0.1" port => ` + port + both + `persistent => true }`,
		`rabbitmq { host => "127.0.0.1" port => ` + port + both + `queue => "chaos" ack => true prefetch_count => 2000 }`
}
