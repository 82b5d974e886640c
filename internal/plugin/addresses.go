package plugin

import (
	"context"
	"fmt"
	"sync"
)

// Addresses connects the pipelines of a process: an input listens at an address, outputs send to it.
type Addresses struct {
	mu        sync.Mutex
	listeners map[string]*listener
	changed   chan struct{} // closed at every change
}

// NewAddresses makes the addresses of one process.
func NewAddresses() *Addresses {
	return &Addresses{listeners: map[string]*listener{}, changed: make(chan struct{})}
}

type listener struct {
	ctx  context.Context
	emit Emit
	busy sync.WaitGroup // deliveries that are being handed over
}

// Listen takes deliveries at an address until ctx ends, and returns when the last one that was being handed over is
// taken or refused. Two listeners at one address are an error.
func (a *Addresses) Listen(ctx context.Context, address string, emit Emit) error {
	l := &listener{ctx: ctx, emit: emit}
	a.mu.Lock()
	if a.listeners[address] != nil {
		a.mu.Unlock()
		return fmt.Errorf("another pipeline input listens at the address %q already; give each its own", address)
	}
	a.listeners[address] = l
	a.signal()
	a.mu.Unlock()

	<-ctx.Done()
	a.mu.Lock()
	delete(a.listeners, address)
	a.signal()
	a.mu.Unlock()
	l.busy.Wait()
	return nil
}

func (a *Addresses) signal() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// Listening tells whether somebody listens at the address.
func (a *Addresses) Listening(address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.listeners[address] != nil
}

// Send hands a delivery to the listener, and waits for one where there is none. The error is ctx's: the delivery was
// then not taken.
func (a *Addresses) Send(ctx context.Context, address string, d Delivery) error {
	for {
		a.mu.Lock()
		l, changed := a.listeners[address], a.changed
		if l != nil {
			l.busy.Add(1)
		}
		a.mu.Unlock()
		if l != nil {
			err := l.take(ctx, d)
			l.busy.Done()
			if err == nil || ctx.Err() != nil {
				return err
			}
			// The listener stopped meanwhile: the next one gets it.
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take ends with the listener or with the sender, whichever is first.
func (l *listener) take(ctx context.Context, d Delivery) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	return l.emit(ctx, d)
}

// Listens is an input that takes deliveries at addresses of other pipelines.
type Listens interface{ ListensAt() []string }

// Sends is an output that hands deliveries to other pipelines.
type Sends interface{ SendsTo() []string }
