package limits

import "time"

// stamp is a time in milliseconds since 1970.
type stamp int64

func stampOf(at time.Time) stamp { return stamp(at.UnixMilli()) }

// age is how long before now the time was; 0 if it is to come, as clocks differ.
func (s stamp) age(now time.Time) time.Duration {
	return max(0, now.Sub(time.UnixMilli(int64(s))))
}

// clockSkew is how far the clocks of two instances may be apart. A time that is
// further ahead comes from a clock that was wrong, and is taken for now: what
// waits for it to pass waits no longer than it should have then.
const clockSkew = time.Minute

// mendable is a record with times. mend replaces each by what fix makes of it.
type mendable interface{ mend(fix func(stamp) stamp) }

var (
	_ mendable = (*account)(nil)
	_ mendable = (*counter)(nil)
	_ mendable = (*recipient)(nil)
)

// mend corrects the times of a record that are too far ahead. It returns the record
// as it is then, empty if it was right.
func mend(record any, now time.Time) (mended string, err error) {
	wrong := false
	record.(mendable).mend(func(at stamp) stamp {
		if time.UnixMilli(int64(at)).Sub(now) <= clockSkew {
			return at
		}
		wrong = true
		return stampOf(now)
	})
	if !wrong {
		return "", nil
	}
	return encode(record)
}

func (a *account) mend(fix func(stamp) stamp) {
	a.Strangers.At = fix(a.Strangers.At)
	for i := range a.Known {
		k := &a.Known[i]
		k.Seen, k.At = fix(k.Seen), fix(k.At)
	}
}

func (n *counter) mend(fix func(stamp) stamp) {
	n.At = fix(n.At)
	for i := range n.Windows {
		n.Windows[i].Start = fix(n.Windows[i].Start)
	}
}

func (m *recipient) mend(fix func(stamp) stamp) {
	m.counter.mend(fix)
	for kind, at := range m.Last {
		m.Last[kind] = fix(at)
	}
}
