package oauth_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

var mordred = hostile.Person{Subject: "666", Email: "mordred@camelot.bt", Verified: true}

// entrances are the ways in which the owner of an address comes into an account that a
// stranger has made with it.
var entrances = map[string]func(*guest){
	"reset": func(g *guest) {
		g.must("POST", "/auth/forgot-password", `{"email":"`+merlin.Email+`"}`)
		g.must("POST", "/auth/reset-password", `{"token":"`+g.mailed(user.MailReset, merlin.Email)+`","password":"excalibur"}`)
		g.must("POST", "/auth/api/login", `{"username":"`+merlin.Email+`","password":"excalibur"}`)
	},
	"mail": func(g *guest) {
		g.must("POST", "/auth/request-login", `{"email":"`+merlin.Email+`"}`)
		g.must("POST", "/auth/api/login/mail", `{"token":"`+g.mailed(user.MailLogin, merlin.Email)+`"}`)
	},
	"provider": func(g *guest) { g.must("GET", g.back("/auth/api/idp", merlin), "") },
}

// squatted stores an account with the owner's address and a stranger's password.
func (h *house) squatted() *user.User {
	return h.Create(merlin.Email, func(u *user.User) { u.IsVerified, u.HashedPassword = false, fixture.Hash(h.t) })
}

// Nothing that a stranger can prepare in an account with another's address is worth anything
// when the owner has come.
func TestPreparedAccount(t *testing.T) {
	t.Parallel()
	for name, enter := range entrances {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			u := h.squatted()
			attempts := h.prepare(u)
			owner := h.guest()
			enter(owner)
			if now := h.User(merlin.Email); !owner.is(u) || now.SecondFactor || now.OwnerVersion != 1 {
				t.Fatalf("the owner is in %v, second factor %v, version %d", owner.is(u), now.SecondFactor, now.OwnerVersion)
			}
			for what, attempt := range attempts {
				g, got := attempt()
				if what != "linked account" && got.status < 400 || g.is(u) {
					t.Errorf("%s: got %d %s", what, got.status, got.body)
				}
			}
			if all, err := h.Memory.CredentialsOf(t.Context(), u.ID); err != nil || len(all) > 0 {
				t.Errorf("got the credentials %v, %v, want none", all, err)
			}
		})
	}
}

// prepare leaves all in u's account that its maker can, and returns what can be tried with
// it afterwards.
func (h *house) prepare(u *user.User) map[string]func() (*guest, response) {
	h.Create("arthur@camelot.bt", func(u *user.User) { u.IsSuperuser = true })
	g, browser, program, half, king := h.guest(), h.guest(), h.guest(), h.guest(), h.guest()
	g.password("api", "guinevere")
	browser.password("stored", "guinevere")
	refreshed := h.guest().password("app", "guinevere").text("refresh_token")
	g.must("POST", "/users/me/passkeys", g.newPasskey())
	program.header.Set("X-API-Key", g.must("POST", "/users/me/api-keys", `{"name":"x","scopes":["profile"]}`).text("key"))
	g.must("GET", g.back("/associate", mordred), "")
	unfinished, linked := g.back("/associate", hostile.Person{Subject: "667", Email: "m@camelot.bt"}), half.back("/auth/api/idp", mordred)
	g.must("PATCH", "/users/me", `{"email":"mordred@camelot.bt"}`)
	change := h.mailed(user.MailConfirmEmail, "mordred@camelot.bt")
	king.must("POST", "/own/api?email=arthur@camelot.bt", "")
	king.must("POST", "/users/"+string(u.ID)+"/impersonate", `{"reason":"ticket 7"}`)
	enrolled := browser.must("POST", "/users/me/factors/totp", "{}")
	secret := enrolled.text("secret")
	browser.must("POST", "/users/me/factors/totp/"+enrolled.text("id")+"/confirm", `{"code":"`+browser.code(secret)+`"}`)
	h.Wait(30 * time.Second)
	pending := h.guest().password("api", "guinevere").text("login_token")
	if refreshed == "" || pending == "" || !browser.is(u) || !h.User(merlin.Email).SecondFactor {
		h.t.Fatal("the stranger has not prepared all")
	}
	try := func(g *guest, method, path, body string) func() (*guest, response) {
		return func() (*guest, response) { return g, g.call(method, path, body) }
	}
	return map[string]func() (*guest, response){
		"password":       func() (*guest, response) { g := h.guest(); return g, g.password("api", "guinevere") },
		"session":        try(browser, "GET", "/users/me", ""),
		"token":          try(g, "GET", "/users/me", ""),
		"impersonation":  try(king, "GET", "/users/me", ""),
		"refresh token":  try(h.guest(), "POST", "/auth/app/refresh", `{"refresh_token":"`+refreshed+`"}`),
		"API key":        try(program, "GET", "/users/me", ""),
		"passkey":        func() (*guest, response) { return g, g.byPasskey() },
		"half a login":   try(h.guest(), "POST", "/auth/api/login/factor", `{"login_token":"`+pending+`","factor":"totp","code":"`+g.code(secret)+`"}`),
		"half a link":    try(g, "GET", unfinished, ""),
		"new address":    try(h.guest(), "POST", "/auth/confirm-email", `{"token":"`+change+`"}`),
		"linked account": try(half, "GET", linked, ""), // makes an account of its own
	}
}

