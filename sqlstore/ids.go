package sqlstore

import (
	"github.com/google/uuid"

	"github.com/ginauth/ginauth/user"
)

// canonicalLength is that of a UUID with hyphens.
const canonicalLength = len("00000000-0000-0000-0000-000000000000")

// NewID implements [user.Store]: a random UUID.
func (s *Store) NewID() user.ID { return user.ID(uuid.NewString()) }

// NewAccountID implements [records.OAuthStore].
func (s *Store) NewAccountID() string { return uuid.NewString() }

// ParseID implements [user.Store]. Of a UUID it takes any letter case, no hyphens, braces,
// and the prefix urn:uuid:.
func (s *Store) ParseID(text string) (user.ID, error) {
	id, err := uuid.Parse(text)
	// The parser takes any two characters for the braces.
	if err != nil || len(text) == canonicalLength+2 && (text[0] != '{' || text[len(text)-1] != '}') {
		return "", user.ErrInvalidID
	}
	return user.ID(id.String()), nil
}

// isID reports whether a text is the canonical spelling of an ID. Any other text can be
// no user's ID.
func isID[T ~string](text T) bool {
	if len(text) != canonicalLength {
		return false
	}
	for i, c := range []byte(text) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		default:
			return false
		}
	}
	return true
}
