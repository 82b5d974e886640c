package rabbitmq

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"castor/internal/broker"
	"castor/internal/broker/brokertest"
	"castor/internal/testkit/servers"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servers.Cleanup()
	if code == 0 {
		if err := goleak.Find(goleak.IgnoreTopFunction("castor/internal/testkit/servers.init.func1.1")); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

func producer(t testing.TB, o ProducerOptions) *Producer {
	t.Helper()
	p, err := NewProducer(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func consumer(t testing.TB, o ConsumerOptions) *Consumer {
	t.Helper()
	c, err := NewConsumer(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func contract(t *testing.T, args map[string]any) {
	srv := servers.RabbitMQ(t)
	brokertest.Run(t, func(t *testing.T) brokertest.Broker {
		o := Options{Hosts: []string{srv.Addr}}
		q := Queue{Name: "q." + t.Name(), Durable: true, Arguments: args}
		// Ends that declare a quorum queue at the same time may be refused at first, which they outlast, but the contract is about a queue that is there.
		first := producer(t, ProducerOptions{Options: o, Key: q.Name, Queue: &q})
		until(t, "the queue is there", func() bool { return first.Status().State == broker.Connected })
		return brokertest.Broker{
			NackAtTail: true, // what is prefetched comes first
			Producer: func(t *testing.T) broker.Producer {
				return producer(t, ProducerOptions{Options: o, Key: q.Name, Persistent: true, Queue: &q})
			},
			Consumer: func(t *testing.T) broker.Consumer {
				return consumer(t, ConsumerOptions{Options: o, Queue: q, Identity: IdentityContent})
			},
		}
	})
}

func TestClassicContract(t *testing.T) { contract(t, nil) }

func TestQuorumContract(t *testing.T) {
	contract(t, map[string]any{"x-queue-type": "quorum"})
}
