package user

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/roles"
	"github.com/ginauth/ginauth/user/secrets"
)

// Update changes u as c says and returns the user afterwards. The order is: new
// password and new address are checked, BeforeUpdate, one atomic write of what
// differs, AfterUpdate; nothing is written where nothing differs. A new address
// clears IsVerified unless c sets it. A new password or a deactivation ends the
// user's tokens, except c.KeepToken. Errors: [*password.Error], [*email.Error],
// [ErrExists], [*username.Error], [ErrUsernameTaken], [roles.ErrUnknown], a [*Refusal], [ErrLastSuperuser], [ErrNotFound] when the
// user is gone.
func (m *Manager) Update(ctx context.Context, u *User, c Changes) (*User, error) {
	if c.Password != nil {
		if err := m.checkPassword(ctx, *c.Password, owning(u)); err != nil {
			return nil, err
		}
	}
	email, err := m.newEmail(ctx, u, c.Email)
	if err != nil {
		return nil, err
	}
	if c, err = m.beforeUpdate(ctx, u, c); err != nil {
		return nil, err
	}
	return m.apply(ctx, u, c, email)
}

// apply writes what differs, and emits the events.
func (m *Manager) apply(ctx context.Context, u *User, c Changes, email *email.Email) (*User, error) {
	profile, err := m.keepProfile(c.Profile, c.ProfileFields)
	if err != nil {
		return nil, err
	}
	c.Profile = profile
	if c.name, err = m.newUsername(ctx, u, c.Username); err != nil {
		return nil, err
	}
	hash, err := m.newHash(ctx, c.Password)
	if err != nil {
		return nil, err
	}
	if c.Roles != nil {
		if err := m.roles.Check(*c.Roles); err != nil {
			return nil, err
		}
	}
	var update Update
	var changed []string
	var events []Event
	after, err := m.updateLatest(ctx, u, c, func(u *User) (Update, bool, error) {
		update, changed = m.difference(u, c, email)
		update.HashedPassword = hash
		m.complete(&update, u, c)
		events = eventsOf(u, update, changed)
		return update, len(changed) > 0, m.requireAll(ctx, events)
	})
	if err != nil {
		return nil, err
	}
	m.emitAll(ctx, events)
	if update.EndTokens {
		m.deleteDeadTokens(ctx, u.ID, c.KeepToken)
	}
	if c.Password != nil {
		m.limits.ForgetLogins(ctx, after.EmailKey)
		m.Notify(ctx, MailPasswordChanged, after)
	}
	m.afterUpdate(ctx, after, changed)
	return after, nil
}

// newEmail returns the address to store, nil where it does not change.
func (m *Manager) newEmail(ctx context.Context, u *User, text *string) (*email.Email, error) {
	if text == nil {
		return nil, nil
	}
	email, err := email.Parse(*text)
	if err != nil {
		return nil, err
	}
	if email.Key == u.EmailKey {
		if email.Address == u.Email {
			return nil, nil
		}
		return &email, nil
	}
	taken, err := m.taken(ctx, email.Key, u.ID)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, ErrExists
	}
	return &email, nil
}

// beforeUpdate returns c as the hook leaves it, with the password back in place.
func (m *Manager) beforeUpdate(ctx context.Context, u *User, c Changes) (Changes, error) {
	if m.hooks.BeforeUpdate == nil {
		return c, nil
	}
	seen := c
	seen.Password, seen.CurrentPassword, seen.ChangesPassword = nil, nil, c.Password != nil
	if err := before("BeforeUpdate", func() error { return m.hooks.BeforeUpdate(ctx, u, &seen) }); err != nil {
		return c, err
	}
	// The address was checked before the hook ran, so the hook cannot replace it, nor the name.
	seen.Username = c.Username
	seen.Email, seen.Password, seen.KeepToken = c.Email, c.Password, c.KeepToken
	seen.over, seen.own, seen.spelling = c.over, c.own, c.spelling
	return seen, nil
}

