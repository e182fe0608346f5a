package routes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// factorSet is the second factors of an application.
type factorSet struct {
	all []user.Factor
	// used says that a group has been made from the set, which must not change then.
	used bool
}

// AddFactor makes f a second factor that logins are asked for. Panics if the store is
// no [records.PendingStore], if there is a factor of that name, or if [Routes.Auth] was called
// before: its groups have routes for the factors that are there.
func (r *Routes) AddFactor(f user.Factor) {
	switch {
	case r.pending == nil:
		panic("ginauth: factor " + f.Name() + " needs a store that implements records.PendingStore")
	case r.factors.used:
		panic("ginauth: factor " + f.Name() + " must be added before AuthRoutes is called: call its New first")
	case r.factors.byName(f.Name()) != nil:
		panic("ginauth: there are two factors " + f.Name())
	}
	r.factors.all = append(r.factors.all, f)
	slices.SortFunc(r.factors.all, func(a, b user.Factor) int { return strings.Compare(a.Name(), b.Name()) })
}

func (s *factorSet) byName(name string) user.Factor {
	for _, f := range s.all {
		if f.Name() == name {
			return f
		}
	}
	return nil
}

func (s *factorSet) names() []string {
	names := make([]string, len(s.all))
	for i, f := range s.all {
		names[i] = f.Name()
	}
	return names
}

// FactorNames returns the names of the application's second factors, sorted.
func (r *Routes) FactorNames() []string { return r.factors.names() }

// DemandsFactor reports whether the application demands a second factor of some users.
func (r *Routes) DemandsFactor() bool { return r.demandsFactor != nil }

// options returns the factor whose clients need options first, nil if there is none.
func (s *factorSet) options() OptionsFactor {
	for _, f := range s.all {
		if options, ok := f.(OptionsFactor); ok {
			return options
		}
	}
	return nil
}

// Recovery returns the factor that stands in for others that were lost, nil if there is
// none; for packages that bring factors.
func (r *Routes) Recovery() RecoveryFactor {
	for _, f := range r.factors.all {
		if recovery, ok := f.(RecoveryFactor); ok {
			return recovery
		}
	}
	return nil
}

// usable returns the names of the factors that u can answer with, sorted. An error
// means that it is unknown, and so that u must not be logged in.
func (s *factorSet) usable(ctx context.Context, u *user.User) ([]string, error) {
	names := []string{}
	for _, f := range s.all {
		usable, err := callFactor(ctx, f, func(ctx context.Context) (bool, error) { return f.Usable(ctx, u) })
		if err != nil {
			return nil, err
		}
		if usable {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// check verifies an answer, and uses it up.
func (s *factorSet) check(ctx context.Context, f user.Factor, u *user.User, a user.Answer) ([]user.Method, error) {
	return callFactor(ctx, f, func(ctx context.Context) ([]user.Method, error) { return f.Check(ctx, u, a) })
}

// callFactor calls a factor, which may be the application's own, within the request's
// budget. A panic, a call that does not return in time and any other error than
// [user.ErrBadFactor] is [user.ErrUnavailable]: the login is refused.
func callFactor[T any](ctx context.Context, f user.Factor, call func(context.Context) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	return records.StoreCall(ctx, func(ctx context.Context) (T, error) {
		done := make(chan result, 1)
		go func() {
			var r result
			defer func() {
				if cause := recover(); cause != nil {
					r.err = fmt.Errorf("routes: factor %s panicked with a %T, not shown as it may quote a secret", f.Name(), cause)
				}
				done <- r
			}()
			r.value, r.err = call(ctx)
		}()
		var r result
		select {
		case r = <-done:
		case <-ctx.Done():
			r.err = ctx.Err()
		}
		if r.err != nil && !errors.Is(r.err, user.ErrBadFactor) {
			r.err = fmt.Errorf("%w: factor %s: %w", user.ErrUnavailable, f.Name(), r.err)
		}
		return r.value, r.err
	})
}

// Devices decides which browsers are trusted: a login from one needs no second factor.
type Devices interface {
	// Trusted reports whether the request comes from a device that the user of login
	// trusts at backend b. An error means that it is unknown; the login fails with 503.
	Trusted(c *gin.Context, b *backends.Running, login user.Login) (bool, error)
	// Trust makes the request's browser a device that u trusts.
	Trust(c *gin.Context, b *backends.Running, u *user.User) error
}

// UseDevices makes d decide about trusted devices. Panics if it is called twice.
func (r *Routes) UseDevices(d Devices) {
	if r.devices != nil {
		panic("ginauth: UseDevices was called before")
	}
	r.devices = d
}

// trusted reports whether a login by password or OAuth comes from a trusted device.
func (r *Routes) trusted(c *gin.Context, b *backends.Running, login user.Login) (bool, error) {
	if r.devices == nil || !login.Uses(user.MethodPassword) && !login.Uses(user.MethodFederated) {
		return false, nil
	}
	return r.devices.Trusted(c, b, login)
}
