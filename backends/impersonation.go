package backends

import (
	"time"

	"github.com/ginauth/ginauth/user"
)

// ImpersonationLifetime is how long a token of an impersonated login is valid at most. Use
// does not prolong it.
const ImpersonationLifetime = time.Hour

// ImpersonationEnd returns the end of a token issued for login at now: expires, or an
// earlier time where a superuser acts in the user's name. The zero time means never.
func ImpersonationEnd(login user.Login, now, expires time.Time) time.Time {
	if login.Actor == "" {
		return expires
	}
	if end := now.Add(ImpersonationLifetime); expires.IsZero() || end.Before(expires) {
		return end
	}
	return expires
}
