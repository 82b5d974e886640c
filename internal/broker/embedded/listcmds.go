package embedded

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"syscall"
	"time"

	"castor/internal/spool"
)

// maxReply bounds what LPOP with a count and LRANGE put into one reply.
const maxReply = 64 << 20

// pushRun says how many commands at the head of cmds are pushes that can be
// written together.
func (c *conn) pushRun(cmds []command) int {
	if !c.known || c.multi {
		return 0
	}
	n := 0
	for n < len(cmds) && isPush(cmds[n]) {
		n++
	}
	return n
}

func isPush(cmd command) bool {
	if len(cmd) < 3 {
		return false
	}
	switch string(cmd[0]) {
	case "RPUSH", "rpush", "LPUSH", "lpush":
		return true
	case "PUBLISH", "publish":
		return len(cmd) == 3
	}
	return false
}

// pushAll executes a run of pushes with one write for each run on one key.
func (c *conn) pushAll(cmds []command) {
	c.server.counts.commands.Add(uint64(len(cmds)))
	for i := 0; i < len(cmds); {
		key := string(cmds[i][1])
		j := i
		var msgs [][]byte
		for ; j < len(cmds) && string(cmds[j][1]) == key; j++ {
			msgs = append(msgs, cmds[j][2:]...)
		}
		l, err := c.server.list(key, true)
		if err == nil {
			err = l.push(msgs)
		}
		if err == nil {
			c.server.counts.pushed.Add(uint64(len(msgs)))
			c.pushReplies(cmds[i:j], l.length()-int64(len(msgs)))
		} else {
			for range cmds[i:j] {
				c.fail(err)
			}
		}
		i = j
	}
}

// pushReplies answers pushes to a list that was length long before them, as
// if they had come one by one.
func (c *conn) pushReplies(cmds []command, length int64) {
	length = max(length, 0)
	for _, cmd := range cmds {
		if cmd[0][0] == 'P' || cmd[0][0] == 'p' {
			c.out.WriteInt(1) // PUBLISH: one has received it, the indexer
			continue
		}
		length += int64(len(cmd) - 2)
		c.out.WriteInt64(length)
	}
}

func (c *conn) push(cmd command) { c.pushAll([]command{cmd}) }

// fail answers an error in the words that Redis has for it, so that clients
// which know these wait and try again.
func (c *conn) fail(err error) {
	switch {
	case errors.Is(err, spool.ErrFull):
		c.out.WriteError("OOM command not allowed: the list has reached its size limit on disk, the indexer is behind")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		c.out.WriteError("MISCONF Errors writing to disk: no space is left for the broker's data")
	case errors.Is(err, spool.ErrClosed):
		c.out.WriteError("LOADING the broker is shutting down")
	default:
		c.out.WriteError("ERR " + err.Error())
	}
}

func (c *conn) llen(cmd command) {
	l, _ := c.server.list(string(cmd[1]), false)
	if l == nil {
		c.out.WriteInt(0)
		return
	}
	c.out.WriteInt64(l.length())
}

// take pops for a client: as in Redis the message is gone when the reply is
// on its way.
func (c *conn) take(key string, n int) ([]message, error) {
	l, _ := c.server.list(key, false)
	if l == nil {
		return nil, nil
	}
	var out []message
	for size := 0; len(out) < n && size < maxReply; {
		msgs, err := l.take(min(n-len(out), 1000))
		if err != nil || len(msgs) == 0 {
			return out, err
		}
		if err := l.ack(msgs); err != nil {
			return out, err
		}
		c.server.counts.popped.Add(uint64(len(msgs)))
		for _, m := range msgs {
			size += len(m.data)
		}
		out = append(out, msgs...)
	}
	return out, nil
}

func (c *conn) pop(cmd command) {
	n := 1
	if len(cmd) == 3 {
		var err error
		if n, err = strconv.Atoi(string(cmd[2])); err != nil || n < 0 {
			c.out.WriteError("ERR value is out of range, must be positive")
			return
		}
	}
	msgs, err := c.take(string(cmd[1]), n)
	switch {
	case err != nil && len(msgs) == 0:
		c.fail(err)
	case len(cmd) == 2 && len(msgs) == 1:
		c.out.WriteBulk(msgs[0].data)
	case len(cmd) == 2:
		c.out.WriteNull()
	case len(msgs) == 0:
		c.out.WriteRaw([]byte("*-1\r\n"))
	default:
		c.out.WriteArray(len(msgs))
		for _, m := range msgs {
			c.out.WriteBulk(m.data)
		}
	}
}

func (c *conn) blockingPop(cmd command) {
	keys, last := cmd[1:len(cmd)-1], cmd[len(cmd)-1]
	seconds, err := strconv.ParseFloat(string(last), 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > 1e9 {
		c.out.WriteError("ERR timeout is not a float or out of range")
		return
	}
	var timeout <-chan time.Time
	if seconds > 0 {
		t := time.NewTimer(time.Duration(seconds * float64(time.Second)))
		defer t.Stop()
		timeout = t.C
	}
	for {
		news := c.server.waitChannel()
		for _, key := range keys {
			msgs, err := c.take(string(key), 1)
			if err != nil {
				c.fail(err)
				return
			}
			if len(msgs) > 0 {
				c.out.WriteArray(2)
				c.out.WriteBulk(key)
				c.out.WriteBulk(msgs[0].data)
				return
			}
		}
		if !c.blocked(news, timeout) {
			c.out.WriteRaw([]byte("*-1\r\n"))
			return
		}
	}
}

func (c *conn) lrange(cmd command) {
	start, err1 := strconv.ParseInt(string(cmd[2]), 10, 64)
	stop, err2 := strconv.ParseInt(string(cmd[3]), 10, 64)
	if err1 != nil || err2 != nil {
		c.out.WriteError("ERR value is not an integer or out of range")
		return
	}
	l, _ := c.server.list(string(cmd[1]), false)
	if l == nil {
		c.out.WriteArray(0)
		return
	}
	var found [][]byte
	size := 0
	err := l.peek(start, stop, func(data []byte) error {
		if size += len(data); size > maxReply {
			return fmt.Errorf("the range is over the limit of %d MiB for one reply: ask for fewer", maxReply>>20)
		}
		found = append(found, append([]byte(nil), data...))
		return nil
	})
	if err != nil {
		c.fail(err)
		return
	}
	c.out.WriteArray(len(found))
	for _, data := range found {
		c.out.WriteBulk(data)
	}
}
