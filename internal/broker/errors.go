package broker

import (
	"fmt"
	"strings"
)

// Class sorts the faults of a broker by what is to be done about them.
type Class int

// The classes of faults.
const (
	Unknown     Class = iota // none of the others; the broker's own words say what
	Unreachable              // no connection, or it broke
	Auth                     // name or password missing or wrong
	Permission               // known, but not allowed to do this
	TLS                      // certificates, names, protocol versions
	WrongType                // the key or the queue exists and is something else
	Moved                    // a Cluster node was addressed as if it stood alone
	Loading                  // the broker is starting
	ReadOnly                 // a replica was addressed
	Full                     // out of memory or disk, or over a limit: back-pressure
	Blocked                  // the broker holds back this connection
	NotFound                 // exchange, queue or vhost does not exist
	TooLarge                 // this message will never fit
	Timeout                  // connected, but no answer in time
	Config                   // the broker does not accept what is asked of it
)

var classNames = [...]string{"unknown", "unreachable", "auth", "permission", "tls", "wrong_type", "moved", "loading",
	"read_only", "full", "blocked", "not_found", "too_large", "timeout", "config"}

// String is the class as metrics and logs write it.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class_%d", int(c))
}

// Operator says whether somebody has to change something before this can get better; the other classes pass by
// themselves. Either way it is worth trying again, slowly.
func (c Class) Operator() bool {
	switch c {
	case Auth, Permission, TLS, WrongType, Moved, ReadOnly, NotFound, TooLarge, Config:
		return true
	}
	return false
}

// Error is a fault of a broker in words for the person who reads it.
type Error struct {
	Op     string // what was being done, a verb phrase: "push to list \"logstash\""
	Addr   string // the broker, without secrets
	Class  Class
	Advice string // what to do about it, one clause; may be empty
	Err    error  // what the broker or the network said, without secrets
}

// Error reads: "push to list "logstash" on 10.0.0.5:6379: OOM command not allowed (…): raise maxmemory or …".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Addr != "" {
		b.WriteString(" on " + e.Addr)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Advice != "" {
		b.WriteString(" (" + e.Advice + ")")
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Failure is one message that the broker will never accept.
type Failure struct {
	Index int // in the batch that was pushed
	Err   error
}

// PushError lists the messages of a batch that can never be accepted; all others are confirmed.
type PushError struct{ Failed []Failure }

// Error names the number of messages and the first reason.
func (e *PushError) Error() string {
	if len(e.Failed) == 0 {
		return "push: no message failed"
	}
	return fmt.Sprintf("push: %d messages can never be accepted, the first because: %v", len(e.Failed), e.Failed[0].Err)
}

// Scrub replaces every secret in an error's text by "***", so that a password that a library echoes (in an URL, for
// instance) never reaches a log.
func Scrub(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := text
	for _, s := range secrets {
		if s != "" {
			clean = strings.ReplaceAll(clean, s, "***")
		}
	}
	if clean == text {
		return err
	}
	return &scrubbed{text: clean, err: err}
}

type scrubbed struct {
	text string
	err  error
}

func (s *scrubbed) Error() string { return s.text }
func (s *scrubbed) Unwrap() error { return s.err }
