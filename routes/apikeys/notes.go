package apikeys

import (
	"context"
	"strings"

	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// The kinds of events of this package. [user.Event] Note has the ID of the key in
// "credential" and, when it is made, its scopes in "scopes".
const (
	// EventAPIKeyMade is a new API key.
	EventAPIKeyMade user.EventKind = "api_key_made"
	// EventAPIKeyRemoved is the end of one API key, by its owner or a superuser.
	EventAPIKeyRemoved user.EventKind = "api_key_removed"
	// EventAPIKeysEnded is the end of all API keys of a user, by DELETE /api-keys.
	EventAPIKeysEnded user.EventKind = "api_keys_ended"
)

func madeEvent(u *user.User, c records.Credential, scopes []string) user.Event {
	return user.Event{Kind: EventAPIKeyMade, User: u.ID, Note: map[string]string{"credential": c.ID, "scopes": strings.Join(scopes, " ")}}
}

// vetoed asks the application's hook about a change of keys.
func (k *APIKeys) vetoed(ctx context.Context, u *user.User, change user.CredentialChange) error {
	change.Kind = apikey.Kind
	return k.routes.Manager().BeforeCredential(ctx, u, change)
}

// decide makes a decision that e is about, and records it.
func (k *APIKeys) decide(ctx context.Context, e user.Event, decision func() error) error {
	m := k.routes.Manager()
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	if err := decision(); err != nil {
		return err
	}
	m.Emit(ctx, e)
	return nil
}
