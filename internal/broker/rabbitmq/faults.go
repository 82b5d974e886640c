package rabbitmq

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"castor/internal/broker"
)

// texts are parts of RabbitMQ's reasons, what they mean and what helps. The first match counts.
var texts = []struct {
	part   string
	class  broker.Class
	advice string
}{
	{"inequivalent arg", broker.WrongType, "the queue or exchange exists with another value of this property: set the option to the current value, " +
		"set passive => true, or delete it once it is empty and let it be declared anew"},
	{"username or password not allowed", broker.Auth, "check user and password; the user guest may only come from the broker's own machine"},
	{"SASL could not negotiate", broker.Auth, "the broker does not accept names and passwords: see auth_mechanisms"},
	{"ACCESS_REFUSED - Login was refused", broker.Auth, "check user and password; the user guest may only come from the broker's own machine"},
	{"no access to this vhost", broker.Permission, "the vhost does not exist, or the user may not use it: rabbitmqctl list_vhosts, set_permissions"},
	{"access to vhost", broker.Permission, "the user may not use this vhost: rabbitmqctl set_permissions"},
	{"NOT_ALLOWED - vhost", broker.NotFound, "check vhost: rabbitmqctl list_vhosts"},
	{"ACCESS_REFUSED", broker.Permission, "the user lacks a permission: rabbitmqctl set_permissions"},
	{"RESOURCE_LOCKED", broker.Permission, "another connection holds this queue exclusively"},
	{"in exclusive use", broker.Permission, "another consumer holds this queue exclusively"},
	{"larger than configured max size", broker.TooLarge, "see max_message_size in rabbitmq.conf"},
	{"larger than the max size", broker.TooLarge, "see max_message_size in rabbitmq.conf"},
	{"NOT_FOUND", broker.NotFound, "declare it, or leave out passive => true so that it is declared for you"},
	{"PRECONDITION_FAILED - delivery acknowledgement on channel", broker.Timeout, "messages were held longer than consumer_timeout: lower prefetch_count or raise it"},
	{"PRECONDITION_FAILED", broker.Config, "the broker does not accept this combination of options"},
	{"invalid exchange type", broker.Config, "check exchange_type; some types need a plugin of the broker: rabbitmq-plugins enable …"},
	{"unknown exchange type", broker.Config, "check exchange_type; some types need a plugin of the broker: rabbitmq-plugins enable …"},
	{"CONNECTION_FORCED", broker.Loading, "an operator closed the connection, or the broker shuts down"},
	{"NOT_ALLOWED", broker.Permission, "the broker's limits forbid it"},
	{"i/o timeout", broker.Timeout, "no answer in time: the broker is overloaded, paused or cut off"},
	{"connection reset", broker.Unreachable, "the connection broke"},
	{"broken pipe", broker.Unreachable, "the connection broke"},
	{"EOF", broker.Unreachable, "the connection broke"},
}

// classify puts an error of amqp091-go into words. The secrets never show.
func (o *Options) classify(op, addr string, err error) *broker.Error {
	var known *broker.Error
	if errors.As(err, &known) {
		return known
	}
	e := &broker.Error{Op: op, Addr: addr, Err: o.plain(err)}
	var ae *amqp.Error
	if errors.As(err, &ae) {
		for _, t := range texts {
			if strings.Contains(ae.Reason, t.part) {
				e.Class, e.Advice = t.class, t.advice
				return e
			}
		}
		if !ae.Server {
			e.Class, e.Advice = broker.Unreachable, "the connection broke"
		}
		return e
	}
	if c, advice, ok := broker.ClassifyNet(err); ok {
		e.Class, e.Advice = c, advice
	}
	return e
}

// plain is the broker's sentence without the library's wrapping, and without the password.
func (o *Options) plain(err error) error {
	var ae *amqp.Error
	if errors.As(err, &ae) && ae.Reason != "" {
		err = &reason{ae}
	}
	if o.Password == "guest" { // no secret, and a word that errors need
		return err
	}
	return broker.Scrub(err, o.Password)
}

type reason struct{ err *amqp.Error }

func (r *reason) Error() string { return r.err.Reason + " (" + strconv.Itoa(r.err.Code) + ")" }
func (r *reason) Unwrap() error { return r.err }

var maxSize = regexp.MustCompile(`larger than (?:configured |the )?max size '?(\d+)`)

// sizeLimit is the broker's limit that an error tells, or 0.
func sizeLimit(err error) int {
	var ae *amqp.Error
	if !errors.As(err, &ae) {
		return 0
	}
	m := maxSize.FindStringSubmatch(ae.Reason)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}
