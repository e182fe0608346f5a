package factors

import (
	"context"
	"errors"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// totp is the factor of authenticator apps.
type totp struct{ *Factors }

var _ routes.StandingFactor = totp{}

// Name implements [user.Factor].
func (totp) Name() string { return string(totpKind) }

// Usable implements [user.Factor].
func (t totp) Usable(ctx context.Context, u *user.User) (bool, error) {
	keys, err := t.keysOf(ctx, u)
	return len(keys) > 0, err
}

// Stands implements [routes.StandingFactor].
func (t totp) Stands(ctx context.Context, u *user.User) (bool, error) { return t.Usable(ctx, u) }

// Check implements [user.Factor]. Every key of the user is tried.
func (t totp) Check(ctx context.Context, u *user.User, a user.Answer) ([]user.Method, error) {
	credentials, err := t.keysOf(ctx, u)
	if err != nil {
		return nil, err
	}
	matched, err := t.matching(credentials, typed(a.Code))
	if err != nil {
		return nil, err
	}
	if matched == nil {
		return nil, user.ErrBadFactor
	}
	if err := t.use(ctx, *matched); err != nil {
		return nil, err
	}
	return []user.Method{user.MethodTOTP}, nil
}

// match is a key and the time step whose code was given.
type match struct {
	credential records.Credential
	step       int64
}

// matching returns the key that code belongs to, nil if there is none. One key that cannot
// be opened fails the whole: it might have been that one.
func (f *Factors) matching(credentials []records.Credential, code string) (found *match, err error) {
	now := f.routes.Now()
	for _, c := range credentials {
		key, err := f.readKey(c)
		if err != nil {
			return nil, err
		}
		step, matches, err := matchingStep(key.secret, code, now)
		if err != nil {
			return nil, err
		}
		if matches {
			found = &match{c, step}
		}
	}
	return found, nil
}

// use uses the code of a step up, and with it all of earlier steps: of any number of
// concurrent logins with one code at most one gets through, whatever the clocks say.
func (f *Factors) use(ctx context.Context, m match) error {
	c := m.credential
	for range tries {
		key, err := f.readKey(c)
		if err != nil {
			return err
		}
		if key.LastStep >= m.step {
			return user.ErrBadFactor
		}
		key.LastStep = m.step
		used := c
		used.LastUsedAt = f.now()
		after, err := f.withKey(following(used), key)
		if err != nil {
			return err
		}
		swapped, err := f.store.SwapCredential(ctx, c, after)
		if err != nil || swapped {
			return err
		}
		again, err := f.store.CredentialByKey(ctx, c.Kind, c.Key)
		if errors.Is(err, user.ErrNotFound) || err == nil && again.ID != c.ID {
			return user.ErrBadFactor // it has been removed
		}
		if err != nil {
			return err
		}
		c = again
	}
	return errContended
}
