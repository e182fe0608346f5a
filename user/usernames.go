package user

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/username"
)

// checkUsernames returns what is wrong with the policy's user names.
func (p Policy) checkUsernames(store Store) error {
	if p.Usernames == nil || store == nil {
		return nil
	}
	var problems []error
	if _, ok := records.As[UsernameStore](store); !ok {
		problems = append(problems, errors.New("Usernames is set, but the Store implements no user.UsernameStore"))
	}
	if _, ok := records.As[records.PendingStore](store); !ok {
		problems = append(problems, errors.New("Usernames is set, but the Store implements no records.PendingStore"))
	}
	if _, taken := store.ProfileType().Field("username"); taken {
		problems = append(problems, errors.New("Usernames is set, but the profile has a field username"))
	}
	if p.Usernames.Required && p.ConcealRegistration {
		problems = append(problems, errors.New("Usernames.Required and ConcealRegistration exclude each other: a registration would reveal which names are taken"))
	}
	for _, name := range p.Usernames.Reserved {
		if key := strings.ToLower(name); key != name || strings.Contains(name, "@") {
			problems = append(problems, fmt.Errorf("Usernames.Reserved has %q, want names in lower case, without @", name))
		}
	}
	return errors.Join(problems...)
}

// useUsernames prepares the store for user names where there are some.
func (m *Manager) useUsernames() error {
	if m.policy.Usernames == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), usernamesTimeout)
	defer cancel()
	if err := records.Ensure(ctx, m.store, records.NeedUsernames, records.NeedPending); err != nil {
		return fmt.Errorf("Usernames: prepare the Store: %w", err)
	}
	m.names, _ = records.As[UsernameStore](m.store)
	m.retired, _ = records.As[records.PendingStore](m.store)
	return nil
}

// parseUsername returns the name that a program or client wants; the zero value for none.
func (m *Manager) parseUsername(text string) (username.Username, error) {
	switch {
	case text == "":
		return username.Username{}, nil
	case m.policy.Usernames == nil:
		return username.Username{}, &username.Error{Reason: "there are no user names"}
	}
	return m.policy.Usernames.Parse(text)
}

// newUsername returns the name to store, nil where it does not change.
func (m *Manager) newUsername(ctx context.Context, u *User, text *string) (*username.Username, error) {
	if text == nil || *text == u.Username {
		return nil, nil
	}
	name, err := m.parseUsername(*text)
	if err != nil {
		return nil, err
	}
	if name.Key != u.UsernameKey {
		err = m.usernameFree(ctx, name.Key, u.ID)
	}
	return &name, err
}

// usernameFree returns [ErrUsernameTaken] if a user other than self has the key, or had it
// when the account was deleted not long ago. The store decides all the same.
func (m *Manager) usernameFree(ctx context.Context, key string, self ID) error {
	if key == "" {
		return nil
	}
	u, err := m.byUsername(ctx, key)
	switch {
	case errors.Is(err, ErrDamaged), err == nil && u.ID != self:
		return ErrUsernameTaken
	case err != nil && !errors.Is(err, ErrNotFound):
		return err
	}
	return m.notRetired(ctx, key)
}

// ByUsername returns the user with that name in any letter case, or [ErrNotFound]; so
// always where the [Policy] has no names.
func (m *Manager) ByUsername(ctx context.Context, name string) (*User, error) {
	key, ok := username.Key(name)
	if !ok || m.names == nil {
		return nil, ErrNotFound
	}
	return m.byUsername(ctx, key)
}

func (m *Manager) byUsername(ctx context.Context, key string) (*User, error) {
	u, err := records.StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.names.ByUsernameKey(ctx, key) })
	m.Show(u)
	m.logDamaged(ctx, err)
	return u, err
}

const (
	// retiredTime is how long the name of a deleted account belongs to no other: those who
	// knew its owner would take the next one for the same person.
	retiredTime = 90 * 24 * time.Hour
	retiredKind = records.PendingKind("retired-username")
	// usernamesTimeout is how long preparing the store may take.
	usernamesTimeout = 30 * time.Second
)

// retiredID hides the name from readers of the database.
func retiredID(key string) string {
	sum := sha256.Sum256([]byte(string(retiredKind) + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

// retireName keeps the name of u, who is about to be deleted, from others. It comes before
// the deletion: afterwards the name is free for a moment.
func (m *Manager) retireName(ctx context.Context, u *User) error {
	if m.retired == nil || u.UsernameKey == "" {
		return nil
	}
	now := m.time()
	p := records.Pending{ID: retiredID(u.UsernameKey), Kind: retiredKind, CreatedAt: now, ExpiresAt: now.Add(retiredTime)}
	return records.StoreDo(ctx, func(ctx context.Context) error { return m.retired.SetPending(ctx, p) })
}

// notRetired returns [ErrUsernameTaken] if the name is one of an account deleted not long
// ago.
func (m *Manager) notRetired(ctx context.Context, key string) error {
	_, err := records.StoreCall(ctx, func(ctx context.Context) (records.Pending, error) {
		return m.retired.Pending(ctx, retiredKind, retiredID(key), m.time())
	})
	switch {
	case err == nil:
		return ErrUsernameTaken
	case errors.Is(err, ErrNotFound):
		return nil
	}
	return err
}
