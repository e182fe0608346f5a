package limits

import "time"

// rates are what a counter must keep to. An attempt that has no outcome after lease
// is one that was made.
type rates struct {
	each  []rate
	lease time.Duration
}

// longest is how long a record is needed.
func (r rates) longest() time.Duration {
	longest := r.lease
	for _, one := range r.each {
		longest = max(longest, one.per)
	}
	return longest
}

// rate is so many in so much time.
type rate struct {
	max int
	per time.Duration
}

// window is how many there were since Start.
type window struct {
	Start stamp `json:"t,omitzero"`
	N     int   `json:"n,omitzero"`
}

// counter is a record that counts by several rates at once. An attempt whose outcome
// decides whether it uses a place is reserved first: the used places and the reserved
// ones together never exceed a rate.
type counter struct {
	Windows []window `json:"w,omitempty"`
	Running int      `json:"r,omitzero"`
	// At is when the last one began.
	At stamp `json:"t,omitzero"`
}

// begin reserves a place.
func (n *counter) begin(r rates, now time.Time) error {
	n.tidy(r, now)
	var wait time.Duration
	full := false
	for i, one := range r.each {
		if n.Windows[i].N >= one.max {
			wait = max(wait, one.per-n.Windows[i].Start.age(now))
		}
		full = full || n.Windows[i].N+n.Running >= one.max
	}
	switch {
	case wait > 0:
		return &TooManyError{RetryAfter: wait}
	case full:
		return errRunning
	}
	n.Running++
	n.At = stampOf(now)
	return nil
}

// tidy starts new windows in the place of those that are over, and uses the places of
// attempts whose outcome is overdue.
func (n *counter) tidy(r rates, now time.Time) {
	if len(n.Windows) != len(r.each) { // configured in another way before
		n.Windows = make([]window, len(r.each))
	}
	for i, one := range r.each {
		if n.Windows[i].Start.age(now) >= one.per {
			n.Windows[i] = window{}
		}
	}
	for n.Running > 0 && n.At.age(now) > r.lease {
		n.use(now)
	}
}

// use uses a place that was reserved.
func (n *counter) use(now time.Time) {
	if n.Running == 0 {
		return // given up, and so used, before
	}
	n.Running--
	for i := range n.Windows {
		if n.Windows[i].N == 0 {
			n.Windows[i].Start = stampOf(now)
		}
		n.Windows[i].N++
	}
}

// cancel gives back a place that was reserved.
func (n *counter) cancel() { n.Running = max(0, n.Running-1) }

// take reserves and uses a place.
func (n *counter) take(r rates, now time.Time) error {
	if err := n.begin(r, now); err != nil {
		return err
	}
	n.use(now)
	return nil
}
