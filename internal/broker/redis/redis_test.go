package redis

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"castor/internal/broker"
	"castor/internal/broker/brokertest"
	"castor/internal/testkit/servers"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("castor/internal/testkit/servers.init.func1.1"))
}

// producer and consumer are closed at the test's end.
func producer(t testing.TB, o ProducerOptions) *Producer {
	t.Helper()
	p, err := NewProducer(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func consumer(t testing.TB, o ConsumerOptions) broker.Consumer {
	t.Helper()
	c, err := NewConsumer(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestListContract(t *testing.T) {
	srv := servers.Redis(t)
	brokertest.Run(t, func(t *testing.T) brokertest.Broker {
		o := Options{Hosts: []string{srv.Addr}}
		key := "logstash:" + t.Name()
		return brokertest.Broker{
			Producer: func(t *testing.T) broker.Producer { return producer(t, ProducerOptions{Options: o, Key: key}) },
			Consumer: func(t *testing.T) broker.Consumer {
				return consumer(t, ConsumerOptions{Options: o, Key: key, TTL: 4 * time.Second})
			},
		}
	})
}

func TestStreamContract(t *testing.T) {
	srv := servers.Redis(t)
	brokertest.Run(t, func(t *testing.T) brokertest.Broker {
		o := Options{Hosts: []string{srv.Addr}}
		key := "stream:" + t.Name()
		return brokertest.Broker{
			NackAtTail: true,
			Producer: func(t *testing.T) broker.Producer {
				return producer(t, ProducerOptions{Options: o, Kind: Stream, Key: key})
			},
			Consumer: func(t *testing.T) broker.Consumer {
				return consumer(t, ConsumerOptions{Options: o, Kind: Stream, Key: key, TTL: 2 * time.Second, FromBeginning: true, DeleteAcked: true})
			},
		}
	})
}