// difference returns the write that c means and the JSON names of what it changes.
func (m *Manager) difference(u *User, c Changes, email *email.Email) (update Update, changed []string) {
	note := func(differs bool, name string) bool {
		if differs {
			changed = append(changed, name)
		}
		return differs
	}
	if note(email != nil && email.Address != u.Email, "email") {
		update.Email = email
		if email.Key != u.EmailKey && c.IsVerified == nil {
			no := false
			c.IsVerified = &no
		}
	}
	if note(c.name != nil && c.name.Name != u.Username, "username") {
		update.Username = c.name
	}
	note(c.Password != nil, "password")
	if note(differs(c.IsActive, u.IsActive), "is_active") {
		update.IsActive = c.IsActive
	}
	if note(differs(c.IsSuperuser, u.IsSuperuser), "is_superuser") {
		update.IsSuperuser = c.IsSuperuser
	}
	// With a new address the flag is written even where it seems to stay: a
	// verification of the old address may come in between.
	if note(differs(c.IsVerified, u.IsVerified), "is_verified") || (update.Email != nil && email.Key != u.EmailKey) {
		update.IsVerified = c.IsVerified
	}
	if c.Roles != nil && note(!slices.Equal(roles.Sorted(*c.Roles), roles.Sorted(u.Roles)), "roles") {
		update.Roles = new(roles.Sorted(*c.Roles))
	}
	update.Profile = c.Profile
	update.ProfileFields = m.store.ProfileType().Changed(u.Profile, c.Profile, c.ProfileFields)
	return update, append(changed, update.ProfileFields...)
}

func differs(wanted *bool, is bool) bool { return wanted != nil && *wanted != is }

func isFalse(flag *bool) bool { return flag != nil && !*flag }

// newHash returns the hash of a new password, nil for none.
func (m *Manager) newHash(ctx context.Context, password *secrets.Secret) (*string, error) {
	if password == nil {
		return nil, nil
	}
	hash, err := m.hasher.Hash(ctx, string(*password))
	return &hash, err
}

// complete adds to an update of u what follows from its fields, and its conditions.
func (m *Manager) complete(update *Update, u *User, c Changes) {
	deactivates, demotes := isFalse(update.IsActive), isFalse(update.IsSuperuser)
	update.EndTokens = c.Password != nil || deactivates
	update.KeepToken = c.KeepToken
	update.KeyVersionUp = deactivates
	update.KeepSuperuser = m.policy.KeepOneSuperuser && (deactivates || demotes)
	update.If.HashedPassword = c.over
	keeps := update.EndTokens && c.KeepToken != ""
	if keeps || c.own && (c.Password != nil || update.Email != nil) {
		update.If.TokenVersion = &u.TokenVersion
	}
	if update.Email != nil && update.Email.Key == u.EmailKey {
		// IsVerified stays, which is about the address that was read.
		update.If.EmailKey = &u.EmailKey
	}
}

// Updated runs AfterUpdate, with no changed fields, when what belongs to u has changed, such
// as an account at a provider. It is for packages with such things.
func (m *Manager) Updated(ctx context.Context, u *User) { m.afterUpdate(ctx, u, nil) }

func (m *Manager) afterUpdate(ctx context.Context, u *User, changed []string) {
	if m.hooks.AfterUpdate != nil {
		m.after(ctx, "AfterUpdate", u, func(ctx context.Context) error { return m.hooks.AfterUpdate(ctx, u, changed) })
	}
}

// LogOutEverywhere ends all tokens of u but the one whose hash ([records.HashToken]) is keep,
// which may be empty, and returns the user afterwards. It is one atomic write: when it
// returns nil no other token is valid, of whatever strategy. It returns [ErrNotFound]
// when the user is gone, or has ended the token to keep since u was read.
func (m *Manager) LogOutEverywhere(ctx context.Context, u *User, keep string) (*User, error) {
	return m.endTokens(ctx, u, keep, Update{})
}

// endTokens makes update, which ends all tokens of u but keep.
func (m *Manager) endTokens(ctx context.Context, u *User, keep string, update Update) (*User, error) {
	ctx = context.WithoutCancel(ctx)
	update.EndTokens, update.KeepToken = true, keep
	e := Event{Kind: EventSessionsEnded, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return nil, err
	}
	after, err := m.updateLatest(ctx, u, Changes{KeepToken: keep}, func(u *User) (Update, bool, error) {
		if keep != "" {
			update.If.TokenVersion = &u.TokenVersion
		}
		return update, true, nil
	})
	if err != nil {
		return nil, err
	}
	m.Emit(ctx, e)
	m.deleteDeadTokens(ctx, u.ID, keep)
	return after, nil
}

// deleteDeadTokens deletes records of tokens that have ended.
func (m *Manager) deleteDeadTokens(ctx context.Context, id ID, keep string) {
	ctx = context.WithoutCancel(ctx)
	if err := records.StoreDo(ctx, func(ctx context.Context) error { return m.deleteTokens(ctx, id, keep) }); err != nil {
		m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: dead tokens were not deleted",
			slog.String("user", string(id)), slog.String("error", err.Error()))
	}
}

