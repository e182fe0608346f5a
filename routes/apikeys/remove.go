package apikeys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// errContended says that other requests came in between too often.
var errContended = fmt.Errorf("%w: too many changes at once", user.ErrUnavailable)

// tries is how often a conditional write is tried that lost against another.
const tries = 3

var keyParam = routes.Param{Name: "key", InPath: true, Example: "7Q3V9X0A2BCD4EFGHJKMNPQRST", Description: "The key's `id` from the list."}

func (k *APIKeys) removeDoc(summary string) routes.Doc {
	return routes.Doc{
		Summary: summary, Params: []routes.Param{keyParam}, Vetoed: k.routes.Manager().Vetoes().Credential,
		Successes: []routes.Success{{Status: http.StatusNoContent, Description: "It is removed: no request with it is let in any more."}},
	}
}

func (k *APIKeys) endDoc(summary string) routes.Doc {
	return routes.Doc{
		Summary: summary, Vetoed: k.routes.Manager().Vetoes().Credential,
		Successes: []routes.Success{{Status: http.StatusNoContent, Description: "They are ended, those that are being made too."}},
	}
}

// find returns the key of u with that ID.
func (k *APIKeys) find(ctx context.Context, u *user.User, id string) (records.Credential, error) {
	all, err := k.keysOf(ctx, u)
	for _, c := range all {
		if c.ID == id {
			return c, err
		}
	}
	if err == nil {
		err = user.ErrNotFound
	}
	return records.Credential{}, err
}

// removeKey answers a request to remove the key of u that its path names.
func (k *APIKeys) removeKey(c *gin.Context, u *user.User) error {
	ctx := c.Request.Context()
	found, err := k.find(ctx, u, c.Param("key"))
	if err != nil {
		return err
	}
	if err := k.vetoed(ctx, u, user.CredentialChange{Name: found.Name, Removed: true}); err != nil {
		return err
	}
	e := user.Event{Kind: EventAPIKeyRemoved, User: u.ID, Note: map[string]string{"credential": found.ID}}
	err = k.decide(ctx, e, func() error {
		return k.stored(ctx, func(ctx context.Context) error {
			return k.store.DeleteCredential(ctx, u.ID, found.ID, records.KeepNone)
		})
	})
	if err != nil {
		return err
	}
	return routes.NoContent(c)
}

// endKeys answers a request to end all keys of u. The write of the user decides; keys that
// were made after it stay.
func (k *APIKeys) endKeys(c *gin.Context, u *user.User) error {
	ctx := c.Request.Context()
	if err := k.vetoed(ctx, u, user.CredentialChange{Removed: true}); err != nil {
		return err
	}
	var after *user.User
	err := k.decide(ctx, user.Event{Kind: EventAPIKeysEnded, User: u.ID}, func() (err error) {
		after, err = k.routes.Manager().EndAPIKeys(ctx, u)
		return err
	})
	if err != nil {
		return err
	}
	if all, err := k.keysOf(ctx, after); err != nil {
		k.logLeft(ctx, u, err)
	} else {
		k.dropEnded(ctx, after, all)
	}
	return routes.NoContent(c)
}

// dropEnded removes those keys that have ended. Others may be newer than u is.
func (k *APIKeys) dropEnded(ctx context.Context, u *user.User, all []records.Credential) {
	k.drop(ctx, u, slices.DeleteFunc(slices.Clone(all), func(c records.Credential) bool { return !k.tokens.Ended(u, c) }))
}

// drop removes keys that nothing depends on any more.
func (k *APIKeys) drop(ctx context.Context, u *user.User, keys []records.Credential) {
	ctx = context.WithoutCancel(ctx)
	var problems []error
	for _, c := range keys {
		err := k.stored(ctx, func(ctx context.Context) error { return k.store.DeleteCredential(ctx, u.ID, c.ID, records.KeepNone) })
		if !errors.Is(err, user.ErrNotFound) {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		k.logLeft(ctx, u, err)
	}
}

func (k *APIKeys) logLeft(ctx context.Context, u *user.User, err error) {
	k.routes.Logger().LogAttrs(ctx, slog.LevelWarn, "ginauth: what is left of API keys was not deleted",
		slog.String("user", string(u.ID)), slog.String("error", err.Error()))
}

// renamed writes the name of a key that is valid.
func (k *APIKeys) renamed(ctx context.Context, u *user.User, id, name string) (records.Credential, error) {
	for range tries {
		before, err := k.find(ctx, u, id)
		if err != nil {
			return before, err
		}
		if _, valid := k.tokens.Valid(u, before); !valid {
			return before, user.ErrNotFound
		}
		after, swapped := before, false
		after.Rev, after.Change, after.Name = before.Rev+1, records.NewCredentialID(), name
		err = k.stored(ctx, func(ctx context.Context) (err error) {
			swapped, err = k.store.SwapCredential(ctx, before, after)
			return err
		})
		if err != nil || swapped {
			return after, err
		}
	}
	return records.Credential{}, errContended
}
