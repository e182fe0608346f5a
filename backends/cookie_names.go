package backends

import (
	"errors"
	"fmt"
)

// CookieNamesOnce returns an error that names every cookie which two backends would
// both set, so that one would log the other out. A [Sharer] decides what it shares.
func CookieNamesOnce(running []*Running) error {
	owners := make(map[string]*Running)
	var problems []error
	for _, b := range running {
		for _, name := range b.Carrier.Cookies() {
			owner, taken := owners[name]
			if !taken {
				owners[name] = b
				continue
			}
			if sharer, ok := b.Carrier.(Sharer); ok && sharer.Shares(owner.Carrier) {
				continue
			}
			problems = append(problems, fmt.Errorf("backends %q and %q both use the cookie %q: give one of them another Name", owner.Name, b.Name, name))
		}
	}
	return errors.Join(problems...)
}
