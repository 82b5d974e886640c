package udp

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"castor/internal/plugin"
	"castor/internal/plugins/codec/json"
	"castor/internal/plugins/codec/line"
	"castor/internal/plugins/codec/plain"
	"castor/internal/testkit/plugintest"
)

func build(t *testing.T, options string, env plugin.Env) (*input, chan string) {
	t.Helper()
	in := plugintest.Input(t, `udp { port => 0 `+options+` }`, env, Spec, plain.Spec, json.Spec, line.Spec).(*input)
	addr := make(chan string, 1)
	in.listening = func(a net.Addr) { addr <- a.String() }
	return in, addr
}

func dial(t *testing.T, addr chan string) net.Conn {
	t.Helper()
	conn, err := net.Dial("udp", <-addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestDatagrams(t *testing.T) {
	defer goleak.VerifyNone(t)
	in, addr := build(t, `host => "127.0.0.1" type => "t" workers => 1 buffer_size => 8`, plugintest.Env(t))
	run := plugintest.Start(t, in)
	conn := dial(t, addr)
	for _, text := range []string{"one", "two\n", "longer than the buffer"} {
		_, _ = conn.Write([]byte(text))
	}
	got := run.Wait(3)
	if err := run.Stop(); err != nil {
		t.Error(err)
	}
	if m := plugintest.Messages(got); !slices.Equal(m, []string{"one", "two\n", "longer t"}) {
		t.Errorf("got %q", m)
	}
	if plugintest.Field(got[0], "host") != "127.0.0.1" || plugintest.Field(got[0], "type") != "t" {
		t.Errorf("got %s", got[0].AppendJSON(nil))
	}
}

func TestSourceField(t *testing.T) {
	defer goleak.VerifyNone(t)
	ecs := plugintest.Env(t)
	ecs.ECS = plugin.ECSv8
	for _, c := range []struct {
		options, ref string
		env          plugin.Env
	}{
		{`host => "127.0.0.1"`, "host", plugintest.Env(t)},
		{`host => "127.0.0.1"`, "[host][ip]", ecs},
		{`host => "127.0.0.1" source_ip_fieldname => "[from][address]"`, "[from][address]", ecs},
	} {
		in, addr := build(t, c.options+" codec => line", c.env)
		run := plugintest.Start(t, in)
		conn := dial(t, addr)
		_, _ = conn.Write([]byte("one\ntwo"))
		got := run.Wait(2)
		_ = run.Stop()
		if v := plugintest.Field(got[1], c.ref); v != "127.0.0.1" {
			t.Errorf("%s %s: got %q", c.options, c.ref, v)
		}
	}
	in, addr := build(t, `host => "127.0.0.1" codec => json`, plugintest.Env(t))
	run := plugintest.Start(t, in)
	_, _ = dial(t, addr).Write([]byte(`{"host":"its own"}`))
	if v := plugintest.Field(run.Wait(1)[0], "host"); v != "its own" {
		t.Errorf("the event's own host became %q", v)
	}
	_ = run.Stop()
}

// While the pipeline is full the queue fills, and what is too much is counted, without the input standing still.
func TestDropsWhenFull(t *testing.T) {
	defer goleak.VerifyNone(t)
	in, addr := build(t, `host => "127.0.0.1" queue_size => 2 workers => 1`, plugintest.Env(t))
	ctx, cancel := context.WithCancel(context.Background())
	full := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- in.Run(ctx, func(context.Context, plugin.Delivery) error { <-full; return nil })
	}()
	conn := dial(t, addr)
	for deadline := time.Now().Add(20 * time.Second); in.dropped.Load() == 0; time.Sleep(time.Millisecond) {
		_, _ = conn.Write([]byte("x"))
		if time.Now().After(deadline) {
			t.Fatal("nothing is dropped")
		}
	}
	close(full)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAddressInUse(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.LocalAddr().String())
	in := plugintest.Input(t, fmt.Sprintf(`udp { host => "127.0.0.1" port => %s }`, port), plugintest.Env(t), Spec, plain.Spec)
	if err := in.Run(context.Background(), nil); err == nil || !strings.Contains(err.Error(), port) {
		t.Errorf("expected an error with the address, got %v", err)
	}
}

func TestRefusedOptions(t *testing.T) {
	reg := plugin.NewRegistry(Spec, plain.Spec)
	for text, words := range map[string][]string{
		`udp { }`:                            {"port"},
		`udp { port => -1 }`:                 {"-1 is no port"},
		`udp { port => 1 buffer_size => 0 }`: {"buffer_size"},
		`udp { port => 1 source_ip_fieldname => "a[b" }`: {"source_ip_fieldname"},
	} {
		plugintest.Refuses(t, reg, plugin.InputType, text, words...)
	}
}
