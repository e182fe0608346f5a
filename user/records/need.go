package records

import (
	"context"
	"errors"
	"fmt"
)

// Need names something that a store keeps only for the features that need it.
type Need string

// The needs of features. One more is [github.com/ginauth/ginauth/user/listing.Need].
// [Ensure] looks only for interfaces of this package; a feature finds another one itself.
const (
	NeedCredentials Need = "credentials" // a [CredentialStore]
	NeedPending     Need = "pending"     // a [PendingStore]
	NeedInvitations Need = "invitations" // an [InvitationStore]
	NeedUsernames   Need = "usernames"   // a [github.com/ginauth/ginauth/user.UsernameStore]
)

// Ensurer is an optional interface of a [github.com/ginauth/ginauth/user.Store] that
// creates what it needs, such as collections and indexes, only when a feature asks for
// it.
type Ensurer interface {
	// Ensure makes sure that everything is there for needs. It may run in any number of
	// processes at once, and running it again changes nothing. A need that the store
	// does not know is an error. Until it has succeeded in this process the methods that
	// depend on it may fail, and say so.
	Ensure(ctx context.Context, needs ...Need) error
}

// Ensure prepares store for needs: it reports all that the store cannot do at once,
// and calls the store's Ensure where it is an [Ensurer]. Features call it before the
// first request.
func Ensure(ctx context.Context, store any, needs ...Need) error {
	var problems []error
	for _, need := range needs {
		if ability, ok := supports(store, need); !ok {
			problems = append(problems, lacks(store, ability))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if able, ok := As[Ensurer](store); ok {
		return able.Ensure(ctx, needs...)
	}
	return nil
}

// supports reports whether store can do what need asks for, which it names. Other needs
// are for the store's Ensure to judge.
func supports(store any, need Need) (ability string, ok bool) {
	switch need {
	case NeedCredentials:
		_, ok = As[CredentialStore](store)
		return "a records.CredentialStore", ok
	case NeedPending:
		_, ok = As[PendingStore](store)
		return "a records.PendingStore", ok
	case NeedInvitations:
		_, ok = As[InvitationStore](store)
		return "a records.InvitationStore", ok
	}
	return "", true
}

func lacks(store any, ability string) error {
	return fmt.Errorf("user: the store, a %T, is not %s, as mongostore.Store is", innermost(store), ability)
}
