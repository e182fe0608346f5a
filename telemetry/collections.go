package telemetry

// collections are those that mongostore and sqlstore have by default, by the methods of a
// store: the first one that a call looks into.
var collections = map[string][]string{
	"users": {
		"Create", "ByID", "ByEmail", "ByUsernameKey", "Update", "Delete", "List", "ListUsers", "StoredRoles",
	},
	"access_tokens": {
		"CreateToken", "TokenByHash", "TokenWithUser", "TouchToken", "DeleteToken", "TokensOf", "TrimTokens", "DeleteTokensOf",
		"TokenByPlain", "DeletePlain", "RotateToken", "TakeToken",
	},
	"oauth_accounts": {
		"Account", "LinkAccount", "ReserveAccount", "RefreshAccount", "AccountsOf", "UnlinkAccount", "UnlinkAccountsOf",
	},
	"used_states": {"Use"},
	"credentials": {
		"CreateCredential", "CredentialByKey", "CredentialWithUser", "CredentialsOf", "SwapCredential", "DeleteCredential", "DeleteCredentialsOf",
	},
	"pending": {"PutPending", "SetPending", "Pending", "TryPending", "TakePending", "DeletePendingOf"},
	"invitations": {
		"PutInvitation", "Invitation", "InvitationTo", "Invitations", "RenewInvitation", "TakeInvitation", "DeleteInvitation",
	},
	"limits": {"Limit", "SwapLimit"},
}

// WithCollectionNames names the collections or tables of a store where they are not those
// that mongostore and sqlstore have by default, as in {"users": "accounts"}: the attribute
// db.collection.name of the spans of store calls has them. An empty name leaves it out.
func WithCollectionNames(names map[string]string) Option {
	return func(o *options) { o.names = names }
}

// collectionOf returns the collections by the methods, as they are called.
func collectionOf(names map[string]string) map[string]string {
	of := map[string]string{}
	for name, methods := range collections {
		if own, renamed := names[name]; renamed {
			name = own
		}
		for _, method := range methods {
			of[method] = name
		}
	}
	return of
}
