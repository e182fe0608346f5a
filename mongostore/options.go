package mongostore

import (
	"cmp"
	"log/slog"

	"github.com/ginauth/ginauth/mongostore/internal/shape"
	"github.com/ginauth/ginauth/profile"
)

// Option is a choice of [Open].
type Option func(*settings)

type settings struct {
	profile    *profile.Type
	profileErr error
	ids        idKind
	names      CollectionNames
	shape      shape.Shape
	logger     *slog.Logger
}

// WithProfile makes P the struct type of the application's own fields, which are
// stored beside the built-in ones under the names of their bson tags.
// [profile.TypeOf] says what P must be; [Open] returns its error.
func WithProfile[P any]() Option {
	profile, err := profile.TypeOf[P]()
	return func(s *settings) { s.profile, s.profileErr = profile, err }
}

// WithObjectIDs makes the IDs of users and OAuth accounts ObjectIDs instead of
// random UUIDs. A database has IDs of one kind only.
func WithObjectIDs() Option {
	return func(s *settings) { s.ids = objectIDs }
}

// CollectionNames are the names of the collections.
type CollectionNames struct {
	// Users holds the users. Defaults to "users".
	Users string
	// OAuthAccounts holds the accounts at providers. Defaults to "oauth_accounts".
	OAuthAccounts string
	// AccessTokens holds the hashes of access tokens. Defaults to "access_tokens".
	AccessTokens string
	// UsedStates holds the OAuth states that were used. Defaults to "used_states".
	UsedStates string
	// Credentials holds second factors, passkeys and API keys; see [Store.Ensure].
	// Defaults to "credentials".
	Credentials string
	// Pending holds logins that wait for their second half; see [Store.Ensure].
	// Defaults to "pending".
	Pending string
	// Invitations holds the invitations; see [Store.Ensure]. Defaults to "invitations".
	Invitations string
	// Guards holds the documents on which concurrent removals of a last superuser
	// or a last way in are decided. Defaults to "guards".
	Guards string
	// Limits holds the counters of abuse limits. Defaults to "limits".
	Limits string
}

// WithCollectionNames makes the store use collections of other names.
func WithCollectionNames(names CollectionNames) Option {
	return func(s *settings) { s.names = names }
}

func (n CollectionNames) withDefaults() CollectionNames {
	return CollectionNames{
		Users:         cmp.Or(n.Users, "users"),
		OAuthAccounts: cmp.Or(n.OAuthAccounts, "oauth_accounts"),
		AccessTokens:  cmp.Or(n.AccessTokens, "access_tokens"),
		UsedStates:    cmp.Or(n.UsedStates, "used_states"),
		Credentials:   cmp.Or(n.Credentials, "credentials"),
		Pending:       cmp.Or(n.Pending, "pending"),
		Invitations:   cmp.Or(n.Invitations, "invitations"),
		Guards:        cmp.Or(n.Guards, "guards"),
		Limits:        cmp.Or(n.Limits, "limits"),
	}
}

// WithLogger takes warnings of [Open]. Defaults to slog.Default().
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) { s.logger = logger }
}

// WithShape is for package fastapiusers: nobody else can have a Shape.
func WithShape(s shape.Shape) Option {
	return func(chosen *settings) { chosen.shape = s }
}
