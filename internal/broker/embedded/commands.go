package embedded

import (
	"crypto/subtle"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/match"
)

// handler executes a command and writes exactly one reply.
type handler struct {
	run  func(c *conn, args command)
	min  int // arguments after the name
	max  int // -1: any number
	open bool
}

// lookup finds what a command does. Open ones work before AUTH.
func lookup(name string) (handler, bool) {
	switch name {
	case "AUTH":
		return handler{(*conn).auth, 1, 2, true}, true
	case "HELLO":
		return handler{(*conn).hello, 0, -1, true}, true
	case "QUIT":
		return handler{(*conn).doQuit, 0, -1, true}, true
	case "PING":
		return handler{(*conn).ping, 0, 1, false}, true
	case "ECHO":
		return handler{func(c *conn, a command) { c.out.WriteBulk(a[1]) }, 1, 1, false}, true
	case "SELECT":
		return handler{(*conn).selectDB, 1, 1, false}, true
	case "RESET":
		return handler{(*conn).reset, 0, 0, true}, true
	case "RPUSH", "LPUSH":
		return handler{(*conn).push, 2, -1, false}, true
	case "PUBLISH":
		return handler{(*conn).push, 2, 2, false}, true
	case "LLEN":
		return handler{(*conn).llen, 1, 1, false}, true
	case "LPOP", "RPOP":
		return handler{(*conn).pop, 1, 2, false}, true
	case "BLPOP", "BRPOP":
		return handler{(*conn).blockingPop, 2, -1, false}, true
	case "LRANGE":
		return handler{(*conn).lrange, 3, 3, false}, true
	case "DEL", "UNLINK":
		return handler{(*conn).del, 1, -1, false}, true
	case "EXISTS":
		return handler{(*conn).exists, 1, -1, false}, true
	case "TYPE":
		return handler{(*conn).typeOf, 1, 1, false}, true
	case "KEYS":
		return handler{(*conn).keys, 1, 1, false}, true
	case "DBSIZE":
		return handler{func(c *conn, _ command) { c.out.WriteInt(len(c.server.filled())) }, 0, 0, false}, true
	}
	return lookupAdmin(name)
}

func lookupAdmin(name string) (handler, bool) {
	switch name {
	case "INFO":
		return handler{(*conn).info, 0, -1, false}, true
	case "CLIENT":
		return handler{(*conn).client, 1, -1, false}, true
	case "COMMAND", "CONFIG":
		// What the tools ask for on their own account; they go on with nothing.
		return handler{func(c *conn, _ command) { c.out.WriteArray(0) }, 0, -1, false}, true
	case "TIME":
		return handler{(*conn).time, 0, 0, false}, true
	case "MULTI":
		return handler{(*conn).doMulti, 0, 0, false}, true
	case "EXEC":
		return handler{(*conn).exec, 0, 0, false}, true
	case "DISCARD":
		return handler{(*conn).discard, 0, 0, false}, true
	}
	return handler{}, false
}

func (c *conn) execute(cmd command) {
	c.server.counts.commands.Add(1)
	name := strings.ToUpper(string(cmd[0]))
	h, problem := c.check(name, cmd)
	if problem != "" {
		c.broken = c.broken || c.multi
		c.out.WriteError(problem)
		return
	}
	if c.multi && name != "EXEC" && name != "DISCARD" && name != "MULTI" && name != "QUIT" && name != "RESET" {
		c.enqueue(cmd)
		return
	}
	h.run(c, cmd)
}

// check returns the command's handler or the error to answer.
func (c *conn) check(name string, cmd command) (handler, string) {
	h, ok := lookup(name)
	if !c.known && !h.open {
		return h, "NOAUTH Authentication required."
	}
	if !ok {
		return h, fmt.Sprintf("ERR unknown command %.64q: the embedded broker holds lists; point this client at a Redis server for the rest", name)
	}
	if n := len(cmd) - 1; n < h.min || (h.max >= 0 && n > h.max) {
		return h, fmt.Sprintf("ERR wrong number of arguments for '%s' command", strings.ToLower(name))
	}
	return h, ""
}

func (c *conn) auth(cmd command) {
	user, pass := "default", cmd[len(cmd)-1]
	if len(cmd) == 3 {
		user = string(cmd[1])
	}
	if c.login(user, pass) {
		c.out.WriteString("OK")
	}
}

// login checks a name and a password; it writes the reply only when they are
// wrong.
func (c *conn) login(user string, pass []byte) bool {
	o := &c.server.opts
	if o.Password == "" {
		if user != "default" {
			c.out.WriteError("WRONGPASS invalid username-password pair or user is disabled.")
			return false
		}
		// Redis refuses a password where none is set; a shipper that has one
		// configured should not be held up by that.
		return true
	}
	want := o.Username
	if want == "" {
		want = "default"
	}
	// With a user of our own the password alone (AUTH pass) is enough too:
	// Logstash's and Beaver's outputs can send nothing else.
	nameOK := subtle.ConstantTimeCompare([]byte(user), []byte(want)) == 1 || user == "default"
	passOK := subtle.ConstantTimeCompare(pass, []byte(o.Password)) == 1
	if !nameOK || !passOK {
		c.server.counts.authFailures.Add(1)
		if c.failures++; c.failures >= 5 {
			c.quit = true
		}
		c.out.WriteError("WRONGPASS invalid username-password pair or user is disabled.")
		return false
	}
	c.mu.Lock()
	c.known = true
	c.mu.Unlock()
	return true
}

