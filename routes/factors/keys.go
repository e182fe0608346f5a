package factors

import (
	"context"
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	canaryKind records.CredentialKind = "canary"
	canaryKey                         = "sealer"
	canaryText secrets.Secret         = "ginauth"
)

// checkKeys makes sure that the key is there that the secrets in the store were sealed
// with: the first application that has factors leaves a sealed text, which each later
// start must be able to open. Without it a lost key would show at logins only.
func (f *Factors) checkKeys(ctx context.Context) error {
	var canary records.Credential
	err := f.stored(ctx, func(ctx context.Context) (err error) {
		canary, err = f.canary(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("factors: read the record by which keys are checked: %w", err)
	}
	if _, err := f.sealer.Open(string(canary.Data), string(canaryKind)); err != nil {
		return errors.New("the secrets of second factors in the store were sealed with a key that is neither Config.Secret nor " +
			"in Config.PreviousSecrets of ginauth: add the former Secret to PreviousSecrets")
	}
	return nil
}

// canary returns the record, and makes it where there is none.
func (f *Factors) canary(ctx context.Context) (records.Credential, error) {
	found, err := f.store.CredentialByKey(ctx, canaryKind, canaryKey)
	if !errors.Is(err, user.ErrNotFound) {
		return found, err
	}
	made := records.Credential{
		ID: records.NewCredentialID(), UserID: f.routes.Manager().Store().NewID(), Kind: canaryKind, Key: canaryKey,
		Data: []byte(f.sealer.Seal(canaryText, string(canaryKind))), Rev: 1, CreatedAt: f.now(),
	}
	if err = f.store.CreateCredential(ctx, made); errors.Is(err, user.ErrExists) {
		return f.store.CredentialByKey(ctx, canaryKind, canaryKey)
	}
	return made, err
}

// Reseal seals all secrets of second factors with the current Config.Secret. A former
// secret can leave Config.PreviousSecrets when Reseal has returned nil, and every instance
// has the current one; without Reseal each secret is sealed again when it is used. It is
// for a command or a job, and can be repeated. It returns how many secrets it sealed.
func (f *Factors) Reseal(ctx context.Context) (sealed int, err error) {
	store := f.routes.Manager().Store()
	for query := (user.ListQuery{Limit: 100}); ; {
		page, err := store.List(ctx, query)
		if err != nil {
			return sealed, fmt.Errorf("factors: reseal: %w", err)
		}
		for _, u := range page.Users {
			n, err := f.resealOf(ctx, u)
			if sealed += n; err != nil {
				return sealed, fmt.Errorf("factors: reseal: %w", err)
			}
			query.After = u.ID
		}
		if !page.More || len(page.Users) == 0 {
			break
		}
	}
	if err := f.resealCanary(ctx); err != nil {
		return sealed, fmt.Errorf("factors: reseal: %w", err)
	}
	return sealed, nil
}

// resealOf seals the secrets of one user. One that was changed meanwhile is looked at again.
func (f *Factors) resealOf(ctx context.Context, u *user.User) (sealed int, err error) {
	for range tries {
		all, err := f.store.CredentialsOf(ctx, u.ID, totpKind)
		if err != nil {
			return sealed, err
		}
		lost := false
		for _, c := range all {
			key, err := f.readKey(c)
			switch {
			case err != nil:
				return sealed, err
			case f.sealer.IsCurrent(key.Secret, sealContext(c)...):
				continue
			}
			swapped, err := f.swapKey(ctx, c, key)
			if err != nil {
				return sealed, err
			}
			if lost = lost || !swapped; swapped {
				sealed++
			}
		}
		if !lost {
			return sealed, nil
		}
	}
	return sealed, errContended
}

func (f *Factors) resealCanary(ctx context.Context) error {
	c, err := f.canary(ctx)
	if err != nil || f.sealer.IsCurrent(string(c.Data), string(canaryKind)) {
		return err
	}
	after := following(c)
	after.Data = []byte(f.sealer.Seal(canaryText, string(canaryKind)))
	swapped, err := f.store.SwapCredential(ctx, c, after)
	if err == nil && !swapped {
		err = errContended
	}
	return err
}
