package rabbitmq

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"castor/internal/testkit/servers"
)

// cpuOf is the CPU time of a process, seconds.
func cpuOf(pid int) float64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, _ := strconv.ParseFloat(f[11], 64)
	sys, _ := strconv.ParseFloat(f[12], 64)
	return (user + sys) / 100
}

func ownCPU() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

func measure(b *testing.B, srv *servers.RabbitMQServer, f func()) {
	server, own, start := cpuOf(srv.Pid()), ownCPU(), time.Now()
	b.ResetTimer()
	f()
	b.StopTimer()
	n := float64(b.N)
	b.ReportMetric(n/time.Since(start).Seconds(), "msgs/s")
	b.ReportMetric((ownCPU()-own)/n*1e6, "own-µs/msg")
	b.ReportMetric((cpuOf(srv.Pid())-server)/n*1e6, "rabbitmq-µs/msg")
}

func BenchmarkPushPopAck(b *testing.B) {
	srv := servers.RabbitMQ(b)
	o := Options{Hosts: []string{srv.Addr}}
	message := []byte(`{"@timestamp":"2026-11-23T12:00:00.000Z","message":"` + strings.Repeat("x", 300) + `"}`)
	for _, kind := range []string{"classic", "quorum"} {
		q := Queue{Name: "q.bench." + kind, Durable: true, Arguments: map[string]any{"x-queue-type": kind}}
		batch := make([][]byte, 1000)
		for i := range batch {
			batch[i] = message
		}
		b.Run(kind+"/push", func(b *testing.B) {
			p := producer(b, ProducerOptions{Options: o, Key: q.Name, Persistent: true, Queue: &q})
			mustPush(b, p, batch)
			measure(b, srv, func() {
				for n := 0; n < b.N; n += len(batch) {
					mustPush(b, p, batch)
				}
			})
		})
		b.Run(kind+"/pop", func(b *testing.B) {
			p := producer(b, ProducerOptions{Options: o, Key: q.Name, Persistent: true, Queue: &q})
			for n := 0; n < b.N; n += len(batch) {
				mustPush(b, p, batch)
			}
			c := consumer(b, ConsumerOptions{Options: o, Queue: q, Prefetch: 4000})
			measure(b, srv, func() {
				for n := 0; n < b.N; {
					l, err := c.Pop(context.Background(), 1000, 10*time.Second)
					if err != nil {
						b.Fatal(err)
					}
					n += len(l.Messages())
					_ = l.Ack(context.Background())
				}
			})
		})
	}
}
