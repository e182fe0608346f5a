package oauth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/user"
)

// What the provider says of a person reaches BeforeRegister, at the sign-up only.
func TestSignUpSaysWhoItIs(t *testing.T) {
	t.Parallel()
	var seen []user.Registration
	a := newApp(t, options{hooks: user.Hooks{BeforeRegister: func(_ context.Context, r *user.Registration) error {
		seen = append(seen, *r)
		return nil
	}}})
	who := merlin
	who.Claims = map[string]any{"name": "Merlin Ambrosius", "picture": "https://camelot.bt/m.png", "locale": "en-GB", "hair": []string{"white"}}
	for range 2 {
		check(t, "sign in", a.browser().signIn("/web", who), http.StatusOK, "null")
	}
	a.create(user.Registration{Email: "arthur@camelot.bt"})
	if len(seen) != 2 || seen[0].OAuth == nil || seen[1].OAuth != nil {
		t.Fatalf("got %+v, want the sign-up and the one without provider", seen)
	}
	got := *seen[0].OAuth
	var claims map[string]any
	if err := json.Unmarshal(got.Claims, &claims); err != nil || claims["sub"] != "1094" || claims["hair"] == nil {
		t.Errorf("claims: got %s, %v", got.Claims, err)
	}
	if got.Provider != "idp" || got.AccountID != "1094" || !got.EmailVerified ||
		got.Name != "Merlin Ambrosius" || got.Picture != "https://camelot.bt/m.png" || got.Locale != "en-GB" {
		t.Errorf("got %+v", got)
	}
}

// Claims that decide nothing keep nobody out, whatever they are.
func TestSignUpWithOddClaims(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	who := hostile.Person{Subject: "1", Email: "kay@camelot.bt", Claims: map[string]any{
		"name": []string{"Kay"}, "picture": map[string]string{"url": "x"}, "locale": nil,
	}}
	check(t, "sign in", a.browser().signIn("/web", who), http.StatusOK, "null")
}