// The owner comes while a request of the stranger is under way, at each of its store calls:
// what it stores is as dead as what was there before.
func TestPreparedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*guest) (method, path, body string)
		enter   func(*guest, response)
	}{
		"API key": {
			func(*guest) (string, string, string) {
				return "POST", "/users/me/api-keys", `{"name":"x","scopes":["profile"]}`
			},
			func(g *guest, got response) { g.header.Set("X-API-Key", got.text("key")) },
		},
		"passkey": {
			func(g *guest) (string, string, string) { return "POST", "/users/me/passkeys", g.newPasskey() },
			func(g *guest, _ response) { g.byPasskey() },
		},
		"authenticator app": {
			func(g *guest) (string, string, string) {
				k := g.must("POST", "/users/me/factors/totp", "{}")
				return "POST", "/users/me/factors/totp/" + k.text("id") + "/confirm", `{"code":"` + g.code(k.text("secret")) + `"}`
			},
			func(*guest, response) {},
		},
		"linked account": {
			func(g *guest) (string, string, string) { return "GET", g.back("/associate", mordred), "" },
			func(g *guest, _ response) { g.call("GET", g.back("/auth/api/idp", mordred), "") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				h := newHouse(t)
				u, g := h.squatted(), h.guest()
				g.must("POST", "/own/api?email="+merlin.Email, "")
				method, path, body := test.prepare(g)
				owner, reached := h.entersAt(g, k)
				got := g.call(method, path, body)
				h.Store.Plan(nil)
				if !reached.Load() {
					if k < 4 {
						t.Errorf("got %d store calls", k-1)
					}
					return
				}
				stranger := h.guest()
				stranger.passkey = g.passkey
				test.enter(stranger, got)
				if !owner.is(u) || g.is(u) || stranger.is(u) || h.User(merlin.Email).SecondFactor {
					t.Fatalf("before call %d: got %d %s; the owner is in: %v, the stranger: %v %v; second factor %v",
						k, got.status, got.body, owner.is(u), g.is(u), stranger.is(u), h.User(merlin.Email).SecondFactor)
				}
			}
		})
	}
}

// entersAt lets the owner come in before the k-th store call of the requests of g.
func (h *house) entersAt(g *guest, k int) (owner *guest, reached *atomic.Bool) {
	owner, reached = h.guest(), new(atomic.Bool)
	var calls atomic.Int64
	h.Store.Plan(func(ctx context.Context, _ usertest.Call) usertest.Fault {
		if ctx.Value(hers{}) == g && !reached.Load() && calls.Add(1) == int64(k) {
			entrances["mail"](owner)
			reached.Store(true)
		}
		return usertest.NoFault
	})
	return owner, reached
}
