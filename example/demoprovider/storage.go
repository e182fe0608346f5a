package demoprovider

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// How long things are kept.
const (
	requestLifetime = 30 * time.Minute
	codeLifetime    = time.Minute
	tokenLifetime   = 10 * time.Minute
)

var errUnknown = errors.New("demoprovider: unknown, used or expired")

// storage is the memory behind the library.
type storage struct {
	client   *client
	key      signingKey
	requests *shelf[request]
	codes    *shelf[request]
	tokens   *shelf[grant]
}

// grant is what an access token gives access to.
type grant struct {
	account account
	scopes  []string
}

var (
	_ op.Storage                   = (*storage)(nil)
	_ op.CanSetUserinfoFromRequest = (*storage)(nil)
)

func newStorage(c *client) (*storage, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return &storage{
		client:   c,
		key:      signingKey{id: rand.Text(), private: private},
		requests: newShelf[request](requestLifetime),
		codes:    newShelf[request](codeLifetime),
		tokens:   newShelf[grant](tokenLifetime),
	}, nil
}

// CreateAuthRequest implements [op.AuthStorage].
func (s *storage) CreateAuthRequest(_ context.Context, asked *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if slices.Contains(asked.Prompt, oidc.PromptNone) {
		return nil, oidc.ErrLoginRequired() // the provider keeps no sessions
	}
	r := request{AuthRequest: asked, id: rand.Text()}
	s.requests.put(r.id, r)
	return r, nil
}

// AuthRequestByID implements [op.AuthStorage].
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	r, found := s.requests.look(id)
	if !found {
		return nil, errUnknown
	}
	return r, nil
}

// SaveAuthCode implements [op.AuthStorage].
func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	r, found := s.requests.take(id)
	if !found {
		return errUnknown
	}
	s.codes.put(code, r)
	return nil
}

// AuthRequestByCode implements [op.AuthStorage]. A code can be used once, also if a
// later step fails.
func (s *storage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	r, found := s.codes.take(code)
	if !found {
		return nil, errUnknown
	}
	return r, nil
}

// DeleteAuthRequest implements [op.AuthStorage].
func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.requests.take(id)
	return nil
}

// CreateAccessToken implements [op.AuthStorage].
func (s *storage) CreateAccessToken(_ context.Context, from op.TokenRequest) (string, time.Time, error) {
	r, ok := from.(request)
	if !ok {
		return "", time.Time{}, oidc.ErrUnsupportedGrantType()
	}
	id := rand.Text()
	s.tokens.put(id, grant{r.account, r.Scopes})
	return id, time.Now().Add(tokenLifetime), nil
}

// SetUserinfoFromRequest implements [op.CanSetUserinfoFromRequest]: for ID tokens.
func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, from op.IDTokenRequest, scopes []string) error {
	r, ok := from.(request)
	if !ok {
		return errUnknown
	}
	r.account.tell(info, scopes)
	return nil
}

// SetUserinfoFromToken implements [op.OPStorage]: for the userinfo endpoint.
func (s *storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, tokenID, _, _ string) error {
	g, found := s.tokens.look(tokenID)
	if !found {
		return errUnknown
	}
	g.account.tell(info, g.scopes)
	return nil
}

// RevokeToken implements [op.AuthStorage].
func (s *storage) RevokeToken(_ context.Context, tokenID, _, _ string) *oidc.Error {
	s.tokens.take(tokenID)
	return nil
}

// GetClientByClientID implements [op.OPStorage].
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.client.id {
		return nil, errUnknown
	}
	return s.client, nil
}

// AuthorizeClientIDSecret implements [op.OPStorage].
func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != s.client.id || subtle.ConstantTimeCompare([]byte(secret), []byte(s.client.secret)) != 1 {
		return errUnknown
	}
	return nil
}

// signingKey signs ID tokens; it is also its own public part.
type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

func (k signingKey) ID() string                                  { return k.id }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k signingKey) Key() any                                    { return k.private }

type publicKey struct{ signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return oidc.KeyUseSignature }
func (k publicKey) Key() any                           { return &k.private.PublicKey }

// SigningKey implements [op.AuthStorage].
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

// KeySet implements [op.AuthStorage].
func (s *storage) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey{s.key}}, nil }

// SignatureAlgorithms implements [op.AuthStorage].
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}
