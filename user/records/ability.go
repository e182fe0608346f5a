package records

// StoreWrapper is a store that hands its calls on to another one, to observe them for
// example. It implements every optional interface of stores that it knows; which of them
// there really are is up to the store it wraps. See [As].
type StoreWrapper interface {
	// Unwrap returns the store that calls are handed on to.
	Unwrap() any
}

// As returns the optional interface T of a store, such as [CredentialStore], and whether
// the store implements it. It takes the place of a type assertion: of a [StoreWrapper],
// the innermost store decides whether there is the ability, and the outermost wrapper
// that implements T is returned. So one wrapper serves stores of any abilities, and an
// ability that it does not know is not lost.
func As[T any](store any) (ability T, ok bool) {
	if _, ok := innermost(store).(T); !ok {
		return ability, false
	}
	for {
		if ability, ok := store.(T); ok {
			return ability, true
		}
		store = store.(StoreWrapper).Unwrap()
	}
}

// innermost returns the store within all wrappers.
func innermost(store any) any {
	for {
		wrapper, wraps := store.(StoreWrapper)
		if !wraps {
			return store
		}
		store = wrapper.Unwrap()
	}
}
