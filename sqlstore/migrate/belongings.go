package migrate

import (
	"time"

	"github.com/ginauth/ginauth/user/records"
)

// account is an OAuth account of the source.
type account struct {
	source, id, owner                                               string
	provider, accountID, email, accessToken, refreshToken, ownerOld string
	expires                                                         any
}

func (a account) pair() string { return a.provider + "\x00" + a.accountID }

func (r *run) account(row *record) (account, error) {
	var a account
	a.source, a.id = row.identity("id")
	a.ownerOld, a.owner = row.identity("user_id")
	a.provider, a.accountID = row.text("oauth_name"), row.text("account_id")
	a.email, a.expires = row.optionalText("account_email"), row.number("expires_at")
	if r.KeepProviderTokens {
		a.accessToken, a.refreshToken = row.optionalText("access_token"), row.optionalText("refresh_token")
	}
	return a, row.err
}

// token is an access token of the source, by its hash.
type token struct {
	hash, owner, spelled string
	created, until       time.Time
}

func (r *run) token(row *record) (token, error) {
	t := token{hash: records.HashToken(row.text("token")), created: row.time("created_at")}
	t.spelled, t.owner = row.identity("user_id")
	t.until = t.created.Add(r.Lifetime)
	return t, row.err
}
