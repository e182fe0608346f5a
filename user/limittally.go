package user

import "time"

// rates are what a tally must keep to. An attempt that has not told its outcome
// after lease counts.
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

// window counts what happened since Start.
type window struct {
	Start stamp `json:"t,omitzero"`
	N     int   `json:"n,omitzero"`
}

// tally is a record that counts by several rates at once. Something whose outcome
// decides whether it counts is reserved first: what has counted and what is
// under way together never exceed a rate.
type tally struct {
	Windows []window `json:"w,omitempty"`
	Running int      `json:"r,omitzero"`
	// At is when the last one began.
	At stamp `json:"t,omitzero"`
}

// begin reserves one.
func (t *tally) begin(r rates, now time.Time) error {
	t.tidy(r, now)
	var wait time.Duration
	full := false
	for i, one := range r.each {
		if t.Windows[i].N >= one.max {
			wait = max(wait, one.per-t.Windows[i].Start.age(now))
		}
		full = full || t.Windows[i].N+t.Running >= one.max
	}
	switch {
	case wait > 0:
		return &TooManyError{RetryAfter: wait}
	case full:
		return errRunning
	}
	t.Running++
	t.At = stampOf(now)
	return nil
}

// tidy begins new windows in the place of those that are over, and counts what
// nobody will tell the outcome of.
func (t *tally) tidy(r rates, now time.Time) {
	if len(t.Windows) != len(r.each) { // configured in another way before
		t.Windows = make([]window, len(r.each))
	}
	for i, one := range r.each {
		if t.Windows[i].Start.age(now) >= one.per {
			t.Windows[i] = window{}
		}
	}
	for t.Running > 0 && t.At.age(now) > r.lease {
		t.count(now)
	}
}

// count counts what was reserved.
func (t *tally) count(now time.Time) {
	if t.Running == 0 {
		return // given up, and so counted, before
	}
	t.Running--
	for i := range t.Windows {
		if t.Windows[i].N == 0 {
			t.Windows[i].Start = stampOf(now)
		}
		t.Windows[i].N++
	}
}

// cancel forgets what was reserved.
func (t *tally) cancel() { t.Running = max(0, t.Running-1) }

// take counts one at once.
func (t *tally) take(r rates, now time.Time) error {
	if err := t.begin(r, now); err != nil {
		return err
	}
	t.count(now)
	return nil
}

// mailTally is the record of a recipient of mails.
type mailTally struct {
	tally
	// Last is when the last mail of a kind was sent whose token was not used.
	Last map[string]stamp `json:"l,omitempty"`
}

// send counts a mail of a kind. Beyond the day's number one of each kind an hour is
// still sent: otherwise strangers who ask for mails to somebody would take his reset
// away from him for the rest of the day.
func (t *mailTally) send(l *Limits, kind string, now time.Time) error {
	if sent, waiting := t.Last[kind]; waiting && sent.age(now) < l.MailInterval {
		return &TooManyError{RetryAfter: l.MailInterval - sent.age(now)}
	}
	r := l.mailRates()
	t.tidy(r, now)
	if day := &r.each[1]; t.Windows[1].N >= day.max {
		if sent, waiting := t.Last[kind]; waiting && sent.age(now) < time.Hour {
			return &TooManyError{RetryAfter: time.Hour - sent.age(now)}
		}
		day.max = t.Windows[1].N + 1
	}
	if err := t.take(r, now); err != nil {
		return err
	}
	return t.once(kind, 0, now)
}

// once notes that a mail of a kind is sent, unless the last one is younger than interval.
func (t *mailTally) once(kind string, interval time.Duration, now time.Time) error {
	if sent, waiting := t.Last[kind]; waiting && sent.age(now) < interval {
		return &TooManyError{RetryAfter: interval - sent.age(now)}
	}
	if t.Last == nil {
		t.Last = map[string]stamp{}
	}
	t.Last[kind] = stampOf(now)
	return nil
}

func (l *Limits) mailRates() rates {
	return rates{each: []rate{{l.MailsPerHour, time.Hour}, {l.MailsPerDay, 24 * time.Hour}}, lease: l.lease}
}
