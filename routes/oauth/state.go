package oauth

import (
	"crypto/subtle"
	"net/url"

	"github.com/ginauth/ginauth/user"
)

const stateAudience = "ginauth:oauth-state"

// purpose is what a flow is for. The state of one is refused by the other.
type purpose string

const (
	purposeLogin     purpose = "login"
	purposeAssociate purpose = "associate"
)

// state is what comes back from the provider unchanged: a signed token that anybody
// can read.
type state struct {
	csrf     string // the value of the CSRF cookie
	id       string // one-time
	purpose  purpose
	provider string
	subject  string // in association the user, else empty
	target   string // in redirect mode where to end, else empty
	remember bool   // the client's wish to stay logged in for longer
}

func (s state) claims() map[string]string {
	claims := map[string]string{
		"csrftoken": s.csrf,
		"jti":       s.id,
		"purpose":   string(s.purpose),
		"provider":  s.provider,
	}
	if s.subject != "" {
		claims["sub"] = s.subject
	}
	if s.target != "" {
		claims["redirect_to"] = s.target
	}
	if s.remember {
		claims["remember"] = "true"
	}
	return claims
}

// read returns the state in a callback's query. Errors are [user.ErrBadToken],
// [user.ErrExpiredToken] and errInvalidState for that of another purpose or provider.
func (f *flow) read(query url.Values) (state, error) {
	claims, err := f.states.Read(one(query, "state"))
	if err != nil {
		return state{}, err
	}
	s := state{
		csrf: claims["csrftoken"], id: claims["jti"],
		purpose: purpose(claims["purpose"]), provider: claims["provider"],
		subject: claims["sub"], target: claims["redirect_to"], remember: claims["remember"] == "true",
	}
	if s.csrf == "" || !f.secrets.knows(s.id) {
		return state{}, user.ErrBadToken
	}
	if s.purpose != f.purpose || s.provider != f.client.Name || !f.issues(query) {
		return state{}, errInvalidState
	}
	return s, nil
}

// issues reports whether the answer may be the provider's: one that says whose it is
// (RFC 9207) must name the provider that the flow began with.
func (f *flow) issues(query url.Values) bool {
	return !query.Has("iss") || f.client.Issuer == "" || one(query, "iss") == f.client.Issuer
}

// boundTo reports whether the browser with that CSRF cookie began the flow.
func (s state) boundTo(csrf string) bool {
	return csrf != "" && subtle.ConstantTimeCompare([]byte(s.csrf), []byte(csrf)) == 1
}

// one returns the value of a parameter, empty unless it is there exactly once
// (RFC 6749, section 3.1).
func one(query url.Values, name string) string {
	if values := query[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}
