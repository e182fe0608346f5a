package oauth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/user"
)

// Keys in another spelling are other keys, wherever a provider says something. The
// last of them would otherwise decide.
func TestKeysInOtherSpellings(t *testing.T) {
	t.Parallel()
	sins := []hostile.Sin{hostile.SpeltIDToken}
	for _, place := range []string{hostile.AtToken, hostile.AtMe, hostile.AtKeys, hostile.AtDiscovery} {
		sins = append(sins, hostile.At(place, hostile.Spelt))
	}
	for _, sin := range sins {
		for _, plain := range []bool{false, true} {
			t.Run(string(sin)+map[bool]string{false: " OpenID", true: " plain"}[plain], func(t *testing.T) {
				t.Parallel()
				a := newApp(t, options{plain: plain, config: func(c *oauth.Config) {
					c.AssociateByEmail, c.KeepTokens = true, oauth.PlainTokens{}
				}})
				a.idp.NoEmailInIDToken = sin == hostile.At(hostile.AtMe, hostile.Spelt)
				a.idp.Commit(sin)
				who := merlin
				who.Verified = false
				taken := a.create(user.Registration{Email: "mordred@camelot.bt"})
				r := a.browser().signIn("/web", who)
				if r.status != http.StatusOK {
					t.Fatalf("got %d %s, want 200", r.status, r.body)
				}
				u, err := a.linked().Owner(ctx, "idp", merlin.Subject)
				if err != nil || u.ID == taken.ID || u.Email != merlin.Email {
					t.Fatalf("got %v, %v; want %s", u, err, merlin.Email)
				}
				account := a.accounts(u)[0]
				if want := a.clock().Add(time.Hour); account.AccessToken == "mordreds" || !account.ExpiresAt.Equal(want) {
					t.Errorf("got token %q until %v, want the provider's until %v", account.AccessToken, account.ExpiresAt, want)
				}
				// The provider does not vouch for this address, whatever the other spellings say.
				who.Subject, who.Email = "1095", "mordred@camelot.bt"
				check(t, "not verified", a.browser().signIn("/web", who), http.StatusBadRequest, detail("OAUTH_USER_ALREADY_EXISTS"))
			})
		}
	}
}

// A claim that stands twice is refused, though the last one would be a good one.
func TestClaimTwice(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	back := a.idp.SignIn(b.authorize("/web/authorize"), merlin)
	a.idp.Commit(hostile.TwiceIDToken)
	r := b.get("/web/callback?" + back.RawQuery)
	check(t, "callback", r, http.StatusBadGateway, detail("OAUTH_PROVIDER_ERROR"))
	a.checkHarmless(b, r)
}

// Providers say in many ways how long an access token lives, and nobody is kept out
// for that.
func TestLifetimesOfTokens(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	tests := []struct {
		sin  hostile.Sin
		want time.Duration // 0: unknown
	}{
		{"", hour}, {hostile.DecimalLifetime, hour}, {hostile.TextLifetime, hour},
		{hostile.EmptyLifetime, 0}, {hostile.NullLifetime, 0}, {hostile.WordLifetime, 0}, {hostile.NegativeLifetime, 0},
		{hostile.ListLifetime, 0}, {hostile.EndlessLifetime, 0},
	}
	for _, test := range tests {
		t.Run(string(test.sin), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{})
			a.idp.Commit(test.sin)
			check(t, "callback", a.browser().signIn("/web", merlin), http.StatusOK, "null")
			want := time.Time{}
			if test.want > 0 {
				want = a.clock().Add(test.want)
			}
			if got := a.accounts(a.users()[0])[0].ExpiresAt; !got.Equal(want) {
				t.Errorf("expiry: got %v, want %v", got, want)
			}
		})
	}
}
