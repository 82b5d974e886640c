package rabbitmq

import (
	"context"
	"strings"
	"testing"
	"time"

	"castor/internal/broker"
	"castor/internal/testkit/servers"
)

// TestQuorumOfThree: a queue on three nodes, of which the one that leads it is killed while it is written and read, and comes back. Nothing is lost, and both sides find
// a node that lives.
func TestQuorumOfThree(t *testing.T) {
	nodes := servers.RabbitMQCluster(t, 3)
	o := Options{ReconnectInterval: 200 * time.Millisecond, ConnectionTimeout: 2 * time.Second}
	for _, n := range nodes {
		o.Hosts = append(o.Hosts, n.Addr)
	}
	q := Queue{Name: "q.three", Durable: true, Arguments: map[string]any{"x-queue-type": "quorum"}}
	p := producer(t, ProducerOptions{Options: o, Key: q.Name, Persistent: true, Queue: &q})
	mustPush(t, p, numbers(0, 20))
	until(t, "all nodes have the queue", func() bool {
		return strings.Count(nodes[0].Ctl(t, "list_queues", "online", "--silent"), "castor") == 3
	})
	c := consumer(t, ConsumerOptions{Options: o, Queue: q})
	pump(t, p, c, 6000, func() {
		time.Sleep(500 * time.Millisecond)
		i := leader(t, nodes)
		nodes[i].Kill()
		time.Sleep(2 * time.Second)
		if err := nodes[i].Start(); err != nil {
			t.Error(err)
		}
	})
	if p.Status().Counts.Errors+c.Status().Counts.Errors == 0 {
		t.Error("the faults did not reach us")
	}
}

// leader is the place of the node that leads the only queue.
func leader(t *testing.T, nodes []*servers.RabbitMQServer) int {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		text := nodes[0].Ctl(t, "list_queues", "leader", "--silent")
		for i, n := range nodes {
			if strings.Contains(text, n.Name) {
				return i
			}
		}
	}
	t.Fatal("the queue has no leader")
	return 0
}

// TestConfirmsThatDoNotCome: a queue that stands still, of which the broker says nothing, turns the status yellow with a reason; the messages are sent again on a new
// connection, and when the queue goes on they come.
func TestConfirmsThatDoNotCome(t *testing.T) {
	srv := servers.OwnRabbitMQ(t, "")
	o := Options{Hosts: []string{srv.Addr}, ReconnectInterval: 100 * time.Millisecond, Patience: time.Second}
	q := Queue{Name: "still", Durable: true, Arguments: map[string]any{"x-queue-type": "quorum"}}
	p := producer(t, ProducerOptions{Options: o, Key: q.Name, Persistent: true, Queue: &q})
	mustPush(t, p, numbers(0, 10))
	srv.Ctl(t, "eval", "sys:suspend(whereis('%2F_still')).")
	done := make(chan error, 1)
	go func() { done <- p.Push(context.Background(), numbers(10, 10)) }()
	until(t, "it is told", func() bool { return p.Status().Class == broker.Timeout })
	if s := p.Status(); s.State != broker.Congested || !strings.Contains(s.Reason, "does not confirm") {
		t.Errorf("status %+v", s)
	}
	connects := p.Status().Counts.Connects
	until(t, "the session ends", func() bool { s := p.Status(); return s.State == broker.Connecting || s.Counts.Connects > connects })
	srv.Ctl(t, "eval", "sys:resume(whereis('%2F_still')).")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	until(t, "connected", func() bool { return p.Status().State == broker.Connected })
	collect(t, consumer(t, ConsumerOptions{Options: Options{Hosts: o.Hosts}, Queue: q}), 20)
}
