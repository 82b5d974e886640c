package option

import (
	"context"
	"net"
	"testing"
	"time"

	"castor/internal/broker/rabbitmq"
)

func TestCheckRabbitMQ(t *testing.T) {
	if err := CheckRabbitMQ(t.Context(), rabbitmq.Options{Hosts: []string{"127.0.0.1:1"}}); err == nil {
		t.Error("a port that nobody listens at is taken for RabbitMQ")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // a server that says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := CheckRabbitMQ(ctx, rabbitmq.Options{Hosts: []string{l.Addr().String()}, ConnectionTimeout: time.Minute}); err == nil {
		t.Error("a silent server is taken for RabbitMQ")
	}
}
