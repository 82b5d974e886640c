package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"

	"castor/internal/broker"
)

// Producer publishes with confirms. It implements broker.Producer.
type Producer struct {
	o    ProducerOptions
	l    *link
	pace broker.Backoff
	// whole lets one Push at a time wait for its confirms when Mandatory is set: a returned message does not say which
	// one it was.
	whole sync.Mutex
}

// NewProducer checks the options and starts to connect.
func NewProducer(o ProducerOptions) (*Producer, error) {
	if o.Window <= 0 {
		o.Window = 4096
		if o.Mandatory {
			o.Window = 1024
		}
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = 128 << 20
	}
	p := &Producer{o: o}
	l, err := newLink(&p.o.Options, p.setup)
	if err != nil {
		return nil, err
	}
	p.l = l
	p.pace.Max = p.o.ReconnectInterval
	l.work.Go(l.run)
	return p, nil
}

// setup declares the topology on a new channel.
func (p *Producer) setup(s *session) error {
	if err := p.o.Exchange.declare(s.ch); err != nil {
		return err
	}
	if p.o.Queue != nil {
		name, err := p.o.Queue.declare(s.ch)
		if err != nil {
			return err
		}
		if err := bind(s.ch, name, p.o.Exchange.Name, []string{p.o.Key}, nil); err != nil {
			return err
		}
	}
	if err := s.ch.Confirm(false); err != nil {
		return fmt.Errorf("switch publisher confirms on: %w", err)
	}
	if p.o.Mandatory {
		// The library puts a return in here before it looks at the message's confirm, so whoever has the confirm finds
		// it here. The room is for the windows of two Pushes, since one that was cancelled may leave its returns behind.
		s.returns = s.ch.NotifyReturn(make(chan amqp.Return, 2*p.o.Window))
	}
	return nil
}

// Push implements broker.Producer with the producer's routing key and properties.
func (p *Producer) Push(ctx context.Context, msgs [][]byte) error {
	out := make([]Message, len(msgs))
	for i, m := range msgs {
		out[i] = Message{Body: m, Key: p.o.Key}
	}
	return p.Publish(ctx, out)
}

// Publish is Push for messages with routing keys and properties of their own.
//
// Messages of one Publish are sent in order. Those that the broker refuses, or cannot route when Mandatory is set, are
// sent again later, after the others.
func (p *Producer) Publish(ctx context.Context, msgs []Message) error {
	if p.o.Mandatory {
		p.whole.Lock()
		defer p.whole.Unlock()
	}
	var failed []broker.Failure
	limit := p.o.MaxMessage
	todo := make([]int, len(msgs))
	for i := range msgs {
		todo[i] = i
	}
	for {
		todo, failed = p.refuse(msgs, todo, failed, limit)
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(todo) == 0 {
			break
		}
		rest, fault := p.attempt(ctx, msgs, todo)
		todo = rest
		if fault == nil {
			continue
		}
		if errors.Is(fault, broker.ErrClosed) || ctx.Err() != nil || p.o.NoRetry {
			return fault
		}
		if n := sizeLimit(fault); n > 0 && n < limit {
			limit = n
			continue
		}
		p.l.mon.Count(func(c *broker.Counts) { c.Retries++ })
		if err := p.pause(ctx); err != nil {
			return fmt.Errorf("%w while waiting: %w", err, fault)
		}
	}
	if len(failed) > 0 {
		return &broker.PushError{Failed: failed}
	}
	return nil
}

// refuse takes the messages out that can never be sent.
func (p *Producer) refuse(msgs []Message, todo []int, failed []broker.Failure, limit int) ([]int, []broker.Failure) {
	keep := todo[:0]
	for _, i := range todo {
		if err := p.o.check(msgs[i], limit); err != nil {
			failed = append(failed, broker.Failure{Index: i, Err: err})
			continue
		}
		keep = append(keep, i)
	}
	return keep, failed
}

func (p *Producer) pause(ctx context.Context) error {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.l.ctx, cancel)()
	if p.pace.Sleep(both) == nil {
		return nil
	}
	if ctx.Err() == nil {
		return broker.ErrClosed
	}
	return ctx.Err()
}

// attempt publishes a window of messages and gives back those that are not confirmed, with the reason.
func (p *Producer) attempt(ctx context.Context, msgs []Message, todo []int) ([]int, error) {
	s, err := p.l.get(ctx, p.o.NoRetry)
	if err != nil {
		return todo, err
	}
	_ = s.takeReturns() // of a Push that was cancelled
	n := min(len(todo), p.o.Window)
	confirms := make([]*amqp.DeferredConfirmation, 0, n)
	for _, i := range todo[:n] {
		c, err := s.ch.PublishWithDeferredConfirm(p.o.Exchange.Name, msgs[i].Key, p.o.Mandatory, false, p.o.publishing(msgs[i]))
		if err != nil {
			break // the session has ended
		}
		confirms = append(confirms, c)
	}
	return p.confirm(ctx, s, msgs, todo, n, confirms)
}

