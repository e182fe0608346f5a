package user

import (
	"context"
	"sync"
	"time"
)

// deliveryContext is the context of one call of OnEvent. It ends at its deadline, with its
// parent, or when the call has returned. Its timer is made when the sink first asks for
// Done or Err, which a sink that does not block never does.
type deliveryContext struct {
	context.Context // the parent
	deadline        time.Time

	mu     sync.Mutex
	timed  context.Context // nil until asked for
	cancel context.CancelFunc
	over   bool
}

func (d *deliveryContext) Deadline() (time.Time, bool) { return d.deadline, true }

func (d *deliveryContext) Done() <-chan struct{} { return d.arm().Done() }

func (d *deliveryContext) Err() error { return d.arm().Err() }

// Value is that of the context with the timer once there is one, so that contexts that
// are derived from d join it without a goroutine.
func (d *deliveryContext) Value(key any) any {
	d.mu.Lock()
	timed := d.timed
	d.mu.Unlock()
	if timed == nil {
		return d.Context.Value(key)
	}
	return timed.Value(key)
}

func (d *deliveryContext) arm() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed == nil {
		d.timed, d.cancel = context.WithDeadline(d.Context, d.deadline)
		if d.over {
			d.cancel()
		}
	}
	return d.timed
}

// end ends d: the sink has returned.
func (d *deliveryContext) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	if d.cancel != nil {
		d.cancel()
	}
}