// deleteTokens deletes the records of a user in all stores of tokens.
func (m *Manager) deleteTokens(ctx context.Context, id ID, keep string) error {
	var problems []error
	for _, store := range m.tokens {
		problems = append(problems, store.DeleteTokensOf(ctx, id, keep))
	}
	return errors.Join(problems...)
}

// A write that failed may have taken effect, with its answer lost. An Update cannot be
// repeated, as its conditions may hold no longer: if the stored user shows that it was done,
// the operation goes on; otherwise the failure stands.

// update is the one place that calls Store.Update. u is the user as it was read.
func (m *Manager) update(ctx context.Context, u *User, update Update) (*User, error) {
	update.UpdatedAt = m.time()
	after, err := records.StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.store.Update(ctx, u.ID, update) })
	m.Show(after)
	if stored := m.afterLostAnswer(ctx, err, u.ID); stored != nil && m.isUpdated(u, stored, update) {
		return stored, nil
	}
	return after, err
}

// afterLostAnswer returns the stored user if err means that the store could not answer;
// nil if it did answer, still cannot, or ctx has ended.
func (m *Manager) afterLostAnswer(ctx context.Context, err error, id ID) *User {
	if !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
		return nil
	}
	stored, err := m.ByID(ctx, id)
	if err != nil {
		return nil
	}
	return stored
}

// isUpdated reports whether after is what update makes of before: everything it
// names is as it says, and changed at its very time.
func (m *Manager) isUpdated(before, after *User, update Update) bool {
	if !after.UpdatedAt.Equal(update.UpdatedAt) {
		return false
	}
	if update.Email != nil && (after.Email != update.Email.Address || after.EmailKey != update.Email.Key) {
		return false
	}
	if update.Username != nil && (after.Username != update.Username.Name || after.UsernameKey != update.Username.Key) {
		return false
	}
	if update.EndTokens && (after.TokenVersion <= before.TokenVersion || after.KeptToken != update.KeepToken) {
		return false
	}
	if update.ChangeOwner && after.OwnerVersion <= before.OwnerVersion {
		return false
	}
	if update.KeyVersionUp && after.KeyVersion <= before.KeyVersion {
		return false
	}
	if update.Roles != nil && !slices.Equal(roles.Sorted(*update.Roles), after.Roles) {
		return false
	}
	if update.Ban != nil && update.Ban.At.IsZero() != (after.Ban == nil) {
		return false
	}
	return isOrAny(update.HashedPassword, after.HashedPassword) && isOrAny(update.IsActive, after.IsActive) &&
		isOrAny(update.IsSuperuser, after.IsSuperuser) && isOrAny(update.IsVerified, after.IsVerified) &&
		isOrAny(update.SecondFactor, after.SecondFactor) &&
		len(m.store.ProfileType().Changed(after.Profile, update.Profile, update.ProfileFields)) == 0
}

// updateLatest makes the update that plan returns for u, if any. If the stored user is no
// longer as it was read, it plans again with the stored user, unless the token that c
// keeps has been ended meanwhile: an ended session must not change a password or an
// address, nor become valid again. Each further attempt means that another update
// succeeded, so the loop ends.
func (m *Manager) updateLatest(ctx context.Context, u *User, c Changes, plan func(u *User) (update Update, any bool, err error)) (*User, error) {
	for {
		update, any, err := plan(u)
		if err != nil {
			return nil, err
		}
		if !any {
			return u, nil
		}
		after, err := m.update(ctx, u, update)
		if !errors.Is(err, ErrNotFound) || !update.If.ofLatest() {
			return after, err
		}
		stored, err := m.ByID(ctx, u.ID)
		if err != nil {
			return nil, err
		}
		if !c.mayFollow(u, stored, update) {
			return nil, ErrNotFound
		}
		u = stored
	}
}

// ofLatest reports whether a condition may fail only because u is out of date.
func (c Conditions) ofLatest() bool { return c.TokenVersion != nil || c.EmailKey != nil }

// mayFollow reports whether what was meant for a user as before may be done to the
// user as stored.
func (c Changes) mayFollow(before, stored *User, update Update) bool {
	ended := stored.TokenVersion != before.TokenVersion
	moved := stored.EmailKey != before.EmailKey
	switch {
	case ended && update.If.TokenVersion != nil && (c.KeepToken == "" || stored.KeptToken != c.KeepToken):
		return false
	case moved && c.spelling:
		return false
	}
	return ended || moved
}
