package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"castor/internal/testkit/servers"
)

// serverCPU is the CPU time that a Redis has used, seconds.
func serverCPU(b *testing.B, addr string) float64 {
	info := dial(b, addr).Info(context.Background(), "cpu").Val()
	sum := 0.0
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_user" || name == "used_cpu_sys" {
			v, _ := strconv.ParseFloat(value, 64)
			sum += v
		}
	}
	return sum
}

func ownCPU() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

// measure reports messages per second and the CPU of both sides for f, which handles b.N messages.
func measure(b *testing.B, addr string, f func()) {
	server, own, start := serverCPU(b, addr), ownCPU(), time.Now()
	b.ResetTimer()
	f()
	b.StopTimer()
	n := float64(b.N)
	b.ReportMetric(n/time.Since(start).Seconds(), "msgs/s")
	b.ReportMetric((ownCPU()-own)/n*1e6, "own-µs/msg")
	b.ReportMetric((serverCPU(b, addr)-server)/n*1e6, "redis-µs/msg")
}

var benchMessage = []byte(`{"@timestamp":"2026-11-23T12:00:00.000Z","@version":"1","host":"web-1","path":"/var/log/apache2/access.log","message":"` +
	strings.Repeat("x", 240) + `"}`)

func benchBatch(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = benchMessage
	}
	return out
}

func BenchmarkPush(b *testing.B) {
	for _, size := range []int{125, 1000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			srv := servers.Redis(b)
			p := producer(b, ProducerOptions{Options: Options{Hosts: []string{srv.Addr}}, Key: "q"})
			batch := benchBatch(size)
			mustPush(b, p, batch)
			measure(b, srv.Addr, func() {
				for n := 0; n < b.N; n += size {
					mustPush(b, p, batch)
				}
			})
		})
	}
}

func BenchmarkPopAck(b *testing.B) {
	for _, size := range []int{125, 1000} {
		for _, pops := range []int{1, 4} {
			b.Run(fmt.Sprintf("%d/%d_at_once", size, pops), func(b *testing.B) {
				srv := servers.Redis(b)
				o := Options{Hosts: []string{srv.Addr}}
				p := producer(b, ProducerOptions{Options: o, Key: "q"})
				for n := 0; n < b.N+pops*size; n += 1000 {
					mustPush(b, p, benchBatch(1000))
				}
				c := consumer(b, ConsumerOptions{Options: o, Key: "q", TTL: time.Minute})
				measure(b, srv.Addr, func() {
					var wg sync.WaitGroup
					for range pops {
						wg.Go(func() {
							for n := 0; n < b.N; n += size * pops {
								l, err := c.Pop(context.Background(), size, time.Second)
								if err != nil {
									b.Error(err)
									return
								}
								_ = l.Ack(context.Background())
							}
						})
					}
					wg.Wait()
				})
			})
		}
	}
}
