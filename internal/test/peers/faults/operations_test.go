package faults

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"golang.org/x/crypto/bcrypt"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
)

// operations are all that clients and programs can ask for.
func operations() []operation {
	return slices.Concat(accountOperations(), loginOperations(), changeOperations(), mailOperations(),
		sessionOperations(), oauthOperations(), programOperations())
}

// The choices of an application that some operations need.
func limited(c *ginauth.Config) { c.Limits = limits.Config{} }

func keepOne(c *ginauth.Config) { c.KeepOneSuperuser = true }

func concealed(c *ginauth.Config) { c.ConcealRegistration = true }

func confirming(c *ginauth.Config) { c.ConfirmEmailChange = true }

func proving(c *ginauth.Config) { c.RequireCurrentPassword = true }

func resetOnly(c *ginauth.Config) { c.ResetOnlyAdministration = true }

// court are a user and a superuser.
func court(w *world) {
	w.create("arthur@camelot.bt")
	w.create("merlin@camelot.bt", superuser)
}

func nobody(*world) {}

// in has the user logged in.
func in(w *world) {
	court(w)
	w.token("api", w.find("arthur@camelot.bt"))
}

// post prepares a request that anybody may send.
func post(path, body string) func(*world) request {
	return func(w *world) request {
		return func(ctx context.Context) answer { return w.as("").send(ctx, "POST", path, body) }
	}
}

// asArthur prepares a request of somebody who is logged in.
func asArthur(method, path, body string) func(*world) request {
	return as("arthur@camelot.bt", func(*world) (string, string, string) { return method, path, body })
}

// aboutArthur prepares a superuser's request about Arthur.
func aboutArthur(method, path, body string) func(*world) request {
	return as("merlin@camelot.bt", func(w *world) (string, string, string) {
		return method, "/users/" + string(w.find("arthur@camelot.bt").ID) + path, body
	})
}

func as(email string, describe func(w *world) (method, path, body string)) func(*world) request {
	return func(w *world) request {
		c := w.as(w.token("api", w.find(email)))
		method, path, body := describe(w)
		return func(ctx context.Context) answer { return c.send(ctx, method, path, body) }
	}
}

func accountOperations() []operation {
	const registration = `{"email":"new@camelot.bt","password":"guinevere","first_name":"Wart"}`
	return []operation{
		{
			name: "register", people: nobody, prepare: post("/auth/register", registration),
			again: []string{"REGISTER_USER_ALREADY_EXISTS"},
		},
		{name: "register a taken address", people: court, prepare: post("/auth/register", `{"email":"arthur@camelot.bt","password":"guinevere"}`)},
		{name: "register with limits", config: limited, people: nobody, prepare: post("/auth/register", registration), again: []string{"REGISTER_USER_ALREADY_EXISTS"}},
		{name: "register concealed", config: concealed, people: nobody, prepare: post("/auth/register", registration)},
		{name: "register concealed a taken address", config: concealed, people: court, prepare: post("/auth/register", `{"email":"arthur@camelot.bt","password":"guinevere"}`)},
		{name: "delete", people: court, prepare: aboutArthur("DELETE", "", ""), again: []string{"Not Found"}},
		{
			name: "delete with all that belongs", config: keepOne,
			people: func(w *world) {
				court(w)
				w.create("morgana@camelot.bt", superuser)
				w.token("api", w.find("morgana@camelot.bt"))
				w.link("morgana@camelot.bt", "m")
				w.enrol("morgana@camelot.bt")
			},
			prepare: as("merlin@camelot.bt", func(w *world) (string, string, string) {
				return "DELETE", "/users/" + string(w.find("morgana@camelot.bt").ID), ""
			}),
			again: []string{"Not Found"},
		},
		{
			name: "delete the last superuser", config: keepOne, people: court,
			prepare: as("merlin@camelot.bt", func(w *world) (string, string, string) {
				return "DELETE", "/users/" + string(w.find("merlin@camelot.bt").ID), ""
			}),
		},
		{name: "get a user", people: court, prepare: aboutArthur("GET", "", "")},
		{name: "list users", people: court, prepare: as("merlin@camelot.bt", func(*world) (string, string, string) { return "GET", "/users", "" })},
		{name: "get me", people: court, prepare: asArthur("GET", "/users/me", "")},
		{name: "get me by JWT", people: court, prepare: func(w *world) request {
			c := w.as(w.token("jwt", w.find("arthur@camelot.bt")))
			return func(ctx context.Context) answer { return c.send(ctx, "GET", "/users/me", "") }
		}},
	}
}

