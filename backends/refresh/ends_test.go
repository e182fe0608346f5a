package refresh_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// What each event does to the refresh token and to the access token of a login, with and
// without Check.
func TestRevocation(t *testing.T) {
	t.Parallel()
	change := func(path, body string) func(*testing.T, *world, pair) {
		return func(t *testing.T, w *world, p pair) {
			wantStatus(t, path, w.do(request{method: http.MethodPatch, path: path, json: body, access: p.Access}), 200)
		}
	}
	other := func(do func(*testing.T, *world, pair)) func(*testing.T, *world, pair) {
		return func(t *testing.T, w *world, _ pair) { do(t, w, w.login(t)) }
	}
	deactivate := func(t *testing.T, w *world, _ pair) {
		no := false
		if _, err := w.memory.Update(t.Context(), w.user.ID, user.Update{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
	}
	endAll := func(t *testing.T, w *world, p pair) {
		wantStatus(t, "DELETE", w.do(request{method: http.MethodDelete, path: "/users/me/sessions", access: p.Access}), 204)
	}
	password := change("/users/me", `{"password":"excalibur"}`)
	tests := []struct {
		name                     string
		do                       func(t *testing.T, w *world, p pair)
		refresh, access, checked int
	}{
		{"nothing", func(*testing.T, *world, pair) {}, 200, 200, 200},
		{"logout", func(t *testing.T, w *world, p pair) {
			wantStatus(t, "logout", w.do(request{path: "/auth/app/logout", access: p.Access}), 200)
			if answer := w.do(request{path: "/auth/app/logout", access: p.Access}); answer.Code != 200 && answer.Code != 401 {
				t.Errorf("logout again: got %d", answer.Code)
			}
		}, 401, 200, 401},
		{"logout by the refresh token", func(t *testing.T, w *world, p pair) {
			wantStatus(t, "logout", w.do(request{path: "/auth/app/logout", json: `{"refresh_token":"` + p.Refresh + `"}`}), 200)
		}, 401, 200, 401},
		{"logout by a form, and an expired access token", func(t *testing.T, w *world, p pair) {
			w.wait(16 * time.Minute)
			wantStatus(t, "logout", w.do(request{path: "/auth/app/logout", form: "refresh_token=" + p.Refresh, access: p.Access}), 200)
		}, 401, 401, 401},
		{"the end of the session", func(t *testing.T, w *world, p pair) {
			var list []struct{ ID string }
			decode(t, w.do(request{method: http.MethodGet, path: "/users/me/sessions", access: p.Access}).Body, &list)
			wantStatus(t, "DELETE", w.do(request{method: http.MethodDelete, path: "/users/me/sessions/" + list[0].ID, access: p.Access}), 204)
		}, 401, 200, 401},
		{"reuse", func(t *testing.T, w *world, p pair) {
			w.refresh(t, p.Refresh)
			w.wait(11 * time.Second)
			wantStatus(t, "reuse", w.send(p.Refresh), 401)
		}, 401, 200, 401},
		{"a new password by this login", password, 200, 200, 200},
		{"a new password by another login", other(password), 401, 401, 401},
		{"a reset", func(t *testing.T, w *world, _ pair) {
			u, err := w.auth.Manager().ByID(t.Context(), w.user.ID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.memory.Update(t.Context(), u.ID, user.Update{EndTokens: true}); err != nil {
				t.Fatal(err)
			}
		}, 401, 401, 401},
		{"deactivation", deactivate, 401, 401, 401},
		{"a ban", func(t *testing.T, w *world, _ pair) {
			u, err := w.auth.Manager().ByID(t.Context(), w.user.ID)
			if err == nil {
				_, err = w.auth.Manager().Ban(t.Context(), u, user.Ban{Reason: "treason"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}, 401, 401, 401},
		{"a ban that has ended", func(t *testing.T, w *world, _ pair) {
			u, err := w.auth.Manager().ByID(t.Context(), w.user.ID)
			if err == nil {
				_, err = w.auth.Manager().Ban(t.Context(), u, user.Ban{Until: w.clock().Add(time.Minute)})
			}
			if err != nil {
				t.Fatal(err)
			}
			w.wait(2 * time.Minute)
		}, 401, 401, 401},
		{"the end of all sessions by a superuser", func(t *testing.T, w *world, _ pair) {
			u, err := w.auth.Manager().ByID(t.Context(), w.user.ID)
			if err == nil {
				_, err = w.auth.Manager().LogOutEverywhere(t.Context(), u, "")
			}
			if err != nil {
				t.Fatal(err)
			}
		}, 401, 401, 401},
		{"the superuser's rights are taken", func(t *testing.T, w *world, _ pair) {
			for _, is := range []bool{true, false} {
				u, err := w.auth.Manager().ByID(t.Context(), w.user.ID)
				if err == nil {
					_, err = w.auth.Manager().Update(t.Context(), u, user.Changes{IsSuperuser: &is})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}, 200, 200, 200},
		{"deletion", func(t *testing.T, w *world, _ pair) {
			if err := w.memory.Delete(t.Context(), w.user.ID, user.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		}, 401, 401, 401},
		{"the end of all sessions by this login", endAll, 200, 200, 200},
		{"the end of all sessions by another login", other(endAll), 401, 401, 401},
		{"the absolute end", func(_ *testing.T, w *world, _ pair) { w.wait(30 * 24 * time.Hour) }, 401, 401, 401},
	}
	for _, tt := range tests {
		for _, check := range []bool{false, true} {
			t.Run(tt.name+map[bool]string{true: ", checked"}[check], func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, options{strategy: refresh.Strategy{Check: check}})
				tokens := w.login(t)
				tt.do(t, w, tokens)
				want := tt.access
				if check {
					want = tt.checked
				}
				if got := w.access(tokens.Access); got != want {
					t.Errorf("access: got %d, want %d", got, want)
				}
				wantStatus(t, "refresh", w.send(tokens.Refresh), tt.refresh)
			})
		}
	}
}

// The user is read, and the version compared, before anything is written; a change that
// comes between the two ends the new tokens just as well.
func TestBarredWhileRefreshing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	w.store.Plan(func(ctx context.Context, c usertest.Call) usertest.Fault {
		if c.Method == "RotateToken" {
			no := false
			if _, err := w.memory.Update(ctx, w.user.ID, user.Update{IsActive: &no, EndTokens: true}); err != nil {
				t.Error(err)
			}
		}
		return usertest.NoFault
	})
	next := w.refresh(t, tokens.Refresh)
	w.store.Plan(nil)
	if got := w.access(next.Access); got != 401 {
		t.Errorf("access: got %d, want 401", got)
	}
	wantStatus(t, "refresh", w.send(next.Refresh), 401)
	if len(w.records(t)) != 0 {
		t.Error("the record of a user who is barred stays")
	}
}

func TestLogoutInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	logout := func(cookies map[string]string) (int, []string) {
		answer := w.do(request{path: "/auth/app_web/logout", cookies: cookies})
		cleared := setCookies(answer)
		slices.Sort(cleared)
		return answer.Code, cleared
	}
	cookies := w.webLogin(t, webLogin)
	w.wait(16 * time.Minute)
	delete(cookies, "app_web")
	if status, cleared := logout(cookies); status != 200 || !slices.Equal(cleared, clearedCookies) || len(w.records(t)) != 0 {
		t.Errorf("with the refresh token alone: got %d %q and %d logins", status, cleared, len(w.records(t)))
	}
	if status, cleared := logout(cookies); status != 401 || !slices.Equal(cleared, clearedCookies) {
		t.Errorf("again: got %d %q, want 401 and both cleared", status, cleared)
	}
	first, second := w.webLogin(t, webLogin), w.webLogin(t, webLogin)
	first["app_web_refresh"] = second["app_web_refresh"]
	if status, cleared := logout(first); status != 200 || !slices.Equal(cleared, clearedCookies) || len(w.records(t)) != 0 {
		t.Errorf("with tokens of two logins: got %d %q and %d logins, want both ended", status, cleared, len(w.records(t)))
	}
}

// A group that demands a verified address refuses, and ends nothing.
func TestVerifiedGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	no := false
	if _, err := w.memory.Update(t.Context(), w.user.ID, user.Update{IsVerified: &no}); err != nil {
		t.Fatal(err)
	}
	body := `{"refresh_token":"` + tokens.Refresh + `"}`
	wantStatus(t, "the strict group", w.do(request{path: "/auth/verified/refresh", json: body}), 401)
	wantStatus(t, "the other", w.do(request{path: "/auth/app/refresh", json: body}), 200)
}

// One login is one line of the list, with the time and the client of its last refresh.
func TestSessionsList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	w.wait(time.Hour)
	answer := w.do(request{path: "/auth/app/refresh", json: `{"refresh_token":"` + tokens.Refresh + `"}`, headers: map[string]string{"User-Agent": "Tintagel/2"}})
	next := pairOf(t, answer)
	var list []struct {
		CreatedAt  time.Time `json:"created_at"`
		LastSeenAt time.Time `json:"last_seen_at"`
		UserAgent  string    `json:"user_agent"`
		Current    bool
	}
	decode(t, w.do(request{method: http.MethodGet, path: "/users/me/sessions", access: next.Access}).Body, &list)
	if len(list) != 1 || !list[0].Current || list[0].UserAgent != "Tintagel/2" || list[0].LastSeenAt.Sub(list[0].CreatedAt) != time.Hour {
		t.Errorf("got %+v", list)
	}
}

// How the user logged in stays through refreshes; a new proof is stored with the next token.
func TestReauthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	at := func(access string) time.Time {
		var login user.Login
		decode(t, w.do(request{method: http.MethodGet, path: "/login", access: access}).Body, &login)
		if !slices.Equal(login.Methods, []user.Method{user.MethodPassword}) || login.Session == "" {
			t.Errorf("got %+v", login)
		}
		return login.At
	}
	before := at(tokens.Access)
	w.wait(time.Hour)
	tokens = w.refresh(t, tokens.Refresh)
	if got := at(tokens.Access); !got.Equal(before) {
		t.Errorf("after a refresh: got %v, want %v", got, before)
	}
	renewed := pairOf(t, w.do(request{path: "/auth/app/reauthenticate", json: `{"password":"guinevere"}`, access: tokens.Access}))
	if got := at(renewed.Access); !got.Equal(before.Add(time.Hour)) {
		t.Errorf("after a new proof: got %v, want an hour later", got)
	}
	w.wait(time.Minute)
	last := w.refresh(t, renewed.Refresh)
	if got := at(last.Access); !got.Equal(before.Add(time.Hour)) || len(w.records(t)) != 1 {
		t.Errorf("after a refresh of it: got %v and %d logins", got, len(w.records(t)))
	}
	wantStatus(t, "the replaced token", w.send(tokens.Refresh), 401)
	wantStatus(t, "a new proof for a login that has ended", w.do(request{path: "/auth/app/reauthenticate", json: `{"password":"guinevere"}`, access: last.Access}), 401)
}

// Whichever call of the store fails, and however, the answer is 503, no login is lost,
// and the same request succeeds afterwards.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	for _, fault := range []usertest.Fault{usertest.FailBefore, usertest.FailAfter, usertest.Twice} {
		for call := 1; ; call++ {
			w := newWorld(t, options{})
			first := w.login(t)
			w.wait(time.Minute)
			calls, method := 0, ""
			w.store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
				if strings.HasPrefix(c.Method, "Limit") || c.Method == "SwapLimit" {
					return usertest.NoFault
				}
				if calls++; calls == call {
					method = c.Method
					return fault
				}
				return usertest.NoFault
			})
			answer := w.send(first.Refresh)
			w.store.Plan(nil)
			if method == "" {
				if call < 3 {
					t.Errorf("the store was called %d times, want a read and a write at least", call-1)
				}
				break
			}
			if want := map[bool]int{true: 200, false: 503}[fault == usertest.Twice]; answer.Code != want && !(answer.Code == 200 && strings.Contains(method, "Limit")) {
				t.Errorf("%v in %s: got %d %s, want %d", fault, method, answer.Code, answer.Body, want)
			}
			if generation := w.records(t)[0].Rotation.Generation; generation < 1 || generation > 2 {
				t.Errorf("%v in %s: generation %d, want the state before or after", fault, method, generation)
			}
			again := w.refresh(t, first.Refresh)
			if generation := w.records(t)[0].Rotation.Generation; generation != 2 {
				t.Errorf("%v in %s: generation %d after the repetition, want 2", fault, method, generation)
			}
			wantStatus(t, "the child", w.send(again.Refresh), 200)
		}
	}
}

// At the end of a login, too: its record is there or gone, and the request can be repeated.
func TestStoreFailsAtReuse(t *testing.T) {
	t.Parallel()
	for _, fault := range []usertest.Fault{usertest.FailBefore, usertest.FailAfter} {
		w := newWorld(t, options{})
		first := w.login(t)
		w.refresh(t, first.Refresh)
		w.wait(time.Minute)
		w.store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
			if c.Method == "TakeToken" {
				return fault
			}
			return usertest.NoFault
		})
		wantStatus(t, "reuse", w.send(first.Refresh), 503)
		w.store.Plan(nil)
		wantStatus(t, "repeated", w.send(first.Refresh), 401)
		if len(w.records(t)) != 0 {
			t.Error("the login lives")
		}
	}
}
