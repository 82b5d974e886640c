package redis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// bufferSize of a connection, bytes: about 200 ordinary events for each system call.
const bufferSize = 128 << 10

// lookAtCluster is how old the client's picture of a Cluster may be: of a dead master nobody learns by asking it.
const lookAtCluster = time.Second

// defaults fills in what was left open and checks the rest.
func (o *Options) defaults() error {
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"127.0.0.1"}
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.ReconnectInterval <= 0 {
		o.ReconnectInterval = time.Second
	}
	if o.Port == 0 {
		o.Port = 6379
	}
	if o.Cluster && o.DB != 0 {
		return errors.New("redis: a Cluster has only db 0")
	}
	if o.Cluster && o.SentinelMaster != "" {
		return errors.New("redis: Cluster and Sentinel exclude each other")
	}
	addrs := make([]string, len(o.Hosts))
	for i, h := range o.Hosts {
		a, err := address(h, o.Port)
		if err != nil {
			return err
		}
		addrs[i] = a
	}
	if o.ShuffleHosts {
		rand.Shuffle(len(addrs), func(i, j int) { addrs[i], addrs[j] = addrs[j], addrs[i] })
	}
	o.Hosts = addrs
	return nil
}

// address makes host:port of the forms that Options.Hosts may have; a socket's path stays as it is.
func address(host string, port int) (string, error) {
	if strings.HasPrefix(host, "/") {
		return host, nil
	}
	if host == "" {
		return "", errors.New("redis: a host is empty")
	}
	if strings.Contains(host, "://") {
		return "", fmt.Errorf("redis: host %q is an URL; give host or host:port, and the rest as options", withoutUser(host))
	}
	if net.ParseIP(strings.Trim(host, "[]")) != nil {
		return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port)), nil
	}
	if h, p, err := net.SplitHostPort(host); err == nil {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return "", fmt.Errorf("redis: host %q: the port must be 1 to 65535", host)
		}
		return net.JoinHostPort(h, p), nil
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
}

func withoutUser(url string) string {
	if i := strings.LastIndex(url, "@"); i >= 0 {
		return "…" + url[i:]
	}
	return url
}

// silence stops go-redis from writing to standard error: what it would say comes back as errors too, and those reach the
// log once, in our words, through the status.
var silence = sync.OnceFunc(func() { goredis.SetLogger(quiet{}) })

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// connect makes a client of one host, or of all hosts for Cluster and Sentinel. It does not touch the network yet.
// Retries are ours: a script that pops must never be repeated behind our back.
func (o *Options) connect(host string, conns int) goredis.UniversalClient {
	silence()
	off := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	tlsConf := o.TLS.Clone()
	switch {
	case o.Cluster:
		return goredis.NewClusterClient(&goredis.ClusterOptions{
			Addrs: o.Hosts, Username: o.Username, Password: o.Password, TLSConfig: tlsConf, Protocol: 2,
			DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, ContextTimeoutEnabled: true,
			PoolSize: conns, DisableIdentity: true, DialerRetries: 1, MaintNotificationsConfig: off,
			ReadBufferSize: bufferSize, WriteBufferSize: bufferSize, ConnMaxIdleTime: -1,
			ClusterStateReloadInterval: lookAtCluster,
		})
	case o.SentinelMaster != "":
		return goredis.NewFailoverClient(&goredis.FailoverOptions{
			MasterName: o.SentinelMaster, SentinelAddrs: o.Hosts,
			SentinelUsername: o.SentinelUsername, SentinelPassword: o.SentinelPassword,
			Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: tlsConf, Protocol: 2, MaxRetries: -1,
			DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, ContextTimeoutEnabled: true,
			PoolSize: conns, DisableIdentity: true, DialerRetries: 1,
			ReadBufferSize: bufferSize, WriteBufferSize: bufferSize, ConnMaxIdleTime: -1,
		})
	}
	network := "tcp"
	if strings.HasPrefix(host, "/") {
		network = "unix"
	} else if tlsConf != nil && tlsConf.ServerName == "" {
		tlsConf.ServerName, _, _ = net.SplitHostPort(host)
	}
	return goredis.NewClient(&goredis.Options{
		Network: network, Addr: host, Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: tlsConf,
		Protocol: 2, MaxRetries: -1, DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout,
		ContextTimeoutEnabled: true, PoolSize: conns, DisableIdentity: true, DialerRetries: 1,
		MaintNotificationsConfig: off, ReadBufferSize: bufferSize, WriteBufferSize: bufferSize, ConnMaxIdleTime: -1,
	})
}

// label is how logs name the server.
func (o *Options) label(host string) string {
	switch {
	case o.Cluster:
		return "Redis Cluster " + strings.Join(o.Hosts, ",")
	case o.SentinelMaster != "":
		return "Redis master " + o.SentinelMaster + " by Sentinel " + strings.Join(o.Hosts, ",")
	}
	return "Redis " + host
}

// hostName is this machine's name as a part of a key.
func hostName() string {
	h, err := os.Hostname()
	if err != nil || h == "" {
		return "castor"
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(":{} \t", r) {
			return '_'
		}
		return r
	}, h)
}
