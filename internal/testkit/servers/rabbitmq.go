package servers

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// RabbitMQServer is a private RabbitMQ node.
type RabbitMQServer struct {
	*Process
	Addr string // host:port
	Port int
	Dir  string
	Name string // of the Erlang node

	epmd *Process // nil for further nodes of a cluster
	env  []string

	mapper int // port of epmd
}

var rabbit struct {
	sync.Mutex
	shared *RabbitMQServer
	err    error
}

// RabbitMQ gives the node that all tests of this process share; the first call starts it, which takes about ten
// seconds. TestMain must end with Cleanup. Tests use queues of their own.
func RabbitMQ(t testing.TB) *RabbitMQServer {
	t.Helper()
	needRabbitMQ(t)
	rabbit.Lock()
	defer rabbit.Unlock()
	if rabbit.shared == nil && rabbit.err == nil {
		rabbit.shared, rabbit.err = startRabbitMQ("")
	}
	if rabbit.err != nil {
		t.Fatalf("rabbitmq-server: %v", rabbit.err)
	}
	return rabbit.shared
}

// OwnRabbitMQ starts a node for one test that breaks it. conf are lines of rabbitmq.conf.
func OwnRabbitMQ(t testing.TB, conf string) *RabbitMQServer {
	t.Helper()
	needRabbitMQ(t)
	r, err := startRabbitMQ(conf)
	if err != nil {
		t.Fatalf("rabbitmq-server: %v", err)
	}
	t.Cleanup(r.end)
	return r
}

// RabbitMQCluster starts nodes that form one cluster, for one test.
func RabbitMQCluster(t testing.TB, n int) []*RabbitMQServer {
	t.Helper()
	needRabbitMQ(t)
	nodes := make([]*RabbitMQServer, n)
	for i := range nodes {
		var err error
		if nodes[i], err = startRabbitMQNode("cluster_partition_handling = pause_minority\n", nodes[0]); err != nil {
			t.Fatalf("rabbitmq-server: %v", err)
		}
		t.Cleanup(nodes[i].end)
		if i > 0 {
			nodes[i].Ctl(t, "stop_app")
			nodes[i].Ctl(t, "reset")
			nodes[i].Ctl(t, "join_cluster", nodes[0].Name)
			nodes[i].Ctl(t, "start_app")
		}
	}
	return nodes
}

// Cleanup stops what tests share; TestMain calls it after m.Run.
func Cleanup() {
	rabbit.Lock()
	defer rabbit.Unlock()
	if rabbit.shared != nil {
		rabbit.shared.end()
		rabbit.shared = nil
	}
}

// NewRabbitMQ is OwnRabbitMQ for programs: the caller ends it by End.
func NewRabbitMQ(conf string) (*RabbitMQServer, error) {
	if rabbitScript("rabbitmq-server") == "" || Find("epmd") == "" {
		return nil, errors.New("rabbitmq-server is not installed: apt-get install rabbitmq-server")
	}
	return startRabbitMQ(conf)
}

// End kills the node and removes its folder.
func (r *RabbitMQServer) End() { r.end() }

func needRabbitMQ(t testing.TB) {
	t.Helper()
	if rabbitScript("rabbitmq-server") == "" || Find("epmd") == "" {
		Missing(t, "rabbitmq-server", "apt-get install rabbitmq-server")
	}
}

// rabbitScript prefers the program itself to Debian's wrapper, which changes the user.
func rabbitScript(name string) string {
	return Find("/usr/lib/rabbitmq/bin/"+name, name)
}

func startRabbitMQ(conf string) (*RabbitMQServer, error) { return startRabbitMQNode(conf, nil) }

