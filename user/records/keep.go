package records

import "math"

// KeepOne says whether the last way in must stay. The ways in are the user's OAuth
// accounts and the credentials that are one ([Credential.IsWayIn]) together; a password
// is not among them, so a caller asks for KeepLastOne where the user has none. Of
// several removals at once, of whatever kind and in whatever process, one way in is
// left.
type KeepOne string

// The choices of [OAuthStore.UnlinkAccount] and [CredentialStore.DeleteCredential].
const (
	KeepNone    KeepOne = ""
	KeepLastOne KeepOne = "last"
)

// EveryOwner is higher than every OwnerVersion.
const EveryOwner int64 = math.MaxInt64
