package redis

import (
	"errors"
	"strings"

	"castor/internal/broker"
)

// replies are what a Redis server's refusals begin with, what they mean and what helps. The first match counts.
var replies = []struct {
	prefix string
	class  broker.Class
	advice string
}{
	{"WRONGPASS", broker.Auth, "check username and password"},
	{"NOAUTH", broker.Auth, "the server wants a password: set it"},
	{"ERR Protocol error: unauthenticated", broker.Auth, "the server wants a password: set it"},
	{"ERR invalid password", broker.Auth, "check the password"},
	{"ERR Client sent AUTH, but no password is set", broker.Auth, "the server has no password: leave it out"},
	{"ERR AUTH <password> called without any password", broker.Auth, "the server has no password: leave it out"},
	{"NOPERM", broker.Permission, "the ACL user lacks a command or key: see \"Permissions\" in docs/redis-protocol.md"},
	{"DENIED", broker.Permission, "the server is in protected mode: give it a password or a bind address"},
	{"WRONGTYPE", broker.WrongType, "the key exists with another type: use another key, or the data_type it has"},
	{"MOVED", broker.Moved, "the server is part of a Cluster: set cluster => true"},
	{"ASK", broker.Moved, "the server is part of a Cluster: set cluster => true"},
	{"CROSSSLOT", broker.Moved, "the server is part of a Cluster: set cluster => true"},
	{"CLUSTERDOWN", broker.Loading, "the Cluster has no master for this key now"},
	{"TRYAGAIN", broker.Loading, "the Cluster is moving this key"},
	{"LOADING", broker.Loading, "the server is reading its data from disk"},
	{"MASTERDOWN", broker.Loading, "the replica has lost its master"},
	{"BUSY", broker.Loading, "another client's script holds the server up"},
	{"READONLY", broker.ReadOnly, "this is a replica: name the master, or use Sentinel or Cluster"},
	{"OOM", broker.Full, "maxmemory is reached: waiting for consumers; raise maxmemory if this lasts"},
	{"MISCONF", broker.Full, "the server cannot save to its disk and refuses writes: see its log"},
	{"NOREPLICAS", broker.Full, "too few replicas are in step, so the server refuses writes"},
	{"ERR max number of clients", broker.Full, "raise maxclients"},
	{"ERR DB index is out of range", broker.Config, "the server has fewer databases than db says"},
	{"ERR SELECT is not allowed in cluster mode", broker.Config, "a Cluster has only db 0"},
	{"ERR unknown command", broker.Config, "the server lacks a command: it must be Redis 6.2 or newer"},
	{"ERR wrong number of arguments for 'lpop'", broker.Config, "the server must be Redis 6.2 or newer"},
	{"NOGROUP", broker.NotFound, "the stream or its consumer group was deleted; it is made again"},
	{"ERR Protocol error", broker.TooLarge, "see proto-max-bulk-len"},
}

// classify puts an error of go-redis into words. The secrets never show.
func (o *Options) classify(op, addr string, err error) *broker.Error {
	var known *broker.Error
	if errors.As(err, &known) {
		return known
	}
	e := &broker.Error{Op: op, Addr: addr, Err: broker.Scrub(err, o.Password, o.SentinelPassword)}
	text := scriptsReason(err.Error())
	for _, r := range replies {
		if strings.HasPrefix(text, r.prefix) || strings.Contains(text, ": "+r.prefix) {
			e.Class, e.Advice = r.class, r.advice
			return e
		}
	}
	if c, advice, ok := broker.ClassifyNet(err); ok {
		e.Class, e.Advice = c, advice
		switch {
		case o.TLS == nil:
		case c == broker.Timeout:
			e.Advice += "; a port that does not speak TLS stays silent too"
		case c == broker.Unreachable:
			e.Advice += "; a server that wants another client certificate breaks off too"
		}
		return e
	}
	if strings.HasPrefix(text, "redis: ") {
		e.Class, e.Advice = classifyClient(text)
	}
	return e
}

// scriptsReason takes a server's refusal out of the words that Redis before 7.0 puts around it when a script meets it:
// ERR Error running script (…): @user_script:3: @user_script: 3: -READONLY You can't …
func scriptsReason(text string) string {
	if strings.HasPrefix(text, "ERR Error running script") {
		if i := strings.LastIndex(text, ": -"); i >= 0 {
			return text[i+len(": -"):]
		}
	}
	return text
}

// classifyClient sorts what go-redis says itself.
func classifyClient(text string) (broker.Class, string) {
	switch {
	case strings.Contains(text, "client is closed"):
		return broker.Unreachable, "closed by us"
	case strings.Contains(text, "all sentinels"):
		return broker.Unreachable, "no Sentinel answers, or none knows this master's name"
	case strings.Contains(text, "connection pool timeout"):
		return broker.Timeout, "all connections are busy"
	}
	return broker.Unreachable, ""
}