// hello answers the handshake of newer clients. Version 3 is declined, upon
// which they go on with version 2.
func (c *conn) hello(cmd command) {
	if len(cmd) > 1 && string(cmd[1]) != "2" {
		c.out.WriteError("NOPROTO unsupported protocol version")
		return
	}
	for i := 2; i < len(cmd); {
		switch option := strings.ToUpper(string(cmd[i])); {
		case option == "AUTH" && i+2 < len(cmd):
			if !c.login(string(cmd[i+1]), cmd[i+2]) {
				return
			}
			i += 3
		case option == "SETNAME" && i+1 < len(cmd):
			c.name = string(cmd[i+1])
			i += 2
		default:
			c.out.WriteError(fmt.Sprintf("ERR Syntax error in HELLO option '%.40s'", cmd[i]))
			return
		}
	}
	if !c.known {
		c.out.WriteError("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
		return
	}
	c.out.WriteArray(14)
	pair := func(k, v string) { c.out.WriteBulkString(k); c.out.WriteBulkString(v) }
	pair("server", "redis")
	pair("version", redisVersion)
	c.out.WriteBulkString("proto")
	c.out.WriteInt(2)
	c.out.WriteBulkString("id")
	c.out.WriteInt64(c.id)
	pair("mode", "standalone")
	pair("role", "master")
	c.out.WriteBulkString("modules")
	c.out.WriteArray(0)
}

func (c *conn) doQuit(command) {
	c.out.WriteString("OK")
	c.quit = true
}

func (c *conn) reset(command) {
	c.multi, c.queued, c.broken, c.name = false, nil, false, ""
	c.mu.Lock()
	c.known = c.server.opts.Password == ""
	c.mu.Unlock()
	c.out.WriteString("RESET")
}

func (c *conn) ping(cmd command) {
	if len(cmd) > 1 {
		c.out.WriteBulk(cmd[1])
		return
	}
	c.out.WriteString("PONG")
}

func (c *conn) selectDB(cmd command) {
	if n, err := strconv.Atoi(string(cmd[1])); err != nil || n < 0 || n > 15 {
		c.out.WriteError("ERR DB index is out of range")
		return
	}
	c.out.WriteString("OK")
}

func (c *conn) del(cmd command) {
	gone := 0
	for _, key := range cmd[1:] {
		l, _ := c.server.list(string(key), false)
		if l == nil {
			continue
		}
		n, err := l.clear()
		if err != nil {
			c.fail(err)
			return
		}
		if n > 0 {
			gone++
		}
	}
	c.out.WriteInt(gone)
}

func (c *conn) exists(cmd command) {
	n := 0
	for _, key := range cmd[1:] {
		if l, _ := c.server.list(string(key), false); l != nil && l.length() > 0 {
			n++
		}
	}
	c.out.WriteInt(n)
}

func (c *conn) typeOf(cmd command) {
	if l, _ := c.server.list(string(cmd[1]), false); l != nil && l.length() > 0 {
		c.out.WriteString("list")
		return
	}
	c.out.WriteString("none")
}

// filled are the keys that exist in Redis' sense: an empty list does not.
func (s *Server) filled() []string {
	var out []string
	for _, key := range s.keys() {
		if l, _ := s.list(key, false); l.length() > 0 {
			out = append(out, key)
		}
	}
	return out
}

func (c *conn) keys(cmd command) {
	var found []string
	for _, key := range c.server.filled() {
		if match.Match(key, string(cmd[1])) {
			found = append(found, key)
		}
	}
	c.out.WriteArray(len(found))
	for _, key := range found {
		c.out.WriteBulkString(key)
	}
}

func (c *conn) time(command) {
	now := time.Now()
	c.out.WriteArray(2)
	c.out.WriteBulkString(strconv.FormatInt(now.Unix(), 10))
	c.out.WriteBulkString(strconv.Itoa(now.Nanosecond() / 1000))
}

func (c *conn) doMulti(command) {
	if c.multi {
		c.out.WriteError("ERR MULTI calls can not be nested")
		return
	}
	c.multi = true
	c.out.WriteString("OK")
}

func (c *conn) discard(command) {
	if !c.multi {
		c.out.WriteError("ERR DISCARD without MULTI")
		return
	}
	c.multi, c.queued, c.broken = false, nil, false
	c.out.WriteString("OK")
}

// enqueue keeps a command for EXEC, within the limit of one request.
func (c *conn) enqueue(cmd command) {
	n := cmd.size()
	for _, q := range c.queued {
		n += q.size()
	}
	if n > c.server.opts.MaxRequest || len(c.queued) >= 10000 {
		c.broken = true
		c.out.WriteError("ERR the transaction is over the limit of this server")
		return
	}
	c.queued = append(c.queued, cmd)
	c.out.WriteString("QUEUED")
}

// exec runs what MULTI has gathered. Neighbouring pushes reach the disk
// together; there is no roll-back, as in Redis.
func (c *conn) exec(command) {
	if !c.multi {
		c.out.WriteError("ERR EXEC without MULTI")
		return
	}
	cmds, broken := c.queued, c.broken
	c.multi, c.queued, c.broken = false, nil, false
	if broken {
		c.out.WriteError("EXECABORT Transaction discarded because of previous errors.")
		return
	}
	c.out.WriteArray(len(cmds))
	c.executeAll(cmds)
}
