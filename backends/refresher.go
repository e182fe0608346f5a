package backends

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// ErrRefreshRefused reports a refresh token that is no longer valid, or not yet.
var ErrRefreshRefused = errors.New("backends: refresh token refused")

// ErrRefreshReused says that a refresh token was used after it had been replaced, so
// that two clients have it, and that its family has ended because of that. It Is
// [ErrRefreshRefused].
var ErrRefreshReused = refreshReused{}

type refreshReused struct{}

func (refreshReused) Error() string { return "backends: refresh token reused" }

func (refreshReused) Is(target error) bool { return target == ErrRefreshRefused }

// Refresher is an optional interface of a [Tokens] that issues refresh tokens beside
// access tokens. The auth group of its backend has POST /refresh. Package refresh has
// the strategy.
type Refresher interface {
	// ReadRefresh returns the identity of an authentic refresh token of a living family,
	// and the family's record. It does not decide whether the token is still the valid
	// one. Anything else is not found; that is not an error.
	ReadRefresh(ctx context.Context, token string) (identity Identity, found bool, err error)

	// Refresh issues new tokens for u in place of the token that identity was read from.
	// Errors are [ErrRefreshRefused], [ErrRefreshReused], or a store's failure, after
	// which the same token may be sent again.
	Refresh(ctx context.Context, token string, identity Identity, u *user.User) (Issued, error)

	// EndRefresh ends the family. One that has ended is no error.
	EndRefresh(ctx context.Context, identity Identity) error

	// RefreshPath returns the path below which browsers are to send the refresh token,
	// or "" for that of the backend's auth group.
	RefreshPath() string
}

// Refreshing is an optional interface of a [Carrier] that can carry refresh tokens. A
// [Refresher] needs one.
type Refreshing interface {
	// Refreshing returns the carrier for a backend whose tokens are refreshed.
	Refreshing() RefreshCarrier
}

// RefreshCarrier is a [Carrier] whose Write also puts Issued.Refresh into the response.
// Without cookies clients send it in the body of their requests.
type RefreshCarrier interface {
	Carrier

	// RefreshToken returns the refresh token in the request's cookies, or "" for none. A
	// malformed or ambiguous one is none.
	RefreshToken(c *gin.Context) string

	// ClearRefresh makes the client forget the refresh token, which was written with
	// that Issued.RefreshPath. Clearing nothing is no error.
	ClearRefresh(c *gin.Context, path string) error
}

// Refresher returns the backend's tokens and carrier if its tokens are refreshed, nil
// otherwise.
func (r *Running) Refresher() (Refresher, RefreshCarrier) {
	refresher, ok := r.Tokens.(Refresher)
	if !ok {
		return nil, nil
	}
	return refresher, r.Carrier.(RefreshCarrier) // made sure by SetUp
}

// refreshing prepares the carrier for refresh tokens where the tokens need that.
func (r *Running) refreshing() error {
	if _, ok := r.Tokens.(Refresher); !ok {
		return nil
	}
	carrier, ok := r.Carrier.(Refreshing)
	if !ok {
		return errors.New("Transport cannot carry refresh tokens, as backends.Bearer and backends.Cookie can")
	}
	r.Carrier = carrier.Refreshing()
	return nil
}
