package embedded

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// redisVersion is the version whose protocol we speak; clients choose
// features by it.
const redisVersion = "6.2.0"

// info answers INFO: what clients and monitoring look for, and our lists.
func (c *conn) info(cmd command) {
	want := map[string]bool{}
	for _, section := range cmd[1:] {
		want[strings.ToLower(string(section))] = true
	}
	all := len(want) == 0 || want["default"] || want["all"] || want["everything"]
	var b strings.Builder
	for _, section := range c.infoSections() {
		if all || want[strings.ToLower(section.name)] {
			fmt.Fprintf(&b, "# %s\r\n%s\r\n", section.name, section.text)
		}
	}
	c.out.WriteBulkString(b.String())
}

type infoSection struct{ name, text string }

func (c *conn) infoSections() []infoSection {
	s := c.server
	st := s.Stats()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	lines := func(pairs ...any) string {
		var b strings.Builder
		for i := 0; i+1 < len(pairs); i += 2 {
			fmt.Fprintf(&b, "%v:%v\r\n", pairs[i], pairs[i+1])
		}
		return b.String()
	}
	var castor strings.Builder
	var dropped uint64
	for _, l := range st.Lists {
		dropped += l.Dropped
		fmt.Fprintf(&castor, "list_%s:ready=%d,leased=%d,bytes=%d,pushed=%d,dropped=%d\r\n",
			strings.Map(plain, l.Key), l.Ready, l.Leased, l.Bytes, l.Pushed, l.Dropped)
	}
	uptime := int64(time.Since(s.started).Seconds())
	return []infoSection{
		{"Server", lines("redis_version", redisVersion, "redis_mode", "standalone", "server_name", "castor", "os", runtime.GOOS,
			"process_id", os.Getpid(), "uptime_in_seconds", uptime, "uptime_in_days", uptime/86400)},
		{"Clients", lines("connected_clients", st.Connections, "maxclients", s.opts.MaxConns)},
		{"Memory", lines("used_memory", mem.HeapAlloc, "used_memory_rss", mem.Sys, "maxmemory", 0, "maxmemory_policy", "noeviction")},
		{"Persistence", lines("loading", 0, "aof_enabled", 1, "aof_last_write_status", "ok")},
		{"Stats", lines("total_connections_received", st.Accepted, "rejected_connections", st.Refused,
			"total_commands_processed", st.Commands, "evicted_keys", dropped)},
		{"Replication", lines("role", "master", "connected_slaves", 0)},
		{"Keyspace", lines("db0", fmt.Sprintf("keys=%d,expires=0,avg_ttl=0", len(s.filled())))},
		{"Castor", castor.String()},
	}
}

func plain(r rune) rune {
	if r <= ' ' || r == ':' || r == ',' || r == '=' || r == 0x7f {
		return '_'
	}
	return r
}

func (c *conn) client(cmd command) {
	switch strings.ToUpper(string(cmd[1])) {
	case "SETNAME":
		if len(cmd) == 3 {
			c.name = string(cmd[2])
		}
		c.out.WriteString("OK")
	case "GETNAME":
		c.out.WriteBulkString(c.name)
	case "ID":
		c.out.WriteInt64(c.id)
	case "LIST", "INFO":
		c.out.WriteBulkString(fmt.Sprintf("id=%d addr=%s name=%s age=%d db=0\n",
			c.id, c.net.RemoteAddr(), strings.Map(plain, c.name), int64(time.Since(c.since).Seconds())))
	case "SETINFO", "NO-EVICT", "NO-TOUCH":
		c.out.WriteString("OK")
	default:
		c.out.WriteError(fmt.Sprintf("ERR unknown subcommand '%.40s' of CLIENT", cmd[1]))
	}
}
