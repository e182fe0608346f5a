package app

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

// Users get their mails in the language of the browser in which the account was made, in
// whatever way that was.
func TestLanguageOfMails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind mails.Kind
		make func(t *testing.T, w *world, c *client)
	}{
		{"registration", mails.Verify, func(_ *testing.T, _ *world, c *client) {
			c.wantStatus("POST", "/auth/register", `{"email":"`+arthur+`","password":"`+guinevere+`"}`, http.StatusCreated)
			c.wantStatus("POST", "/auth/request-verify-token", `{"email":"`+arthur+`"}`, http.StatusAccepted)
		}},
		{"OAuth", mails.Verify, func(_ *testing.T, _ *world, c *client) {
			c.wantStatus("GET", c.follow(c.authorize("/auth/demo-web/authorize"), identity(arthur, "1094")), nil, http.StatusSeeOther)
			c.wantStatus("POST", "/auth/request-verify-token", `{"email":"`+arthur+`"}`, http.StatusAccepted)
		}},
		{"administrator", mails.Welcome, func(_ *testing.T, w *world, c *client) {
			w.person("merlin@camelot.bt", verified, superuser)
			c.logIn("cookie", "merlin@camelot.bt").wantStatus("POST", "/users", `{"email":"`+arthur+`"}`, http.StatusCreated)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.client()
			c.header = http.Header{"Accept-Language": {"de-CH,de;q=0.9"}}
			test.make(t, w, c)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			got, err := w.app.Outbox.Wait(ctx, func(m mails.Message) bool { return m.Kind == test.kind && m.To == arthur })
			if err != nil || got.Language != "de" {
				t.Errorf("got the mail %q in %q, %v, want one in German", got.Subject, got.Language, err)
			}
		})
	}
}

// What a provider says of the language goes before what the browser says.
func TestLanguageOfProvider(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ locale, want string }{
		{"de-AT", "de-AT"}, {"", "fr"}, {"this-is-longer-than-any-tag-of-a-language", "fr"},
	} {
		profile := &Profile{}
		ctx := context.WithValue(t.Context(), languageKey{}, "fr")
		err := beforeRegister(ctx, &user.Registration{Profile: profile, OAuth: &user.OAuthSignUp{OAuthProfile: user.OAuthProfile{Locale: test.locale}}})
		if err != nil || profile.Language != test.want {
			t.Errorf("%q: got %q, %v, want %q", test.locale, profile.Language, err, test.want)
		}
	}
}
