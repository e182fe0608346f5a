package contract

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
)

const badCurrentPassword = `{"detail":"UPDATE_USER_BAD_CURRENT_PASSWORD"}`

func requireCurrent(c *ginauth.Config) { c.RequireCurrentPassword = true }

func TestCurrentPassword(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: requireCurrent}).settled(t)
		p := w.member(t)
		other := p.token(t, "redis")
		next := address()
		refusals := []struct{ name, body string }{
			{"password alone", `{"password":"lady-of-the-lake"}`},
			{"address alone", `{"email":"` + next + `"}`},
			{"spelling alone", `{"email":"` + strings.Replace(p.email, "arthur", "Arthur", 1) + `"}`},
			{"both alone", `{"email":"` + next + `","password":"lady-of-the-lake"}`},
			{"null", `{"password":"lady-of-the-lake","current_password":null}`},
			{"empty", `{"password":"lady-of-the-lake","current_password":""}`},
			{"wrong", `{"password":"lady-of-the-lake","current_password":"lady-of-the-lake"}`},
			{"wrong in case", `{"password":"lady-of-the-lake","current_password":"Guinevere"}`},
			{"overlong", `{"password":"lady-of-the-lake","current_password":"` + overlong + `"}`},
			{"wrong, for an address", `{"email":"` + next + `","current_password":"lady-of-the-lake"}`},
			{"wrong, for a taken address", `{"email":"` + w.arthur.email + `","current_password":"lady-of-the-lake"}`},
			{"wrong, for a weak password", `{"password":"xy","current_password":"lady-of-the-lake"}`},
		}
		for _, r := range refusals {
			a := p.patch(t, "/users/me", strings.Replace(r.body, "{", `{"first_name":"Wart",`, 1))
			a.request += ": " + r.name
			a.want(t, 400, badCurrentPassword)
		}
		p.patch(t, "/users/me", `{"password":"lady-of-the-lake","current_password":1}`).want(t, 422, w.invalid(at("current_password", noString)))
		p.wantMe(t, p)

		// All else needs no password, nor does what stays as it is.
		p.firstName = `"Wart"`
		p.patch(t, "/users/me", `{"email":"`+p.email+`","first_name":"Wart"}`).want(t, 200, p.json())
		p.patch(t, "/users/me", `{"current_password":"not asked for"}`).want(t, 200, p.json())

		// With it everything is as ever.
		p.patch(t, "/users/me", `{"password":"xy","current_password":"guinevere"}`).want(t, 400, refused("UPDATE_USER_INVALID_PASSWORD", tooShort))
		p.patch(t, "/users/me", `{"email":"`+w.arthur.email+`","current_password":"guinevere"}`).want(t, 400, emailTaken)
		p.email = next
		p.patch(t, "/users/me", `{"email":"`+next+`","current_password":"guinevere"}`).want(t, 200, p.json())
		p.patch(t, "/users/me", `{"password":"lady-of-the-lake","current_password":"guinevere"}`).want(t, 200, p.json())
		w.client().with(other).wantNobody(t)
		p.wantMe(t, p)
		p.wantPassword(t, otherPassword, password)

		// Superusers change others as ever.
		p.email = address()
		w.super.patch(t, "/users/"+p.id, `{"email":"`+p.email+`","password":"guinevere"}`).want(t, 200, p.json())
		p.wantPassword(t, password, otherPassword)
	})
}

// A user without password has none to prove with, and gets one by a reset.
func TestCurrentPasswordOfNone(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: requireCurrent})
		p := newPerson(w, address())
		p.id = w.in.create(t, p.email, func(u *user.User) { u.HashedPassword = "" })
		p.logIn(t)
		for _, current := range []string{"", "guinevere"} {
			p.patch(t, "/users/me", `{"password":"guinevere","current_password":"`+current+`"}`).want(t, 400, badCurrentPassword)
		}
		p.w.client().reset(t, p.forgot(t, 1), password).want(t, 200, "null")
		p.wantPassword(t, password, otherPassword)
	})
}

// Whoever has got hold of a session must not find the password out by trying: the
// tries count as failed logins do.
func TestCurrentPasswordIsLimited(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) {
			requireCurrent(c)
			c.Limits = limits.Config{Store: limits.NewMemory()}
		}})
		p := w.member(t)
		attempt := func(current string) answer {
			return p.patch(t, "/users/me", `{"password":"lady-of-the-lake","current_password":"`+current+`"}`)
		}
		for range 5 {
			attempt("mordred").want(t, 400, badCurrentPassword)
		}
		for _, current := range []string{"mordred", password} { // also the right one
			a := attempt(current)
			a.want(t, 429, `{"detail":"TOO_MANY_REQUESTS"}`)
			a.wantHeader(t, "Retry-After", "1")
		}
		w.client().logIn(t, "jwt", p.email, password).want(t, 429, `{"detail":"TOO_MANY_REQUESTS"}`)
		p.wantMe(t, p) // what needs no password goes on
		w.in.clock.Advance(time.Second)
		attempt(password).want(t, 200, p.json())
		p.wantPassword(t, otherPassword, password)
	})
}

// The old password must not do once somebody else, such as its rightful owner by a
// reset, has replaced it.
func TestCurrentPasswordRaces(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: requireCurrent})
		p := w.member(t)
		answers := atOnce(4, func(i int) answer {
			body := `{"password":"lady-of-the-lake","current_password":"guinevere"}`
			return w.client().with(p.bearer).patch(t, "/users/me", body)
		})
		won := answers["200 "+p.json()]
		lost := answers["400 "+badCurrentPassword] + answers["401 "+unauthorized]
		if won != 1 || won+lost != 4 {
			t.Errorf("got %v, want one success and %s or %s for others", answers, badCurrentPassword, unauthorized)
		}
		p.wantPassword(t, otherPassword, password)
	})
}

func TestCurrentPasswordNeedsItsName(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	_, err := ginauth.New(ginauth.Config{Store: storeOf[struct {
		Current string `json:"current_password" bson:"current"`
	}](), Secret: "0123456789abcdef0123456789abcdef", Policy: user.Policy{RequireCurrentPassword: true}})
	if err == nil || !strings.Contains(err.Error(), "Config.RequireCurrentPassword is set, but the profile has a field current_password") {
		t.Errorf("got %v, want a mistake of Config.RequireCurrentPassword", err)
	}
}
