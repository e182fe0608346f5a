package routes

import (
	"context"
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/user"
)

// secondFactorTries is how often a decision about second factors is made again because
// something came in between.
const secondFactorTries = 3

// BeginFactor makes logins of u ask for a second factor, which has just been set up, and
// ends all tokens of u but keep, for packages that bring factors. It returns the user
// afterwards and whether this was u's first factor, or [user.ErrNotFound] where the token
// that asks has ended: the caller removes what it has set up then.
func (r *Routes) BeginFactor(ctx context.Context, u *user.User, keep string) (after *user.User, first bool, err error) {
	for range secondFactorTries {
		if u.SecondFactor {
			after, err = r.manager.LogOutEverywhere(ctx, u, keep)
			return after, false, err
		}
		after, err = r.manager.TurnOnSecondFactor(ctx, u, keep)
		if !errors.Is(err, user.ErrNotFound) {
			return after, true, err
		}
		if u, err = r.stillAsking(ctx, u, keep); err != nil {
			return nil, false, err
		}
	}
	return nil, false, fmt.Errorf("routes: begin factor: %w", errContended)
}

// EndFactor removes one of u's second factors, for packages that bring some. others
// reports whether another factor stands beside it, and remove removes it.
//
// Where it is the last one, logins stop asking for a factor before it is removed, by a
// write that fails if another factor was set up meanwhile: there is no moment at which a
// factor is asked for that is not there. All tokens of u end but keep. It returns the user
// afterwards, or [user.ErrNotFound] where the token that asks has ended or remove found
// nothing.
func (r *Routes) EndFactor(ctx context.Context, u *user.User, keep string,
	others func(context.Context, *user.User) (bool, error), remove func(context.Context) error,
) (*user.User, error) {
	for range secondFactorTries {
		stands, err := others(ctx, u)
		switch {
		case err != nil:
			return nil, err
		case !u.SecondFactor:
			return r.removeFactor(ctx, u, remove, nil)
		case stands:
			return r.removeFactor(ctx, u, remove, func() error {
				_, err := r.manager.LogOutEverywhere(ctx, u, keep)
				return err
			})
		}
		_, err = r.manager.TurnOffSecondFactor(ctx, u, keep)
		switch {
		case err == nil:
			after, err := r.removeFactor(ctx, u, remove, nil)
			if errors.Is(err, user.ErrNotFound) { // another request has removed it
				return r.SettleSecondFactor(ctx, u.ID)
			}
			return after, err
		case !errors.Is(err, user.ErrNotFound):
			return nil, err
		}
		if u, err = r.stillAsking(ctx, u, keep); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("routes: end factor: %w", errContended)
}

// errContended says that other requests came in between too often.
var errContended = fmt.Errorf("%w: too many changes at once", user.ErrUnavailable)

// removeFactor removes a factor and ends tokens. Whatever comes of it, a factor that is
// asked for must be there afterwards.
func (r *Routes) removeFactor(ctx context.Context, u *user.User, remove func(context.Context) error, end func() error) (*user.User, error) {
	err := remove(ctx)
	if err == nil && end != nil {
		err = end()
	}
	after, settleErr := r.SettleSecondFactor(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	return after, settleErr
}

// stillAsking returns u as stored, or [user.ErrNotFound] where the token of the request has
// ended since u was read.
func (r *Routes) stillAsking(ctx context.Context, u *user.User, keep string) (*user.User, error) {
	stored, err := r.manager.ByID(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	if stored.TokenVersion != u.TokenVersion && (keep == "" || stored.KeptToken != keep) {
		return nil, user.ErrNotFound
	}
	return stored, nil
}

// SettleSecondFactor stops asking the user for a second factor if none is left, as after
// a concurrent removal of the last two, and returns the user as stored. A package with a
// [StandingFactor] calls it whenever one of its factors may have gone.
func (r *Routes) SettleSecondFactor(ctx context.Context, id user.ID) (*user.User, error) {
	for range secondFactorTries {
		u, err := r.manager.ByID(ctx, id)
		if err != nil || !u.SecondFactor {
			return u, err
		}
		stands, err := r.factors.stand(ctx, u, "")
		if err != nil || stands {
			return u, err
		}
		u, err = r.manager.TurnOffSecondFactor(ctx, u, u.KeptToken)
		if !errors.Is(err, user.ErrNotFound) {
			return u, err
		}
	}
	return nil, fmt.Errorf("routes: settle second factor: %w", errContended)
}

// FactorStands reports whether u has set up a second factor other than that of the name
// except.
func (r *Routes) FactorStands(ctx context.Context, u *user.User, except string) (bool, error) {
	return r.factors.stand(ctx, u, except)
}

func (s *factorSet) stand(ctx context.Context, u *user.User, except string) (bool, error) {
	for _, f := range s.all {
		standing, ok := f.(StandingFactor)
		if !ok || f.Name() == except {
			continue
		}
		stands, err := callFactor(ctx, f, func(ctx context.Context) (bool, error) { return standing.Stands(ctx, u) })
		if err != nil || stands {
			return stands, err
		}
	}
	return false, nil
}

// ForgetFactorFailures ends the rows of failures of all of u's factors: u has completed a
// login, or got new ones.
func (r *Routes) ForgetFactorFailures(ctx context.Context, u *user.User) {
	for _, f := range r.factors.all {
		r.manager.ForgetFactorFailures(ctx, u, f.Name())
	}
}
