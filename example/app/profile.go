package app

import (
	"context"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// Profile is what the demonstration knows about a user beside the account.
type Profile struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	Plan      string  `json:"plan" bson:"plan" ginauth:"readonly"`
	// Language is that of the user's mails: what the OAuth provider said at the
	// registration, or else the browser.
	Language string `json:"-" bson:"language"`
}

// startFree puts new users on the free plan. Clients cannot write the field.
func startFree(_ context.Context, r *user.Registration) error {
	if profile, ok := r.Profile.(*Profile); ok && profile.Plan == "" {
		profile.Plan = "free"
	}
	return nil
}

// beforeRegister fills in what clients do not write.
func beforeRegister(ctx context.Context, r *user.Registration) error {
	if profile, ok := r.Profile.(*Profile); ok {
		profile.Language, _ = ctx.Value(languageKey{}).(string)
		if r.OAuth != nil && mayBeTag(r.OAuth.Locale) {
			profile.Language = r.OAuth.Locale
		}
	}
	return startFree(ctx, r)
}

// languageKey is the context key of the language that the client prefers.
type languageKey struct{}

// noteLanguage puts the first language of Accept-Language into the request.
func noteLanguage(c *gin.Context) {
	tag, _, _ := strings.Cut(c.GetHeader("Accept-Language"), ",")
	tag, _, _ = strings.Cut(tag, ";")
	if tag = strings.TrimSpace(tag); mayBeTag(tag) {
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), languageKey{}, tag))
	}
}

// mayBeTag keeps long texts out of profiles: RFC 5646, section 4.4.1, has 35 characters
// suffice for a tag. Package mails knows which language a tag means, if any.
func mayBeTag(text string) bool { return text != "" && len(text) <= 35 }

// languageOf returns the language of a user's mails.
func languageOf(u *user.User) string {
	if profile := user.ProfileOf[Profile](u); profile != nil {
		return profile.Language
	}
	return ""
}
