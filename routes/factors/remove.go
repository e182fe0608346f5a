package factors

import (
	"context"
	"errors"
	"slices"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// find returns a credential of u by the ID that clients know, or [user.ErrNotFound].
func (f *Factors) find(ctx context.Context, u *user.User, id string, kinds ...records.CredentialKind) (records.Credential, error) {
	all, err := f.store.CredentialsOf(ctx, u.ID, kinds...)
	if err != nil {
		return records.Credential{}, err
	}
	at := slices.IndexFunc(all, func(c records.Credential) bool { return c.ID == id && f.isValid(u, c) })
	if at < 0 {
		return records.Credential{}, user.ErrNotFound
	}
	return all[at], nil
}

// findOne is find for a caller that is not within the budget yet.
func (f *Factors) findOne(ctx context.Context, u *user.User, id string, kinds ...records.CredentialKind) (records.Credential, error) {
	return records.StoreCall(ctx, func(ctx context.Context) (records.Credential, error) { return f.find(ctx, u, id, kinds...) })
}

func (f *Factors) delete(ctx context.Context, c records.Credential) error {
	return f.stored(ctx, func(ctx context.Context) error {
		return f.store.DeleteCredential(ctx, c.UserID, c.ID, records.KeepNone)
	})
}

// removeKey removes a confirmed key. With the last factor the recovery codes and the
// trusted browsers go.
func (f *Factors) removeKey(ctx context.Context, u *user.User, keep string, c records.Credential) error {
	// Before the decision: codes of an enrolment that comes after it stay.
	end, err := records.StoreCall(ctx, func(ctx context.Context) (func(context.Context) error, error) {
		return recovery{f}.EndCodes(ctx, u)
	})
	if err != nil {
		return err
	}
	others := func(ctx context.Context, u *user.User) (bool, error) {
		stands, err := f.routes.FactorStands(ctx, u, string(totpKind))
		if err != nil || stands {
			return stands, err
		}
		var keys []records.Credential
		err = f.stored(ctx, func(ctx context.Context) (err error) {
			keys, err = f.keysOf(ctx, u)
			return err
		})
		return slices.ContainsFunc(keys, func(other records.Credential) bool { return other.ID != c.ID }), err
	}
	after, err := f.routes.EndFactor(ctx, u, keep, others, func(ctx context.Context) error { return f.delete(ctx, c) })
	if errors.Is(err, user.ErrNotFound) {
		if _, findErr := f.findOne(ctx, u, c.ID, totpKind); findErr == nil {
			return errEnded
		}
		return err
	}
	if err != nil || after.SecondFactor {
		return err
	}
	return f.stored(ctx, end)
}
