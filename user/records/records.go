// Package records has what a store keeps beside users: access tokens, credentials, what is
// pending, invitations and accounts at OAuth providers, and the interfaces by which stores
// keep them. Most are optional interfaces of a [github.com/ginauth/ginauth/user.Store]: [As]
// finds them, [Ensure] prepares them for a feature, and [StoreCall] runs their methods.
package records

// ID is the identity of a user in the canonical spelling of its store: a
// lower-case UUID with hyphens, or 24 lower-case hexadecimal digits. The store's ParseID
// makes an ID of a client's spelling.
type ID string

// Method is one way in which a user proved an identity: an Authentication Method
// Reference (RFC 8176) where that registry has the value, otherwise a value in its
// style.
type Method string
