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
	dir := t.TempDir()
	r := &RedisServer{Port: FreePort(t), Dir: dir, Socket: filepath.Join(dir, "s"), t: t, args: args}
	r.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(r.Port))
	r.Start()
	t.Cleanup(func() { r.Process.Stop(2 * time.Second) })
	return r
}

// Start runs the server again after Kill or Stop, on the same port and folder.
func (r *RedisServer) Start() {
	r.t.Helper()
	port := strconv.Itoa(r.Port)
	args := append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", r.Dir, "--unixsocket", r.Socket,
		"--save", "", "--appendonly", "no", "--daemonize", "no"}, r.args...)
	p, err := Start(r.Dir, nil, Find("redis-server"), args...)
	if err != nil {
		r.t.Fatalf("redis-server: %v", err)
	}
	r.Process = p
	if err := wait(p, 10*time.Second, r.answers); err != nil {
		r.t.Fatalf("redis-server on %s: %v", r.Addr, err)
	}
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
