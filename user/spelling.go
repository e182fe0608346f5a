package user

import "context"

// SpellingStore is an optional interface of a [Store], for databases in which another
// application has given several users one address in different spellings.
type SpellingStore interface {
	// BySpelling is ByEmailKey with the address as it was given, whose key is key.
	// Where several users have the key it returns the one whose Email is address
	// byte by byte, and [ErrDamaged] where that is none of them or several.
	BySpelling(ctx context.Context, address, key string) (*User, error)
}

// bySpelling returns the user with that address and key.
func (m *Manager) bySpelling(ctx context.Context, address, key string) (*User, error) {
	if m.spellings == nil {
		return m.byKey(ctx, key)
	}
	u, err := StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.spellings.BySpelling(ctx, address, key) })
	m.Show(u)
	m.logDamaged(ctx, err)
	return u, err
}
