package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// answer is what a provider has sent a browser back with, accepted.
type answer struct {
	code   string
	issuer string
	state  state
}

// accept checks everything that can be checked before the code is redeemed: steps 1
// to 3 of the contract, in their order. Afterwards the state is used. subject is the
// user who links an account. target is where to end in redirect mode; it is the
// one the flow was begun with only if its state is good.
func (f *flow) accept(c *gin.Context, csrf, subject string) (a answer, target string, err error) {
	query := c.Request.URL.Query()
	s, stateErr := f.read(query)
	target = f.targetOrNone(state{})
	bound := stateErr == nil && s.boundTo(csrf) && s.subject == subject
	if err := refusal(query); err != nil {
		if bound {
			target = f.targetOrNone(s)
		}
		return answer{}, target, err
	}
	if stateErr != nil {
		return answer{}, target, stateErr
	}
	if !s.boundTo(csrf) {
		if csrf == "" {
			f.logNoCookie(c)
		}
		return answer{}, target, errInvalidState
	}
	if s.subject != subject {
		return answer{}, target, errOtherUser
	}
	if err := f.use(c.Request.Context(), s); err != nil {
		return answer{}, target, err
	}
	return answer{code: one(query, "code"), issuer: one(query, "iss"), state: s}, f.targetOrNone(s), nil
}

func (f *flow) targetOrNone(s state) string {
	if !f.redirects() {
		return ""
	}
	return f.targetOf(s)
}

// refusal returns the provider's error, or that there is no code.
func refusal(query url.Values) error {
	if query.Has("error") {
		if text := one(query, "error"); printable(text) {
			return &routes.Refused{Status: http.StatusBadRequest, Detail: text}
		}
		return errNoCode
	}
	if one(query, "code") == "" {
		return errNoCode
	}
	return nil
}

// printable reports whether a text from anywhere may be shown: 1 to 100 printable
// ASCII characters.
func printable(text string) bool {
	if text == "" || len(text) > 100 {
		return false
	}
	for _, r := range text {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}

// use notes that the state is used, and refuses it if it was before.
func (f *flow) use(ctx context.Context, s state) error {
	// The state was issued before now, so it expires before this.
	expires := f.routes.Now().Add(f.states.Lifetime())
	err := records.StoreDo(ctx, func(ctx context.Context) error { return f.used.Use(ctx, s.id, expires) })
	if errors.Is(err, user.ErrUsed) {
		return errInvalidState
	}
	return err
}
