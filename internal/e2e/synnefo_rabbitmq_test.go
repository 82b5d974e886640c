package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"castor/internal/testkit/engines"
	"castor/internal/testkit/servers"
)

// exchanged is a configuration with one of its lines, which is a whole block, exchanged.
func exchanged(t *testing.T, name, begin, block string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(scenario, name))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	found := 0
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), begin) {
			lines[i] = block
			found++
		}
	}
	if found != 1 {
		t.Fatalf("%s has %d lines that begin with %q", name, found, begin)
	}
	return write(t, name, strings.Join(lines, "\n"))
}

// queueOf declares a durable queue behind a fanout exchange, both of them with that name.
func queueOf(t *testing.T, s *servers.RabbitMQServer, name string) *amqp.Channel {
	t.Helper()
	c, err := amqp.Dial("amqp://guest:guest@" + s.Addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	ch, err := c.Channel()
	if err == nil {
		err = ch.ExchangeDeclare(name, "fanout", true, false, false, false, nil)
	}
	if err == nil {
		_, err = ch.QueueDeclare(name, true, false, false, false, nil)
	}
	if err == nil {
		err = ch.QueueBind(name, "", name, false, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// waiting is the number of messages in a queue that nobody has.
func waiting(t *testing.T, ch *amqp.Channel, queue string) int {
	t.Helper()
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q.Messages
}

// TestSynnefoRabbitMQ exchanges nothing but the broker's two blocks.
func TestSynnefoRabbitMQ(t *testing.T) {
	e, s := engines.Need(t, "es9"), servers.RabbitMQ(t)
	const name = "synnefo"
	ch := queueOf(t, s, name)
	shipper := exchanged(t, "shipper.conf", "redis {", fmt.Sprintf(
		`rabbitmq { host => "127.0.0.1" port => %d exchange => %q exchange_type => "fanout" durable => true persistent => true }`, s.Port, name))
	indexer := exchanged(t, "indexer.conf", "redis {", fmt.Sprintf(
		`rabbitmq { host => "127.0.0.1" port => %d queue => %q durable => true ack => true }`, s.Port, name))
	want, logs := loadRecorded(t), copyLogs(t)
	env := []string{"LOGS=" + logs, "STATE=" + t.TempDir(), fmt.Sprintf("COLLECTD_PORT=%d", servers.FreePort(t))}
	began := time.Now()
	ship := start(t, "shipper", env, "-f", shipper)
	eventually(t, 30*time.Second, "every event is in the queue", func() (bool, string) {
		n := waiting(t, ch, name)
		return n >= want.count(), fmt.Sprintf("%d of %d", n, want.count())
	})
	shipped := peek(t, ch, name, want.count())
	ids := checkShipped(t, want, shipped, logs, began)
	checkIndexed(t, e, want, ids, shipped, logs, append(env, "ES="+e.URL), indexer)
	if n := waiting(t, ch, name); n != 0 {
		t.Errorf("%d messages are still in the queue", n)
	}
	ship.finish()
}

// peek reads n messages and gives them back.
func peek(t *testing.T, ch *amqp.Channel, queue string, n int) []document {
	t.Helper()
	all := make([]document, n)
	var last uint64
	for i := range all {
		d, ok, err := ch.Get(queue, false)
		if err != nil || !ok {
			t.Fatalf("message %d: %v", i, err)
		}
		if d.DeliveryMode != amqp.Persistent {
			t.Fatalf("message %d is not persistent", i)
		}
		decode(t, d.Body, &all[i])
		last = d.DeliveryTag
	}
	if err := ch.Nack(last, true, true); err != nil {
		t.Fatal(err)
	}
	return all
}

// publishAll sends messages as any producer does, and waits until the queue has them.
func publishAll(t *testing.T, ch *amqp.Channel, exchange string, messages []string) {
	t.Helper()
	for _, m := range messages {
		if err := ch.PublishWithContext(t.Context(), exchange, "", false, false, amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(m)}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, time.Minute, "all messages are in the queue", func() (bool, string) {
		n := waiting(t, ch, exchange)
		return n == len(messages), fmt.Sprint(n)
	})
}
