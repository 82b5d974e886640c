package elastic

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"castor/internal/plugin"
)

// Kind says what to do about a request that failed as a whole.
type Kind int

const (
	// Unreachable: no host could be spoken to. Wait and try again.
	Unreachable Kind = iota + 1
	// Timeout: a host did not answer in time. What was sent may have been written. Try again.
	Timeout
	// Unauthorized (401) and Forbidden (403): the credentials are wrong or lack a right. Somebody must act; wait long.
	Unauthorized
	Forbidden
	// Busy (429): the cluster asks for less. Wait, and send fewer at a time.
	Busy
	// Unavailable (5xx, 408): the cluster cannot at the moment. Wait and try again.
	Unavailable
	// TooLarge (413): more than the cluster, or a proxy before it, takes in one request.
	TooLarge
	// Rejected (400): the request is malformed, one of its documents may be the reason.
	Rejected
	// Misdirected (other 3xx and 4xx): something answers that does not know these requests. Somebody must act; wait long.
	Misdirected
	// Unreadable: the answer is not what a cluster answers. Try again.
	Unreadable
)

// String is the kind in a word or two, for counters and logs.
func (k Kind) String() string {
	names := [...]string{"", "unreachable", "timeout", "unauthorized", "forbidden", "busy", "unavailable", "too large",
		"rejected", "misdirected", "unreadable answer"}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// RequestError is a request of which no part succeeded.
type RequestError struct {
	Kind   Kind
	Host   string // without credentials; empty when none was reached
	Status int    // of HTTP, 0 without an answer
	Reason string // the cluster's own words, shortened
	// RetryAfter is how long the cluster asks to wait, 0 when it does not say.
	RetryAfter time.Duration
	Err        error // the fault below, if any
}

func (e *RequestError) Error() string {
	where := e.Host
	if where == "" {
		where = "the cluster"
	}
	switch e.Kind {
	case Unreachable:
		return fmt.Sprintf("reach %s: %v", where, e.Err)
	case Timeout:
		return fmt.Sprintf("%s did not answer in time: %v", where, e.Err)
	case Unauthorized:
		return e.with(where + " refuses the credentials (401): check user and password, api_key or cloud_auth")
	case Forbidden:
		return e.with(where + " forbids the request (403): the credentials lack a right, such as create_doc or auto_configure on the index")
	case Busy:
		return e.with(where + " has too much to do (429)")
	case TooLarge:
		return e.with(where + " does not take a request of this size (413)")
	case Misdirected:
		return e.with(fmt.Sprintf("%s answers %d, as if it were no Elasticsearch or OpenSearch: check hosts and path", where, e.Status))
	case Unreadable:
		return fmt.Sprintf("read the answer of %s: %v", where, e.Err)
	default:
		return e.with(fmt.Sprintf("%s answers %d", where, e.Status))
	}
}

func (e *RequestError) with(text string) string {
	if e.Reason == "" {
		return text
	}
	return text + ": " + e.Reason
}

func (e *RequestError) Unwrap() error { return e.Err }

// NeedsHelp reports whether waiting alone will not do: credentials, rights, addresses.
func (e *RequestError) NeedsHelp() bool {
	return e.Kind == Unauthorized || e.Kind == Forbidden || e.Kind == Misdirected
}

// Overloaded reports whether err, of a request, a document or a batch, asks for fewer requests at a time.
func Overloaded(err error) bool {
	var r *RequestError
	var d *DocumentError
	var b *plugin.BatchError
	switch {
	case errors.As(err, &b):
		return anyFailure(b, Overloaded)
	case errors.As(err, &r):
		return r.Kind == Busy || r.Kind == Timeout || r.Kind == Unavailable
	case errors.As(err, &d):
		return d.Status == 429 || d.Status == 503
	}
	return false
}

// NeedsHelp reports whether err, of a request, a document or a batch, waits for a person: credentials, rights, addresses.
func NeedsHelp(err error) bool {
	var r *RequestError
	var d *DocumentError
	var b *plugin.BatchError
	switch {
	case errors.As(err, &b):
		return anyFailure(b, NeedsHelp)
	case errors.As(err, &r):
		return r.NeedsHelp()
	case errors.As(err, &d):
		return d.Status == 401 || d.Type == "security_exception"
	}
	return false
}

func anyFailure(b *plugin.BatchError, is func(error) bool) bool {
	return slices.ContainsFunc(b.Failed, func(f plugin.Failure) bool { return !f.Permanent && is(f.Err) })
}

// RetryAfter is how long the cluster asked to wait, 0 when it did not say.
func RetryAfter(err error) time.Duration {
	var r *RequestError
	var b *plugin.BatchError
	switch {
	case errors.As(err, &b):
		var longest time.Duration
		for _, f := range b.Failed {
			longest = max(longest, RetryAfter(f.Err))
		}
		return longest
	case errors.As(err, &r):
		return r.RetryAfter
	}
	return 0
}

// DocumentError is the cluster's verdict on one document.
type DocumentError struct {
	Status int
	Type   string // the cluster's name of the error, like mapper_parsing_exception
	Reason string // its words, with those of the causes below
	Index  string
	ID     string
	Field  string // the field at fault, where the reason names one
}

func (e *DocumentError) Error() string {
	text := fmt.Sprintf("index %s: %d %s", e.Index, e.Status, e.Type)
	if e.Field != "" {
		text += " in field [" + e.Field + "]"
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}
