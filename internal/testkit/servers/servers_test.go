package servers

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Cleanup()
	os.Exit(code)
}

func TestRedisRestarts(t *testing.T) {
	r := Redis(t)
	first := r.Pid()
	r.Restart()
	if r.Pid() == first || r.answers() != nil {
		t.Fatalf("pid %d, then %d; %v", first, r.Pid(), r.answers())
	}
	if syscall.Kill(first, 0) == nil {
		t.Fatalf("process %d still lives", first)
	}
}

func TestRabbitMQAnswers(t *testing.T) {
	r := RabbitMQ(t)
	if RabbitMQ(t) != r {
		t.Fatal("a second node was started")
	}
	if out := r.Ctl(t, "list_vhosts"); !strings.Contains(out, "/") {
		t.Fatalf("rabbitmqctl says %q", out)
	}
}