// startRabbitMQNode starts a node that finds the others by the port mapper of first, or by one of its own where that is nil.
func startRabbitMQNode(conf string, first *RabbitMQServer) (*RabbitMQServer, error) {
	dir, err := os.MkdirTemp("", "rabbitmq")
	if err != nil {
		return nil, err
	}
	ports, err := FreePorts(3)
	if err != nil {
		return nil, err
	}
	r := &RabbitMQServer{Port: ports[0], Dir: dir, Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0]))}
	if err := r.files(conf); err != nil {
		return nil, err
	}
	r.Name = "castor" + strconv.Itoa(ports[0]) + "@localhost"
	r.mapper = ports[1]
	if first != nil {
		r.mapper = first.mapper
	}
	inet := "-kernel inet_dist_use_interface {127,0,0,1}"
	r.env = []string{
		"RUNNING_UNDER_SYSTEMD=true", // the script becomes the node instead of watching over it, so it dies with us
		"HOME=" + dir, "ERL_EPMD_ADDRESS=127.0.0.1", "ERL_EPMD_PORT=" + strconv.Itoa(r.mapper),
		"RABBITMQ_NODENAME=" + r.Name,
		"RABBITMQ_NODE_IP_ADDRESS=127.0.0.1", "RABBITMQ_NODE_PORT=" + strconv.Itoa(ports[0]),
		"RABBITMQ_DIST_PORT=" + strconv.Itoa(ports[2]), "RABBITMQ_MNESIA_BASE=" + dir + "/mnesia",
		"RABBITMQ_LOG_BASE=" + dir + "/log", "RABBITMQ_PID_FILE=" + dir + "/pid", "RABBITMQ_CONF_ENV_FILE=/dev/null",
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + dir + "/plugins", "RABBITMQ_CONFIG_FILE=" + dir + "/rabbitmq.conf",
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=" + inet, "RABBITMQ_CTL_ERL_ARGS=" + inet,
	}
	if first == nil {
		r.epmd, err = Start(dir, nil, Find("epmd"), "-port", strconv.Itoa(r.mapper), "-address", "127.0.0.1")
		if err != nil {
			return nil, err
		}
	}
	if err := r.Start(); err != nil {
		r.end()
		return nil, err
	}
	return r, nil
}

// files writes the cookie, the list of plugins and the configuration.
func (r *RabbitMQServer) files(conf string) error {
	for name, text := range map[string]string{".erlang.cookie": "CASTORTESTS", "plugins": "[rabbitmq_consistent_hash_exchange].",
		"rabbitmq.conf": "log.console = false\n" + conf} {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte(text), 0o400); err != nil {
			return err
		}
	}
	return nil
}

// Start runs the node (again) and waits until it answers AMQP.
func (r *RabbitMQServer) Start() error {
	p, err := Start(r.Dir, r.env, rabbitScript("rabbitmq-server"))
	if err != nil {
		return err
	}
	r.Process = p
	return wait(p, 4*time.Minute, r.answers)
}

// answers sends a protocol header and looks for Connection.Start.
func (r *RabbitMQServer) answers() error {
	c, err := net.DialTimeout("tcp", r.Addr, time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := c.Write([]byte("AMQP\x00\x00\x09\x01")); err != nil {
		return err
	}
	var head [1]byte
	if _, err := c.Read(head[:]); err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("answers with %d", head[0])
	}
	return nil
}

// Ctl runs rabbitmqctl on the node.
func (r *RabbitMQServer) Ctl(t testing.TB, args ...string) string {
	t.Helper()
	p, err := Start(r.Dir, r.env, rabbitScript("rabbitmqctl"), args...)
	if err != nil {
		t.Fatal(err)
	}
	<-p.Exited()
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("rabbitmqctl %s: exit code %d\n%s", strings.Join(args, " "), code, p.Log())
	}
	return p.Log()
}

// StopNode ends the node as an operator does, by rabbitmqctl stop.
func (r *RabbitMQServer) StopNode(t testing.TB) {
	t.Helper()
	r.Ctl(t, "stop")
	<-r.Exited()
}

// Restart kills the node and starts it again; what was durable and persistent is there afterwards.
func (r *RabbitMQServer) Restart(t testing.TB) {
	t.Helper()
	r.Kill()
	if err := r.Start(); err != nil {
		t.Fatalf("rabbitmq-server: %v", err)
	}
}

// end kills the node and its port mapper and removes their folder.
func (r *RabbitMQServer) end() {
	for _, p := range []*Process{r.Process, r.epmd} {
		if p != nil {
			_ = p.Signal(syscall.SIGCONT)
			p.Kill()
		}
	}
	_ = os.RemoveAll(r.Dir)
}
