package limits

import (
	"slices"
	"time"
)

const (
	// knownTime is how long a network is known after a login from it.
	knownTime = 30 * 24 * time.Hour
	// maxKnown is how many networks of an account are known at most. The networks of
	// users who travel replace those used longest ago.
	maxKnown = 16
)

// account is the record of an account. Networks from which its owner has logged in
// have failures of their own, so that strangers who fail on purpose cannot lock the
// owner out.
type account struct {
	Strangers failures       `json:"s,omitzero"`
	Known     []knownNetwork `json:"k,omitempty"`
}

type knownNetwork struct {
	Name string `json:"n"`
	// Seen is the time of the last login from there.
	Seen stamp `json:"seen"`
	failures
}

// failuresOf returns the failures that a network adds to, and whether it is known.
func (a *account) failuresOf(network string, now time.Time) (f *failures, known bool) {
	a.Known = slices.DeleteFunc(a.Known, func(k knownNetwork) bool { return k.Seen.age(now) > knownTime })
	if k := a.find(network); k != nil {
		return &k.failures, true
	}
	return &a.Strangers, false
}

func (a *account) find(network string) *knownNetwork {
	i := slices.IndexFunc(a.Known, func(k knownNetwork) bool { return k.Name == network })
	if i < 0 {
		return nil
	}
	return &a.Known[i]
}

// begun returns the failures in which an attempt from a network was reserved; nil if
// they are forgotten. The network may have become known since.
func (a *account) begun(network string, known bool) *failures {
	if !known {
		return &a.Strangers
	}
	if k := a.find(network); k != nil {
		return &k.failures
	}
	return nil
}

// note remembers a login from a network.
func (a *account) note(network string, now time.Time) {
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

func (a *account) keep(c *settings) time.Duration {
	keep := max(a.Strangers.keep(c), knownTime)
	for i := range a.Known {
		keep = max(keep, a.Known[i].keep(c))
	}
	return keep
}
