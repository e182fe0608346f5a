package user

import "time"

// clockSkew is how far the clocks of two instances may be apart. A time that is
// further ahead comes from a clock that was wrong, and is taken for now: what
// waits for it to pass waits no longer than it should have then.
const clockSkew = time.Minute

// mendable is a record with times. mend replaces each by what fix makes of it.
type mendable interface{ mend(fix func(stamp) stamp) }

var (
	_ mendable = (*accountLimit)(nil)
	_ mendable = (*tally)(nil)
	_ mendable = (*mailTally)(nil)
)

// mend puts right the times of a record that are too far ahead. It returns the record
// as it is then, empty where it was right.
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
	return encodeLimit(record)
}

func (a *accountLimit) mend(fix func(stamp) stamp) {
	a.Strangers.At = fix(a.Strangers.At)
	for i := range a.Known {
		k := &a.Known[i]
		k.Seen, k.At = fix(k.Seen), fix(k.At)
	}
}

func (t *tally) mend(fix func(stamp) stamp) {
	t.At = fix(t.At)
	for i := range t.Windows {
		t.Windows[i].Start = fix(t.Windows[i].Start)
	}
}

func (t *mailTally) mend(fix func(stamp) stamp) {
	t.tally.mend(fix)
	for kind, at := range t.Last {
		t.Last[kind] = fix(at)
	}
}