// confirm waits for the broker's word on each message that was sent.
func (p *Producer) confirm(ctx context.Context, s *session, msgs []Message, todo []int, n int, confirms []*amqp.DeferredConfirmation) ([]int, error) {
	var rest []int
	done, bytes := 0, 0
	w := p.watch(s)
	defer w.end()
	for i, c := range confirms {
		if _, err := c.WaitContext(ctx); err != nil {
			return todo, err
		}
		if i%64 == 0 {
			w.progress()
		}
	}
	returned := s.takeReturns()
	p.l.mon.Count(func(c *broker.Counts) { c.Returned += uint64(len(returned)) })
	for k, c := range confirms {
		back := false
		if len(returned) > 0 {
			returned, back = takeReturned(returned, msgs[todo[k]])
		}
		if back || !c.Acked() {
			rest = append(rest, todo[k])
			continue
		}
		done++
		bytes += len(msgs[todo[k]].Body)
	}
	if done > 0 {
		p.pace.Reset()
		p.l.pace.Reset()
		p.l.mon.Count(func(c *broker.Counts) {
			c.Messages += uint64(done)
			c.Bytes += uint64(bytes)
			c.Batches++
		})
	}
	unsent := n - len(confirms)
	refused := len(rest)
	if done > 0 && refused == 0 && p.l.mon.Status().State == broker.Congested {
		p.l.mon.Up(label(s.addr))
	}
	rest = append(rest, todo[len(confirms):]...)
	if unsent == 0 && refused == 0 {
		return rest, nil
	}
	return rest, p.why(s, refused)
}

// why is the reason of messages that were not confirmed: the end of the session, or a refusal of the broker.
func (p *Producer) why(s *session, refused int) error {
	if s.ended() {
		<-s.gone
		return p.l.o.classify("publish", label(s.addr), s.reason())
	}
	fault := &broker.Error{Op: "publish", Addr: label(s.addr), Class: broker.Full,
		Err:    fmt.Errorf("the broker refused %d messages", refused),
		Advice: "a queue with a length limit is full, a quorum queue has no leader, or no queue is bound for their routing key"}
	p.l.mon.Full(fault)
	p.l.mon.Count(func(c *broker.Counts) { c.Nacked += uint64(refused) })
	return fault
}

// takeReturns empties the session's returns.
func (s *session) takeReturns() []amqp.Return {
	var out []amqp.Return
	for {
		select {
		case r, ok := <-s.returns:
			if !ok {
				return out
			}
			out = append(out, r)
		default:
			return out
		}
	}
}

// takeReturned says whether a message is among the returned ones, and takes it out. Equal messages are interchangeable.
func takeReturned(returned []amqp.Return, m Message) ([]amqp.Return, bool) {
	for i, r := range returned {
		if r.RoutingKey == m.Key && string(r.Body) == string(m.Body) {
			return append(returned[:i], returned[i+1:]...), true
		}
	}
	return returned, false
}

// Status implements broker.Producer.
func (p *Producer) Status() broker.Status { return p.l.mon.Status() }

// Close implements broker.Producer.
func (p *Producer) Close() error {
	p.l.close()
	return nil
}

// publishing is a message as the library takes it.
func (o *ProducerOptions) publishing(m Message) amqp.Publishing {
	props := &o.Properties
	if m.Properties != nil {
		props = m.Properties
	}
	mode := amqp.Transient
	if o.Persistent {
		mode = amqp.Persistent
	}
	return amqp.Publishing{
		Headers: amqp.Table(props.Headers), ContentType: props.ContentType, ContentEncoding: props.ContentEncoding,
		DeliveryMode: mode, Priority: props.Priority, CorrelationId: props.CorrelationID, ReplyTo: props.ReplyTo,
		Expiration: props.Expiration, MessageId: props.MessageID, Timestamp: props.Timestamp, Type: props.Type,
		UserId: props.UserID, AppId: props.AppID, Body: m.Body,
	}
}

// shortString is the longest text that AMQP has for keys and most properties, bytes.
const shortString = 255

// check says why a message can never be sent, or nil.
func (o *ProducerOptions) check(m Message, limit int) error {
	if n := len(m.Body); n > limit {
		return &broker.Error{Op: "publish", Class: broker.TooLarge, Advice: "see max_message_size in rabbitmq.conf",
			Err: fmt.Errorf("the message has %d bytes, the limit is %d", n, limit)}
	}
	props := &o.Properties
	if m.Properties != nil {
		props = m.Properties
	}
	for _, text := range [...]string{m.Key, props.ContentType, props.ContentEncoding, props.CorrelationID, props.ReplyTo,
		props.Expiration, props.MessageID, props.Type, props.UserID, props.AppID} {
		if len(text) > shortString {
			return &broker.Error{Op: "publish", Class: broker.TooLarge, Advice: "AMQP allows 255 bytes",
				Err: fmt.Errorf("the routing key or property %.20q… has %d bytes", text, len(text))}
		}
	}
	if props.Headers == nil {
		return nil
	}
	if err := amqp.Table(props.Headers).Validate(); err != nil {
		return &broker.Error{Op: "publish", Class: broker.Config, Err: err,
			Advice: "headers are strings, numbers, booleans, times, lists and tables"}
	}
	return nil
}
