package factors_test

import (
	"slices"
	"testing"

	"github.com/ginauth/ginauth/user"
)

// Each step of a login with a second factor is one event.
func TestLoginEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("jwt").enter(arthur).enrol("phone")
	before := len(w.Events())
	c := w.client("jwt")
	if got := c.password(arthur); got.status != 400 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	token := c.half(arthur)
	want(t, "wrong code", c.answer(token, "totp", "000000x"), 400, badFactor)
	if got := c.answer(token, "totp", c.at(k, 0)); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	c.Wait(30e9)
	if got := c.call("POST", "/auth/jwt/reauthenticate", `{"factor":"totp","code":"`+c.at(k, 0)+`"}`); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	events, _ := w.reports()
	var kinds []user.EventKind
	for _, e := range events[min(before, len(events)):] {
		if e.User == w.User(arthur).ID {
			kinds = append(kinds, e.Kind)
		}
	}
	for _, one := range []user.EventKind{user.EventLoginFactorRequired, user.EventFactorFailed, user.EventLogin, user.EventReauthenticated} {
		if !slices.Contains(kinds, one) {
			t.Errorf("got %v, want %s", kinds, one)
		}
	}
}
