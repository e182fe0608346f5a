package routes

import (
	"errors"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// Limited returns h behind a limit by source, which comes before all other checks.
// The route's [Doc] says so with its field Limited.
func (r *Routes) Limited(what limits.SourceLimit, h Handler) Handler {
	return func(c *gin.Context) error {
		return r.manager.LimitSource(c.Request.Context(), what, r.source(c.Request), func() error { return h(c) })
	}
}

// CountSource counts one of what is limited by source, for the source of a request. It
// returns a [*limits.TooManyError] where there were too many.
func (r *Routes) CountSource(c *gin.Context, what limits.SourceLimit) error {
	return r.manager.LimitSource(c.Request.Context(), what, r.source(c.Request), func() error { return nil })
}

// limitedAddress calls do, which changes u. If the answer may reveal that an address is
// taken, the limit by source of such answers applies: a user could probe all addresses
// otherwise. So it is with user names.
func (r *Routes) limitedAddress(c *gin.Context, u *user.User, changes user.Changes, do func() error) error {
	if !newAddress(u, changes) && !newUsername(u, changes) {
		return do()
	}
	return r.manager.LimitSource(c.Request.Context(), limits.Addresses, r.source(c.Request), do)
}

func newAddress(u *user.User, changes user.Changes) bool {
	if changes.Email == nil {
		return false
	}
	address, err := email.Parse(*changes.Email)
	return err == nil && address.Key != u.EmailKey
}

func newUsername(u *user.User, changes user.Changes) bool {
	return changes.Username != nil && *changes.Username != "" && *changes.Username != u.Username
}

// retryAfter sets Retry-After, in whole seconds, if err is a limit's refusal.
func retryAfter(c *gin.Context, err error) {
	var many *limits.TooManyError
	if errors.As(err, &many) {
		seconds := (many.RetryAfter + time.Second - 1) / time.Second
		c.Header("Retry-After", strconv.FormatInt(max(1, int64(seconds)), 10))
	}
}
