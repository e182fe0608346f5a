package user

import "context"

// CredentialUserStore is an optional interface of a [CredentialStore] that finds a
// credential and its user in one operation. A guard with an API key then costs one
// round trip, not two. [github.com/ginauth/ginauth/user/usertest.TestCredentialUserStore]
// checks every clause of these comments.
//
// A wrapper of such a store that changes what ByID or CredentialByKey return has to
// change this method with them.
type CredentialUserStore interface {
	// CredentialWithUser returns what CredentialByKey does, with the same errors, and
	// the credential's user as ByID returns it. A nil user decides nothing: there is
	// none, or it is damaged, or the store cannot find both at once; the caller calls
	// ByID.
	CredentialWithUser(ctx context.Context, kind CredentialKind, key string) (Credential, *User, error)
}
