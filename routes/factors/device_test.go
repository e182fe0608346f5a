package factors_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
)

// trusting logs arthur in from a browser that is trusted from then on, and out.
func (w *world) trusting(email string, k key, c *client) *client {
	w.t.Helper()
	if got := c.answer(c.half(email), "totp", w.at(k, 0), `"trust_device":true`); got.status != 200 {
		w.t.Fatalf("got %d %s", got.status, got.body)
	}
	w.Wait(30 * time.Second)
	delete(c.cookies, "ginauth")
	return c
}

func (c *client) isTrusted(email string) bool { return c.password(email).status == 200 }

func TestTrustedDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("cookie").enter(arthur).enrol("Phone")
	c := w.client("cookie")
	got := c.answer(c.half(arthur), "totp", w.at(k, 0), `"trust_device":true`)
	name, _, _ := strings.Cut(strings.Split(got.cookies(), "ginauth_device_")[1], "=")
	if len(name) != 8 || !strings.Contains(got.cookies(), "; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("got the cookies %s", got.cookies())
	}
	if got := c.call("GET", "/users/me/factors", ""); !strings.Contains(got.body, `"type":"device","name":"Browser"`) {
		t.Errorf("got %s, want the browser in the list", got.body)
	}
	delete(c.cookies, "ginauth")
	w.Wait(29 * 24 * time.Hour)
	want(t, "by password", c.password(arthur), 200, "null")
	want(t, "it proves one factor", c.call("GET", "/mfa", ""), 403, `{"detail":"FACTOR_REQUIRED"}`)
	want(t, "it makes nothing fresh", c.call("GET", "/fresh", ""), 403, `{"detail":"FACTOR_REQUIRED"}`)
	want(t, "a way in of the application's own", w.own(c), 400, "LOGIN_FACTOR_REQUIRED")
	w.Wait(24 * time.Hour)
	if c.isTrusted(arthur) {
		t.Error("the browser is trusted after 30 days")
	}
}

func (w *world) own(c *client) answer {
	got := c.call("POST", "/own/cookie?email="+arthur, "")
	if strings.Contains(got.body, "LOGIN_FACTOR_REQUIRED") {
		got.body = "LOGIN_FACTOR_REQUIRED"
	}
	return got
}

// A trusted browser is trusted by one user, and until the user's tokens end.
func TestTrustEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(w *world, in *client, k key) answer
	}{
		{"a new password", func(w *world, in *client, _ key) answer {
			return in.call("PATCH", "/users/me", `{"password":"excalibur"}`)
		}},
		{"log out everywhere", func(w *world, in *client, _ key) answer { return in.call("DELETE", "/users/me/sessions", "") }},
		{"another factor", func(w *world, in *client, _ key) answer {
			in.enrol("Tablet")
			return answer{status: 204}
		}},
		{"removed", func(w *world, in *client, _ key) answer {
			listed := decode[struct {
				Factors []struct{ ID, Type string }
			}](w.t, in.call("GET", "/users/me/factors", ""))
			for _, f := range listed.Factors {
				if f.Type == "device" {
					return in.call("DELETE", "/users/me/factors/"+f.ID, "")
				}
			}
			return answer{}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			k := w.client("cookie").enter(arthur).enrol("Phone")
			c := w.trusting(arthur, k, w.client("cookie"))
			if !c.isTrusted(arthur) {
				t.Fatal("the browser is not trusted")
			}
			if got := test.end(w, w.client("stored").full(arthur, k), k); got.status/100 != 2 {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			delete(c.cookies, "ginauth")
			if c.isTrusted(arthur) || c.call("POST", "/auth/cookie/login", `{"username":"`+arthur+`","password":"excalibur"}`).status == 200 {
				t.Error("the browser is still trusted")
			}
		})
	}
	w := newWorld(t)
	w.register(merlin)
	k := w.client("cookie").enter(arthur).enrol("Phone")
	staff := w.client("cookie").enter(merlin).enrol("Staff")
	c := w.trusting(arthur, k, w.client("cookie"))
	for _, secret := range c.cookies {
		for merlins := range w.trusting(merlin, staff, w.client("cookie")).cookies {
			c.cookies = map[string]string{merlins: secret}
		}
	}
	if c.isTrusted(merlin) {
		t.Error("a browser that arthur trusts is trusted by merlin")
	}
}

// Bearer clients have no trusted devices, and TrustDeviceFor can leave users out.
func TestTrustIsForSome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *ginauth.Config, f *factors.Config) {
		f.TrustDeviceFor = func(u *user.User) bool { return u.Email != merlin }
	})
	w.register(merlin)
	staff := w.client("cookie").enter(merlin).enrol("Staff")
	if c := w.trusting(merlin, staff, w.client("cookie")); len(c.cookies) != 0 || c.isTrusted(merlin) {
		t.Errorf("got the cookies %v, want none", c.cookies)
	}
	k := w.client("jwt").enter(arthur).enrol("Phone")
	c := w.client("jwt")
	if got := c.answer(c.half(arthur), "totp", w.at(k, 0), `"trust_device":true`); got.status != 200 || got.cookies() != "" {
		t.Errorf("got %d and the cookies %s, want none", got.status, got.cookies())
	}
}

// A user trusts 20 browsers, and a browser has five users.
func TestDevicesAreFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("cookie").enter(arthur).enrol("Phone")
	first := w.trusting(arthur, k, w.client("cookie"))
	for range 20 {
		w.trusting(arthur, k, w.client("cookie"))
	}
	devices, err := w.Memory.CredentialsOf(t.Context(), w.User(arthur).ID, "device")
	if err != nil || len(devices) != 20 {
		t.Errorf("got %d devices, %v, want 20", len(devices), err)
	}
	if first.isTrusted(arthur) {
		t.Error("the oldest is still trusted")
	}
	shared := w.client("cookie")
	for i := range 7 {
		shared.cookies["ginauth_device_0000000"+strconv.Itoa(i)] = "x"
	}
	w.trusting(arthur, k, shared)
	if len(shared.cookies) != 5 {
		t.Errorf("got %d cookies, want those of five users", len(shared.cookies))
	}
}
