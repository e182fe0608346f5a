package usertest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/records"
)

// Store keeps users, tokens, OAuth accounts, credentials, pending logins, used values
// and limits in memory. It does all that the interfaces of package user say, so an
// application's tests can run on it, and loses everything when the program ends. Outside
// of tests the first one logs a warning.
type Store struct {
	profile *profile.Type
	limits  *limits.Memory

	mu          sync.Mutex
	users       map[user.ID]*user.User
	indexes     map[string]*userIndex // of users; see index
	looked      int                   // at users, by the last ListUsers
	keys        map[string]user.ID
	tokens      map[string]records.Token
	accounts    map[string]records.OAuthAccount
	used        map[string]time.Time
	credentials map[string]records.Credential
	pending     map[string]records.Pending
	invitations map[string]records.Invitation // by the key of the address
	names       map[string]user.ID            // by the key of the user name
}

var (
	_ user.Store                 = (*Store)(nil)
	_ records.RotatingTokenStore = (*Store)(nil)
	_ user.TokenUserStore        = (*Store)(nil)
	_ records.OAuthStore         = (*Store)(nil)
	_ records.UsedStore          = (*Store)(nil)
	_ limits.Store               = (*Store)(nil)
	_ records.CredentialStore    = (*Store)(nil)
	_ user.CredentialUserStore   = (*Store)(nil)
	_ records.PendingStore       = (*Store)(nil)
	_ records.InvitationStore    = (*Store)(nil)
	_ user.UsernameStore         = (*Store)(nil)
	_ listing.Store              = (*Store)(nil)
)

// Option is a choice of [NewStore].
type Option func(*Store)

// WithProfile makes P the struct type of the application's own fields. Panics if
// P cannot be one; [profile.TypeOf] says what that takes.
func WithProfile[P any]() Option {
	profile, err := profile.TypeOf[P]()
	if err != nil {
		panic("usertest: " + err.Error())
	}
	return func(s *Store) { s.profile = profile }
}

// NewStore returns an empty store whose IDs are random UUIDs.
func NewStore(options ...Option) *Store {
	warnOutside()
	s := &Store{
		limits:      limits.NewMemory(),
		users:       map[user.ID]*user.User{},
		indexes:     map[string]*userIndex{},
		keys:        map[string]user.ID{},
		tokens:      map[string]records.Token{},
		accounts:    map[string]records.OAuthAccount{},
		used:        map[string]time.Time{},
		credentials: map[string]records.Credential{},
		pending:     map[string]records.Pending{},
		invitations: map[string]records.Invitation{},
		names:       map[string]user.ID{},
	}
	for _, option := range options {
		option(s)
	}
	return s
}

// NewID implements [user.Store].
func (s *Store) NewID() user.ID { return user.ID(uuid.NewString()) }

// ParseID implements [user.Store].
func (s *Store) ParseID(text string) (user.ID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return "", user.ErrInvalidID
	}
	// The parser takes any two characters for the braces.
	if len(text) == len("{00000000-0000-0000-0000-000000000000}") && (text[0] != '{' || text[len(text)-1] != '}') {
		return "", user.ErrInvalidID
	}
	return user.ID(id.String()), nil
}

// ProfileType implements [user.Store].
func (s *Store) ProfileType() *profile.Type { return s.profile }

// begin locks the store for one operation. An operation whose ctx has ended does
// not begin.
func (s *Store) begin(ctx context.Context) (end func(), err error) {
	s.mu.Lock()
	if err := ctx.Err(); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	return s.mu.Unlock, nil
}

// copied returns a copy of u that shares nothing with it.
func (s *Store) copied(u *user.User) *user.User {
	own := *u
	own.Profile = s.profile.Clone(u.Profile)
	own.Roles = slices.Clone(u.Roles)
	if u.Ban != nil {
		ban := *u.Ban
		own.Ban = &ban
	}
	return &own
}
