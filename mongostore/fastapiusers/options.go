package fastapiusers

import (
	"cmp"
	"errors"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/mongostore"
)

// Option is a choice of [Open].
type Option func(*settings)

type settings struct {
	store  []mongostore.Option
	names  mongostore.CollectionNames
	tokens *AccessTokens
	logger *slog.Logger
}

func (s *settings) complete() error {
	if s.names.Users == "" {
		s.names.Users = "User"
	}
	if s.logger == nil {
		s.logger = slog.Default()
	}
	if s.tokens == nil {
		return nil
	}
	if s.tokens.Lifetime == 0 {
		return errors.New("fastapiusers: open: AccessTokens.Lifetime is missing")
	}
	s.tokens.Collection = cmp.Or(s.tokens.Collection, "AccessToken")
	if s.tokens.Collection == cmp.Or(s.names.AccessTokens, "access_tokens") {
		return errors.New("fastapiusers: open: AccessTokens.Collection is the collection of ginauth's own tokens")
	}
	return nil
}

// WithProfile makes P the struct type of the application's own fields: those that
// the other application has added to its users, as [mongostore.WithProfile] says.
// Fields that P does not have stay as they are.
func WithProfile[P any]() Option {
	return func(s *settings) { s.store = append(s.store, mongostore.WithProfile[P]()) }
}

// WithCollectionNames makes the store use collections of other names. Users
// defaults to "User", the others default as with [mongostore.WithCollectionNames].
func WithCollectionNames(names mongostore.CollectionNames) Option {
	return func(s *settings) { s.names = names }
}

// AccessTokens are the access tokens that the other application has stored.
type AccessTokens struct {
	// Lifetime is how long such a token is valid after it was made, as the other
	// application is configured. The lifetime of the backend that reads the token ends
	// it, too; a negative value leaves it to that alone. Required.
	Lifetime time.Duration
	// Collection is the name of the collection. Defaults to "AccessToken".
	Collection string
}

// WithAccessTokens makes the store accept access tokens that the other application
// has stored in clear: everybody stays logged in. They count in every backend with
// the strategy backends.Database, and end with everything that ends tokens of a
// user; a logout deletes them. They are not listed as sessions, and new tokens are
// stored as hashes only. Leave it out once they have expired.
func WithAccessTokens(tokens AccessTokens) Option {
	return func(s *settings) { s.tokens = &tokens }
}

// WithLogger takes what [Open] finds. Defaults to slog.Default().
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) { s.logger = logger }
}
