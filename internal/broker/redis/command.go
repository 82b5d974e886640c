package redis

import (
	"fmt"

	"castor/internal/broker"
)

// command is one Redis command of a push and what it carries.
type command struct {
	key      string
	args     []any
	n, bytes int
}

// plan turns groups into commands, leaving out messages that Redis can never take.
func (p *Producer) plan(groups []Group) (cmds []*command, refused []broker.Failure) {
	base := 0
	for _, g := range groups {
		var open *command
		for i, m := range g.Msgs {
			if len(m) > p.o.MaxMessage {
				refused = append(refused, broker.Failure{Index: base + i, Err: p.tooLarge(g.Key, len(m))})
				continue
			}
			if open == nil || p.o.Kind != List || open.n >= pushCount || open.bytes+len(m) > pushBytes {
				open = p.start(g.Key, len(g.Msgs)-i)
				cmds = append(cmds, open)
			}
			open.args = append(open.args, m)
			open.n++
			open.bytes += len(m)
		}
		base += len(g.Msgs)
	}
	return cmds, refused
}

// start is a command without its messages; n is how many may follow.
func (p *Producer) start(key string, n int) *command {
	switch p.o.Kind {
	case Stream:
		args := []any{"XADD", key}
		if p.o.MaxLen > 0 {
			how := "~"
			if p.o.MaxLenExact {
				how = "="
			}
			args = append(args, "MAXLEN", how, p.o.MaxLen)
		}
		return &command{key: key, args: append(args, "*", p.o.Field)}
	case Channel:
		return &command{key: key, args: []any{"PUBLISH", key}}
	}
	args := make([]any, 2, 2+min(n, pushCount))
	args[0], args[1] = "RPUSH", key
	return &command{key: key, args: args}
}

func (p *Producer) tooLarge(key string, n int) error {
	return &broker.Error{Op: fmt.Sprintf("push to %s %q", p.o.Kind, key), Class: broker.TooLarge,
		Err: fmt.Errorf("the message has %d bytes, the limit is %d", n, p.o.MaxMessage)}
}
