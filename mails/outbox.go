package mails

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// defaultOutboxLimit is how many messages an Outbox holds if Limit is not set.
const defaultOutboxLimit = 1000

// Outbox is a [Sender] that delivers nothing and keeps the mails in memory, for
// tests and demonstrations. Its zero value is ready; it must not be copied. It is
// safe for concurrent use.
type Outbox struct {
	// Limit is how many messages are kept; a further one takes the place of the
	// oldest. Set it before use. Defaults to 1000.
	Limit int

	mu       sync.Mutex
	messages []Message
	arrived  chan struct{} // closed by the next message; nil while no call waits
}

var _ Sender = (*Outbox)(nil)

// Send keeps m. It does not block and returns nil.
func (o *Outbox) Send(_ context.Context, m Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	limit := o.Limit
	if limit <= 0 {
		limit = defaultOutboxLimit
	}
	o.messages = append(o.messages, m)
	if excess := len(o.messages) - limit; excess > 0 {
		o.messages = slices.Delete(o.messages, 0, excess)
	}
	if o.arrived != nil {
		close(o.arrived)
		o.arrived = nil
	}
	return nil
}

// Messages returns the messages kept, the oldest first. The caller owns the slice.
// It is never nil.
func (o *Outbox) Messages() []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Message{}, o.messages...)
}

// Clear forgets all messages.
func (o *Outbox) Clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.messages = nil
}

// Wait returns the oldest message kept that match accepts, or waits for one to come
// until ctx ends; then the error is ctx's. A nil match accepts every message. To
// wait for one more mail of the same sort, call [Outbox.Clear] before it is asked for.
func (o *Outbox) Wait(ctx context.Context, match func(Message) bool) (Message, error) {
	for {
		messages, arrived := o.now()
		for _, m := range messages {
			if match == nil || match(m) {
				return m, nil
			}
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("mails: wait for a message: %w", ctx.Err())
		}
	}
}

// now returns the messages kept and a channel that is closed by the next one.
func (o *Outbox) now() ([]Message, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.arrived == nil {
		o.arrived = make(chan struct{})
	}
	return slices.Clone(o.messages), o.arrived
}
