package contract

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/statustest"
	"github.com/ginauth/ginauth/limits"
)

// TestRequiredVerification has the groups that require verification: 401 comes
// before, everything else after it.
func TestRequiredVerification(t *testing.T) {
	t.Parallel()
	eachVariant(t, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		w.settle(t)
		huge := strings.Repeat("{", huge)
		routes := []struct{ method, path string }{
			{"GET", "/me"}, {"PATCH", "/me"}, {"GET", "/x"}, {"PATCH", "/x"}, {"DELETE", "/x"}, {"DELETE", "/me"}, {"GET", ""}, {"GET", "/?limit=0"},
		}
		unverified := w.newSuperuser(t, address())
		unverified.logIn(t)
		unverified.account.verified = false
		w.super.patch(t, "/users/"+unverified.id, `{"is_verified":false}`).must(t, 200, unverified.json())
		for _, r := range routes {
			path := "/inside/users" + r.path
			w.client().send(t, r.method, path, huge, "Content-Type", asJSON).want(t, 401, unauthorized)
			w.arthur.send(t, r.method, path, huge, "Content-Type", asJSON).want(t, 403, forbidden)
			unverified.send(t, r.method, path, huge, "Content-Type", asJSON).want(t, 403, forbidden)
		}
		// One's own id is no exception.
		unverified.get(t, "/inside/users/"+unverified.id).want(t, 403, forbidden)
		unverified.get(t, "/users/"+unverified.id).want(t, 200, unverified.json())

		p := w.verified(t)
		p.get(t, "/inside/users/me").want(t, 200, p.json())
		p.firstName = `"x"`
		p.patch(t, "/inside/users/me", `{"first_name":"x"}`).want(t, 200, p.json())
		p.get(t, "/inside/users/"+p.id).want(t, 403, forbidden)
		w.super.get(t, "/inside/users/"+p.id).want(t, 200, p.json())
		w.super.get(t, "/inside/users?q="+p.email).want(t, 200, `{"items":[`+p.json()+`],"next":null}`)

		// A login and a logout by cookie.
		a := w.client().logIn(t, "cookie", w.arthur.email, password)
		cookie := (&http.Response{Header: a.header}).Cookies()[0]
		sent := cookie.Name + "=" + cookie.Value
		a = w.client().post(t, "/inside/cookie/logout", "", "Cookie", sent)
		a.want(t, 403, forbidden)
		a.wantHeader(t, "Set-Cookie", "")
		w.client().get(t, "/users/me", "Cookie", sent).want(t, 200, w.arthur.json())
		login := func(p *person) answer {
			return w.client().post(t, "/inside/cookie/login", `{"username":"`+p.email+`","password":"guinevere"}`)
		}
		a = login(w.arthur)
		a.want(t, 400, code("LOGIN_USER_NOT_VERIFIED"))
		a.wantHeader(t, "Set-Cookie", "")
		login(p).wantEmpty(t, w)
	})
}

// TestSafeDefaults has an application that configures nothing: its cookies are
// Secure, and passwords have at least 8 characters.
func TestSafeDefaults(t *testing.T) {
	t.Parallel()
	eachVariant(t, func(t *testing.T, v variant) {
		cookie := backends.Backend{Name: "cookie", Transport: backends.Cookie{}, Strategy: backends.Database{}}
		host := backends.Backend{Name: "host", Transport: backends.Cookie{Name: "__Host-ginauth"}, Strategy: backends.JWT{}}
		session := backends.Backend{Name: "session", Transport: sessions.Transport{Name: sessionName}, Strategy: backends.Database{}}
		w := start(t, v, design{
			config: func(c *ginauth.Config) {
				c.ValidatePassword = nil
				c.Backends = append(c.Backends[:1:1], cookie, session, c.Backends[3], host)
			},
			attach: func(r *gin.Engine, auth *ginauth.Auth) { auth.AuthRoutes(host).Attach(r.Group("/auth/host")) },
		})
		for password, reason := range map[string]string{
			"1234567": "Password should be at least 8 characters", "": "Password should be at least 8 characters",
			"🗡🗡🗡🗡🗡🗡🗡": "Password should be at least 8 characters", strings.Repeat("x", 1025): tooLong,
		} {
			w.client().post(t, "/auth/register", `{"email":"`+address()+`","password":"`+password+`"}`).
				want(t, 400, refused("REGISTER_INVALID_PASSWORD", reason))
		}
		p := &person{client: w.client(), account: account{email: address()}}
		p.post(t, "/auth/register", `{"email":"`+p.email+`","password":"🗡🗡🗡🗡🗡🗡🗡🗡"}`).mustBe(t, 201)

		for backend, names := range map[string][]string{
			"cookie": {"ginauth"}, "host": {"__Host-ginauth"}, "session": {"ginauth_session", "ginauth_session_bind"},
		} {
			a := w.client().logIn(t, backend, p.email, "🗡🗡🗡🗡🗡🗡🗡🗡")
			a.wantEmpty(t, w)
			values := wantCookies(t, a, names, "; Path=/; HttpOnly; Secure; SameSite=Lax")
			var sent []string
			for i, name := range names {
				sent = append(sent, name+"="+values[i])
			}
			a = w.client().post(t, "/auth/"+backend+"/logout", "", "Cookie", strings.Join(sent, "; "))
			a.wantEmpty(t, w)
			for i, name := range names {
				if got, want := a.header["Set-Cookie"][i], name+"=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"; got != want {
					t.Errorf("%s: got Set-Cookie %q, want %q", a.request, got, want)
				}
			}
		}
	})
}

// TestServerSideSession has a session store that keeps a session's id: a planted
// session cookie gives nothing after the login.
func TestServerSideSession(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{sessions: memstore.NewStore([]byte("a key that signs, of thirty-two b"))})
		testSessionFixation(t, w.settled(t))
	})
}

// TestNoBearerBackend checks that nobody is told to send a bearer token where none
// is taken.
func TestNoBearerBackend(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		auth, err := ginauth.New(ginauth.Config{
			Store: v.open(t), Secret: "a secret that has thirty-two bytes", Limits: limits.Config{Off: true},
			Backends: []backends.Backend{{Name: "cookie", Transport: backends.Cookie{}, Strategy: backends.Database{}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		engine := gin.New()
		statustest.Watch(t, engine, auth)
		auth.UsersRoutes().Attach(engine.Group("/users"))
		server := httptest.NewServer(engine)
		defer server.Close()
		for _, header := range []string{"", "Bearer x"} {
			request, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/users/me", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", header)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if got := response.Header.Values("WWW-Authenticate"); response.StatusCode != 401 || len(got) > 0 {
				t.Errorf("got %d with WWW-Authenticate %q, want 401 without", response.StatusCode, got)
			}
		}
	})
}
