package user

import (
	"slices"
	"time"
)

const (
	// knownTime is how long a network is known after a login from it.
	knownTime = 30 * 24 * time.Hour
	// maxKnown is how many networks of an account are known at most. Somebody who
	// is on the road replaces the ones used longest ago.
	maxKnown = 16
)

// accountLimit is the record of an account. Networks from which its owner has
// logged in count for themselves, so that strangers who fail on purpose cannot
// lock the owner out.
type accountLimit struct {
	Strangers tries          `json:"s,omitzero"`
	Known     []knownNetwork `json:"k,omitempty"`
}

type knownNetwork struct {
	Name string `json:"n"`
	// Seen is when somebody last logged in from there.
	Seen stamp `json:"seen"`
	tries
}

// triesOf returns the tries that count for a network, and whether it is known.
func (a *accountLimit) triesOf(network string, now time.Time) (t *tries, known bool) {
	a.Known = slices.DeleteFunc(a.Known, func(k knownNetwork) bool { return k.Seen.age(now) > knownTime })
	if k := a.find(network); k != nil {
		return &k.tries, true
	}
	return &a.Strangers, false
}

func (a *accountLimit) find(network string) *knownNetwork {
	i := slices.IndexFunc(a.Known, func(k knownNetwork) bool { return k.Name == network })
	if i < 0 {
		return nil
	}
	return &a.Known[i]
}

// begun returns the tries in which an attempt from a network was reserved; nil if
// they are forgotten. The network may have become known since.
func (a *accountLimit) begun(network string, known bool) *tries {
	if !known {
		return &a.Strangers
	}
	if k := a.find(network); k != nil {
		return &k.tries
	}
	return nil
}

// note remembers that somebody logged in from a network.
func (a *accountLimit) note(network string, now time.Time) {
	if network == "" {
		return
	}
	if k := a.find(network); k != nil {
		k.Seen = stampOf(now)
		return
	}
	if len(a.Known) >= maxKnown {
		oldest := 0
		for i, k := range a.Known {
			if k.Seen < a.Known[oldest].Seen {
				oldest = i
			}
		}
		a.Known = slices.Delete(a.Known, oldest, oldest+1)
	}
	a.Known = append(a.Known, knownNetwork{Name: network, Seen: stampOf(now)})
}

func (a *accountLimit) keep(l *Limits) time.Duration {
	keep := max(a.Strangers.keep(l), knownTime)
	for i := range a.Known {
		keep = max(keep, a.Known[i].keep(l))
	}
	return keep
}
