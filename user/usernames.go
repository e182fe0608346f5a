package user

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The bounds of user names, in characters.
const (
	minUsername = 3
	maxUsername = 32
)

// ReservedUsernames are the names that users cannot have where [Usernames].Reserved does
// not say which: those that look like the application itself. The caller owns the slice.
func ReservedUsernames() []string {
	return []string{
		"abuse", "account", "admin", "administrator", "anonymous", "api", "auth", "everyone", "help", "hostmaster", "info", "login", "logout",
		"moderator", "none", "null", "official", "owner", "postmaster", "register", "root", "security", "settings", "staff", "support",
		"system", "undefined", "user", "users", "webmaster", "www",
	}
}

// Usernames are the choices about user names; see [Policy].
//
// A name has 3 to 32 of the characters a to z, 0 to 9, '.', '_' and '-'. It begins and
// ends with a letter or digit, and has no two of the other characters in a row. Names that
// differ in letter case alone are one name, shown as its owner typed it.
type Usernames struct {
	// Required makes POST /register demand a name, and PATCH refuse to remove one.
	// Accounts that are made in other ways, or were before, have none until their owner
	// chooses one. Defaults to false.
	Required bool
	// Immutable lets users choose a name where they have none, and not change it by PATCH
	// /me afterwards. Superusers can change it by PATCH /:id. Defaults to false.
	Immutable bool
	// Reserved are the names that users cannot choose, in lower case. Defaults to
	// [ReservedUsernames]; an empty slice that is not nil reserves none.
	Reserved []string
}

// UsernameError says what is wrong with a user name.
type UsernameError struct {
	// Reason is for people and does not repeat the name.
	Reason string
}

// Error implements error.
func (e *UsernameError) Error() string { return "user: bad user name: " + e.Reason }

// Parse returns the name that text is and its key, or a [*UsernameError].
func (n *Usernames) Parse(text string) (Username, error) {
	key, ok := usernameKey(text)
	if !ok {
		return Username{}, &UsernameError{"user name must be 3 to 32 letters a-z or digits, with single '.', '_' or '-' between them"}
	}
	if slices.Contains(n.reserved(), key) {
		return Username{}, &UsernameError{"user name is reserved"}
	}
	return Username{Name: text, Key: key}, nil
}

// complete returns a copy with the defaults.
func (n *Usernames) complete() *Usernames {
	if n == nil {
		return nil
	}
	return &Usernames{Required: n.Required, Immutable: n.Immutable, Reserved: slices.Clone(n.reserved())}
}

func (n *Usernames) reserved() []string {
	if n.Reserved == nil {
		return ReservedUsernames()
	}
	return n.Reserved
}

// usernameKey returns the key of a name, and whether a user can have it. Names are ASCII:
// letters of other scripts look alike.
func usernameKey(text string) (key string, ok bool) {
	if len(text) < minUsername || len(text) > maxUsername {
		return "", false
	}
	joined := true // a separator came last
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			joined = false
		case (c == '.' || c == '_' || c == '-') && !joined:
			joined = true
		default:
			return "", false
		}
	}
	return strings.ToLower(text), !joined
}

// checkUsernames returns what is wrong with the policy's user names.
func (p Policy) checkUsernames(store Store) error {
	if p.Usernames == nil || store == nil {
		return nil
	}
	var problems []error
	if _, ok := As[UsernameStore](store); !ok {
		problems = append(problems, errors.New("Usernames is set, but the Store implements no user.UsernameStore"))
	}
	if _, ok := As[PendingStore](store); !ok {
		problems = append(problems, errors.New("Usernames is set, but the Store implements no user.PendingStore"))
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
	if err := Ensure(ctx, m.store, NeedUsernames, NeedPending); err != nil {
		return fmt.Errorf("Usernames: prepare the Store: %w", err)
	}
	m.names, _ = As[UsernameStore](m.store)
	m.retired, _ = As[PendingStore](m.store)
	return nil
}

// Show brings a user that a store has returned into the form that the application knows:
// its roles are those that are declared, nil where there are none at all, so that the JSON
// form has none, and the JSON form has the user name where the [Policy] has names.
func (m *Manager) Show(u *User) {
	if u != nil {
		u.Roles, u.showsName = m.roles.Known(u.Roles), m.policy.Usernames != nil
	}
}

// parseUsername returns the name that a program or client wants; the zero value for none.
func (m *Manager) parseUsername(text string) (Username, error) {
	switch {
	case text == "":
		return Username{}, nil
	case m.policy.Usernames == nil:
		return Username{}, &UsernameError{"there are no user names"}
	}
	return m.policy.Usernames.Parse(text)
}

// newUsername returns the name to store, nil where it does not change.
func (m *Manager) newUsername(ctx context.Context, u *User, text *string) (*Username, error) {
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
	key, ok := usernameKey(name)
	if !ok || m.names == nil {
		return nil, ErrNotFound
	}
	return m.byUsername(ctx, key)
}

func (m *Manager) byUsername(ctx context.Context, key string) (*User, error) {
	u, err := StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.names.ByUsernameKey(ctx, key) })
	m.Show(u)
	m.logDamaged(ctx, err)
	return u, err
}
