package authtest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// elsewhere is the origin of a page that has no business with the application.
const elsewhere = "https://elsewhere.example"

// longAgo is when a token was issued that has expired: longer ago than any lifetime
// but "for ever".
const longAgo = 50 * 365 * 24 * time.Hour

// caller is one kind of caller of a route: one column of the table.
type caller struct {
	name string
	// user is what the caller is; nil without a login.
	user []UserOption
	// At most one of these is set.
	deactivated, expired, revoked, crossOrigin bool
	// withoutOrigin leaves the Origin header of a crossOrigin request out.
	withoutOrigin bool
	// more is the caller where an option added it.
	more *Caller
	// key and scoped are a program with an API key, and one that has all scopes.
	key, scoped bool
}

// callers are the columns. The bad tokens are a superuser's, who could do most: only
// the token can be the reason of a refusal.
var callers = []caller{
	{name: "anonymous"},
	{name: "inactive", user: []UserOption{Verified()}, deactivated: true},
	{name: "unverified", user: []UserOption{}},
	{name: "active", user: []UserOption{Verified()}},
	{name: "superuser", user: []UserOption{Verified(), Superuser()}},
	{name: "expired", user: []UserOption{Verified(), Superuser()}, expired: true},
	{name: "revoked", user: []UserOption{Verified(), Superuser()}, revoked: true},
	{name: "cross-origin", user: []UserOption{Verified(), Superuser()}, crossOrigin: true},
}

// dress makes r the caller's request through b. It reports whether there is such a
// caller: no page elsewhere sends bearer tokens, and some tokens never expire.
func (c caller) dress(m *matrix, r *http.Request, b *backends.Running) (applies bool, leave func(), err error) {
	leave = func() {}
	if c.more != nil {
		leave, err = m.dressMore(*c.more, r, b)
		return true, leave, err
	}
	if c.user == nil {
		return true, leave, nil
	}
	if c.crossOrigin && len(b.Carrier.Cookies()) == 0 {
		return false, leave, nil
	}
	u, err := m.user(c.user)
	if err != nil {
		return false, leave, err
	}
	leave = func() { m.remove(u) }
	if c.key {
		return c.giveKey(m, r, b, u, leave)
	}
	token, err := c.logIn(m, r, b, u)
	if err != nil {
		return false, leave, err
	}
	if c.crossOrigin {
		if !c.withoutOrigin {
			r.Header.Set("Origin", elsewhere)
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	applies, err = c.isReady(m, b, u, token)
	return applies, leave, err
}

func (c caller) logIn(m *matrix, r *http.Request, b *backends.Running, u *ginauth.User) (token string, err error) {
	if c.expired {
		m.clock.Advance(-longAgo)
		defer m.clock.Advance(longAgo)
	}
	if token, err = m.door.logIn(r, b.Name, u); err != nil {
		return "", err
	}
	ctx := context.Background()
	switch {
	case c.revoked:
		_, err = m.auth.Manager().LogOutEverywhere(ctx, u, "")
	case c.deactivated:
		// Manager.Update would end the token, too, so that it could not be seen
		// whether the guard looks at the account.
		no := false
		_, err = m.auth.Manager().Store().Update(ctx, u.ID, user.Update{IsActive: &no, UpdatedAt: m.clock.Now()})
	}
	return token, err
}

// isReady makes sure that the token is what the column says.
func (c caller) isReady(m *matrix, b *backends.Running, u *ginauth.User, token string) (applies bool, err error) {
	ctx := context.Background()
	identity, found, err := b.Tokens.Read(ctx, token)
	if err != nil {
		return false, err
	}
	stored, err := m.auth.Manager().ByID(ctx, u.ID)
	if err != nil {
		return false, err
	}
	counts := found && stored.Counts(identity.TokenVersion, identity.TokenHash)
	switch {
	case c.expired:
		return !counts, nil
	case c.revoked && counts:
		return false, fmt.Errorf("backend %q: a token counts after the user was logged out everywhere", b.Name)
	case !c.revoked && !counts:
		return false, fmt.Errorf("backend %q: a token does not count right after the login", b.Name)
	}
	return true, nil
}

// user stores a user of the matrix.
func (m *matrix) user(flags []UserOption) (*ginauth.User, error) {
	reset := func(u *newUser) { u.IsActive, u.IsVerified, u.IsSuperuser = true, false, false }
	options := append(append(append([]UserOption(nil), m.everybody...), reset), flags...)
	return createUser(m.auth.Manager().Store(), m.clock.Now(), options)
}

// remove deletes a user of the matrix, and what belongs to it, unless a route did. No
// hook runs, as none ran when the user was made. What fails is left behind.
func (m *matrix) remove(u *ginauth.User) {
	ctx := context.Background()
	_ = m.auth.Manager().Store().Delete(ctx, u.ID, user.DeleteOptions{})
	for _, owned := range m.auth.Manager().Owned() {
		_ = owned.Delete(ctx, u.ID, records.EveryOwner)
	}
}

// kit returns a kit over the application of the matrix.
func (m *matrix) kit() *Kit {
	return &Kit{Clock: m.clock, t: m.t, store: m.auth.Manager().Store(), post: newPost(), door: m.door}
}