func loginOperations() []operation {
	login := func(backend, password string) func(*world) request {
		return post("/auth/"+backend+"/login", `{"username":"arthur@camelot.bt","password":"`+password+`"}`)
	}
	old := func(w *world) {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			w.t.Fatal(err)
		}
		w.create("arthur@camelot.bt", func(u *user.User) { u.HashedPassword = string(hash) })
	}
	return []operation{
		{name: "log in", people: court, prepare: login("api", password)},
		{name: "log in by cookie", people: court, prepare: login("web", password)},
		{name: "log in for a JWT", people: court, prepare: login("jwt", password)},
		{name: "log in with limits", config: limited, people: court, prepare: login("api", password)},
		{name: "log in with an old hash", people: old, prepare: login("api", password)},
		{name: "log in with a wrong password", config: limited, people: court, prepare: login("api", another)},
		{name: "log in as nobody", config: limited, people: nobody, prepare: login("api", another)},
		{name: "log in inactive", people: func(w *world) { w.create("arthur@camelot.bt", func(u *user.User) { u.IsActive = false }) }, prepare: login("api", password)},
		{name: "log out", people: court, prepare: asArthur("POST", "/auth/api/logout", ""), again: []string{"Unauthorized"}},
		{name: "log out by cookie", people: court, again: []string{"Unauthorized"}, prepare: func(w *world) request {
			c := client{w: w, cookie: "ginauth=" + w.token("web", w.find("arthur@camelot.bt"))}
			return func(ctx context.Context) answer { return c.send(ctx, "POST", "/auth/web/logout", "") }
		}},
	}
}

func changeOperations() []operation {
	taken := []string{"UPDATE_USER_EMAIL_ALREADY_EXISTS"}
	return []operation{
		{name: "change a field", people: court, prepare: asArthur("PATCH", "/users/me", `{"first_name":"Wart"}`)},
		{name: "change the password", people: court, prepare: func(w *world) request {
			w.token("api", w.find("arthur@camelot.bt")) // which is to end
			return asArthur("PATCH", "/users/me", `{"password":"lady-of-the-lake"}`)(w)
		}},
		{name: "change the address", people: func(w *world) { w.create("arthur@camelot.bt", verified) }, prepare: asArthur("PATCH", "/users/me", `{"email":"new@camelot.bt"}`)},
		{name: "change to a taken address", people: court, prepare: asArthur("PATCH", "/users/me", `{"email":"merlin@camelot.bt"}`)},
		{name: "change everything", config: limited, people: court, prepare: asArthur("PATCH", "/users/me", `{"email":"new@camelot.bt","password":"lady-of-the-lake","first_name":"Wart"}`)},
		{
			name: "change the password with the current one", config: proving, people: court,
			prepare: asArthur("PATCH", "/users/me", `{"password":"lady-of-the-lake","current_password":"guinevere"}`),
			again:   []string{"UPDATE_USER_BAD_CURRENT_PASSWORD"},
		},
		{name: "ask for an address to confirm", config: confirming, people: court, prepare: asArthur("PATCH", "/users/me", `{"email":"new@camelot.bt","first_name":"Wart"}`)},
		{name: "deactivate", people: court, prepare: aboutArthur("PATCH", "", `{"is_active":false}`)},
		{name: "set password and flags", people: court, prepare: aboutArthur("PATCH", "", `{"password":"lady-of-the-lake","is_verified":true,"is_superuser":true}`)},
		{name: "set a taken address", people: court, prepare: aboutArthur("PATCH", "", `{"email":"merlin@camelot.bt"}`), again: taken},
		{name: "start a reset", config: resetOnly, people: court, prepare: aboutArthur("POST", "/forgot-password", "")},
		{
			name: "demote a superuser", config: keepOne, people: func(w *world) {
				court(w)
				w.create("morgana@camelot.bt", superuser)
			},
			prepare: as("merlin@camelot.bt", func(w *world) (string, string, string) {
				return "PATCH", "/users/" + string(w.find("morgana@camelot.bt").ID), `{"is_superuser":false}`
			}),
		},
		{
			name: "demote the last superuser", config: keepOne, people: court,
			prepare: as("merlin@camelot.bt", func(w *world) (string, string, string) {
				return "PATCH", "/users/" + string(w.find("merlin@camelot.bt").ID), `{"is_superuser":false}`
			}),
		},
	}
}

