package servers

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// RedisServer is a private redis-server.
type RedisServer struct {
	*Process
	Addr   string // host:port
	Port   int
	Dir    string // its working folder
	Socket string // its unix socket

	t    testing.TB
	args []string
}

// Redis starts a redis-server without persistence; args are further command line options, which win over the ones
// here ("--appendonly", "yes"). It is stopped when the test ends.
func Redis(t testing.TB, args ...string) *RedisServer {
	t.Helper()
	if Find("redis-server") == "" {
		Missing(t, "redis-server", "apt-get install redis-server")
	}
	r, err := NewRedis(t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	r.t = t
	t.Cleanup(func() { r.Process.Stop(2 * time.Second) })
	return r
}

// NewRedis is Redis for programs: it works in dir, and the caller stops it.
func NewRedis(dir string, args ...string) (*RedisServer, error) {
	ports, err := FreePorts(1)
	if err != nil {
		return nil, err
	}
	r := &RedisServer{Port: ports[0], Dir: dir, Socket: filepath.Join(dir, "s"), args: args}
	r.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(r.Port))
	return r, r.Launch()
}

// Start runs the server again after Kill or Stop, on the same port and folder.
func (r *RedisServer) Start() {
	r.t.Helper()
	if err := r.Launch(); err != nil {
		r.t.Fatal(err)
	}
}

// Launch is Start with an error instead of the end of a test.
func (r *RedisServer) Launch() error {
	port := strconv.Itoa(r.Port)
	args := append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", r.Dir, "--unixsocket", r.Socket,
		"--save", "", "--appendonly", "no", "--daemonize", "no"}, r.args...)
	p, err := Start(r.Dir, nil, Find("redis-server"), args...)
	if err != nil {
		return fmt.Errorf("redis-server: %w", err)
	}
	r.Process = p
	if err := wait(p, 20*time.Second, r.answers); err != nil {
		return fmt.Errorf("redis-server on %s: %w", r.Addr, err)
	}
	return nil
}

// Restart kills the server and starts it again; without persistence it has forgotten everything then.
func (r *RedisServer) Restart() {
	r.Kill()
	r.Start()
}

// answers looks for any RESP reply to PING; NOAUTH and a TLS-only port count as being there.
func (r *RedisServer) answers() error {
	if r.tlsOnly() {
		return nil
	}
	c, err := net.DialTimeout("tcp", r.Addr, time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && strings.HasPrefix(line, "-LOADING") {
		return fmt.Errorf("loading")
	}
	return err
}

func (r *RedisServer) tlsOnly() bool {
	return strings.Contains(r.Log(), "Ready to accept connections") && strings.Contains(strings.Join(r.args, " "), "--tls-port")
}
