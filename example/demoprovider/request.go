package demoprovider

import (
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// account is the identity that was typed on the sign-in page.
type account struct {
	subject       string
	email         string // empty: no claim
	emailVerified bool
}

// tell fills in the claims of the scopes. The flag is sent also when it is false, which
// the library's own field would omit.
func (a account) tell(info *oidc.UserInfo, scopes []string) {
	info.Subject = a.subject
	if a.email != "" && slices.Contains(scopes, oidc.ScopeEmail) {
		info.Email = a.email
		info.AppendClaims("email_verified", a.emailVerified)
	}
}

// request is one sign-in, from the client's request to its code. It is never
// changed: signing in makes a new one.
type request struct {
	*oidc.AuthRequest
	id       string
	account  account
	signedIn time.Time // zero: not yet
}

var _ op.AuthRequest = request{}

func (r request) GetID() string          { return r.id }
func (r request) GetACR() string         { return "" }
func (r request) GetAMR() []string       { return nil }
func (r request) GetAudience() []string  { return []string{r.ClientID} }
func (r request) GetAuthTime() time.Time { return r.signedIn }
func (r request) GetClientID() string    { return r.ClientID }
func (r request) GetNonce() string       { return r.Nonce }
func (r request) GetScopes() []string    { return r.Scopes }
func (r request) GetSubject() string     { return r.account.subject }
func (r request) Done() bool             { return !r.signedIn.IsZero() }

// GetResponseMode implements [op.AuthRequest].
func (r request) GetResponseMode() oidc.ResponseMode { return r.ResponseMode }

// GetCodeChallenge implements [op.AuthRequest].
func (r request) GetCodeChallenge() *oidc.CodeChallenge {
	if r.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod}
}