func mailOperations() []operation {
	token := func(make func(m *user.Manager, u *user.User) (string, error), path, rest string) func(*world) request {
		return func(w *world) request {
			text, err := make(w.auth.Manager(), w.find("arthur@camelot.bt"))
			if err != nil {
				w.t.Fatal(err)
			}
			return post(path, `{"token":"`+text+`"`+rest+`}`)(w)
		}
	}
	return []operation{
		{name: "forgot password", config: limited, people: court, prepare: post("/auth/forgot-password", `{"email":"arthur@camelot.bt"}`)},
		{name: "request verify", config: limited, people: court, prepare: post("/auth/request-verify-token", `{"email":"arthur@camelot.bt"}`)},
		{
			name: "verify", config: limited, people: court, again: []string{"VERIFY_USER_ALREADY_VERIFIED"},
			prepare: token((*user.Manager).VerifyToken, "/auth/verify", ""),
		},
		{
			name: "reset", config: limited, people: in, again: []string{"RESET_PASSWORD_BAD_TOKEN"},
			prepare: token((*user.Manager).ResetToken, "/auth/reset-password", `,"password":"lady-of-the-lake"`),
		},
		{
			name: "confirm an address", config: func(c *ginauth.Config) { confirming(c); limited(c) }, people: in,
			again: []string{"CONFIRM_EMAIL_BAD_TOKEN"},
			prepare: token(func(m *user.Manager, u *user.User) (string, error) {
				return m.EmailChangeToken(u, "new@camelot.bt", "")
			}, "/auth/confirm-email", ""),
		},
	}
}

func sessionOperations() []operation {
	several := func(w *world) {
		court(w)
		for range 3 {
			w.token("web", w.find("arthur@camelot.bt"))
		}
	}
	return []operation{
		{name: "list sessions", people: several, prepare: asArthur("GET", "/users/me/sessions", "")},
		{name: "end a session", people: several, again: []string{"Not Found"}, prepare: func(w *world) request {
			return asArthur("DELETE", "/users/me/sessions/"+w.sessionOf("arthur@camelot.bt"), "")(w)
		}},
		{name: "end all other sessions", people: several, prepare: asArthur("DELETE", "/users/me/sessions", "")},
		{name: "list a user's sessions", people: several, prepare: aboutArthur("GET", "/sessions", "")},
		{name: "end a user's session", people: several, again: []string{"Not Found"}, prepare: func(w *world) request {
			return aboutArthur("DELETE", "/sessions/"+w.sessionOf("arthur@camelot.bt"), "")(w)
		}},
		{name: "end all of a user's sessions", people: several, prepare: aboutArthur("DELETE", "/sessions", "")},
	}
}

// programOperations are those that no route has.
func programOperations() []operation {
	call := func(do func(ctx context.Context, w *world, m *user.Manager) error) func(*world) request {
		return func(w *world) request {
			return func(ctx context.Context) answer { return outcome(do(ctx, w, w.auth.Manager())) }
		}
	}
	ensure := call(func(ctx context.Context, _ *world, m *user.Manager) error {
		_, err := m.EnsureSuperuser(ctx, "new@camelot.bt", password)
		return err
	})
	return []operation{
		{name: "create", people: nobody, again: []string{user.ErrExists.Error()}, prepare: call(func(ctx context.Context, _ *world, m *user.Manager) error {
			_, err := m.Create(ctx, user.Registration{Email: "new@camelot.bt", Password: password, IsVerified: true})
			return err
		})},
		{name: "ensure a new superuser", people: nobody, prepare: ensure},
		{name: "ensure an old superuser", people: func(w *world) { w.create("new@camelot.bt", func(u *user.User) { u.IsActive = false }) }, prepare: ensure},
		{name: "log out everywhere", people: in, prepare: call(func(ctx context.Context, w *world, m *user.Manager) error {
			_, err := m.LogOutEverywhere(ctx, w.find("arthur@camelot.bt"), "")
			return err
		})},
		{name: "find by OAuth account", people: func(w *world) { court(w); w.link("arthur@camelot.bt", "a") }, prepare: call(func(ctx context.Context, w *world, _ *user.Manager) error {
			_, err := w.linked().Owner(ctx, "avalon", "a")
			return err
		})},
		{name: "sign in through a program", people: nobody, prepare: call(func(ctx context.Context, w *world, _ *user.Manager) error {
			_, err := w.linked().SignIn(ctx, oauth.Identity{Provider: "avalon", AccountID: "n", Email: "new@camelot.bt"}, oauth.Policy{})
			return err
		})},
	}
}

// outcome is what a program gets, as if it were a client.
func outcome(err error) answer {
	switch {
	case err == nil:
		return answer{status: http.StatusOK}
	case errors.Is(err, user.ErrUnavailable):
		return answer{status: http.StatusServiceUnavailable, body: err.Error()}
	}
	return answer{status: http.StatusBadRequest, body: err.Error()}
}
