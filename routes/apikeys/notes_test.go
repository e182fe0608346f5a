package apikeys_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// Events and a notice, and nothing of a secret anywhere.
func TestReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.Create(arthur)
	login := w.enter(arthur)
	first, second := w.makeBy(login, "orders:read", "orders:write"), w.makeBy(login)
	w.call("GET", "/read", "", first.header()...)
	w.call("GET", "/active", "", first.header()...)
	w.call("GET", "/read", "", "X-API-Key", first.Key[:55]+"x")
	shown := fmt.Sprintf("%v %+v %#v", w.keys, w.auth.Routes().Authenticator().Backends(), w.call("GET", "/users/me/api-keys", "", login...))
	w.call("DELETE", "/users/me/api-keys/"+first.ID, "", login...)
	w.call("DELETE", "/users/me/api-keys", "", login...)
	events, mails := w.reports()
	var got []string
	for _, e := range events {
		if strings.HasPrefix(string(e.Kind), "api_key") {
			got = append(got, fmt.Sprintf("%s %s %s %v", e.Kind, e.Outcome, e.User, e.Note))
		}
		shown += fmt.Sprintf("%#v", e)
	}
	wanted := []string{
		fmt.Sprintf("api_key_made ok %s map[credential:%s scopes:orders:read orders:write]", u.ID, first.ID),
		fmt.Sprintf("api_key_made ok %s map[credential:%s scopes:]", u.ID, second.ID),
		fmt.Sprintf("api_key_removed ok %s map[credential:%s]", u.ID, first.ID),
		fmt.Sprintf("api_keys_ended ok %s map[]", u.ID),
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	}
	if len(mails) != 1 || mails[0].Kind != user.MailAPIKeyMade || mails[0].To != arthur { // one in an hour
		t.Errorf("got %v, want one notice", mails)
	}
	shown += fmt.Sprintf("%#v", mails) + w.Log.String()
	for _, k := range []key{first, second} {
		for what, text := range map[string]string{"key": k.Key, "secret": k.Key[13:], "hash": records.HashToken(k.Key)} {
			if strings.Contains(shown, text) {
				t.Errorf("a %s is in events, mails, logs, lists or what is printed", what)
			}
		}
	}
}

// An event that is required and cannot be recorded stops the decision.
func TestRequiredEvents(t *testing.T) {
	t.Parallel()
	fails := false
	w := newWorld(t, func(c *ginauth.Config, _ *apikeys.Config) {
		c.RequiredEvents = []user.EventKind{apikeys.EventAPIKeyMade, apikeys.EventAPIKeyRemoved, apikeys.EventAPIKeysEnded}
		c.OnRequiredEvent = func(context.Context, user.Event) error {
			if fails {
				return context.DeadlineExceeded
			}
			return nil
		}
	})
	u := w.Create(arthur)
	login := w.enter(arthur)
	k := w.makeBy(login, "orders:read")
	fails = true
	for _, request := range [][3]string{
		{"POST", "/users/me/api-keys", `{"name":"x"}`}, {"DELETE", "/users/me/api-keys/" + k.ID, ""}, {"DELETE", "/users/me/api-keys", ""},
	} {
		want(t, request[0]+" "+request[1], w.call(request[0], request[1], request[2], login...), 503, "")
	}
	want(t, "the key", w.call("GET", "/read", "", k.header()...), 200, "")
	if all, _ := w.Memory.CredentialsOf(t.Context(), u.ID); len(all) != 1 {
		t.Errorf("got %d keys, want 1", len(all))
	}
}

// Unknown keys are limited by source; keys that are there are not.
func TestUnknownKeysAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	k, gone := w.make(arthur, "orders:read"), w.make(arthur)
	want(t, "remove", w.call("DELETE", "/users/me/api-keys/"+gone.ID, "", w.enter(arthur)...), 204, "")
	from := func(source string, headers ...string) answer {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/read", nil)
		r.RemoteAddr = source + ":1"
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Add(headers[i], headers[i+1])
		}
		recorder := httptest.NewRecorder()
		w.ServeHTTP(recorder, r)
		return answer{recorder.Code, recorder.Body.String(), recorder.Header()}
	}
	for range 100 {
		want(t, "a text that is no key", from("203.0.113.7", "X-API-Key", "gak_"), 401, unauthorized)
	}
	for i := range 60 {
		want(t, fmt.Sprint("unknown ", i), from("203.0.113.7", gone.header()...), 401, unauthorized)
	}
	got := from("203.0.113.7", gone.bearer()...)
	want(t, "one more", got, 429, `{"detail":"TOO_MANY_REQUESTS"}`)
	if got.header.Get("Retry-After") == "" {
		t.Error("got no Retry-After")
	}
	want(t, "a key that is there", from("203.0.113.7", k.header()...), 200, "")
	want(t, "another source", from("203.0.113.8", gone.header()...), 401, unauthorized)
	w.Wait(time.Minute + time.Second)
	want(t, "a minute later", from("203.0.113.7", gone.header()...), 401, unauthorized)
}

// A store that does not answer is 503, and a damaged record is no key.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.Create(arthur)
	k := w.make(arthur, "orders:read")
	for _, method := range []string{"CredentialWithUser", "CredentialsOf", "CreateCredential"} {
		login := w.enter(arthur)
		w.Store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
			if c.Method == method {
				return usertest.FailBefore
			}
			return usertest.NoFault
		})
		if method == "CredentialWithUser" {
			want(t, "use", w.call("GET", "/read", "", k.header()...), 503, `{"detail":"Service Unavailable"}`)
			want(t, "optional", w.call("GET", "/optional", "", k.header()...), 503, `{"detail":"Service Unavailable"}`)
		} else {
			want(t, "make without "+method, w.call("POST", "/users/me/api-keys", `{"name":"x"}`, login...), 503, `{"detail":"Service Unavailable"}`)
		}
		w.Store.Plan(nil)
	}
	all, err := w.Memory.CredentialsOf(t.Context(), u.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("got %v, %v, want one key", all, err)
	}
	damaged := all[0]
	damaged.Rev, damaged.Data = damaged.Rev+1, []byte("{")
	if swapped, err := w.Memory.SwapCredential(t.Context(), all[0], damaged); !swapped || err != nil {
		t.Fatal(swapped, err)
	}
	want(t, "damaged", w.call("GET", "/read", "", k.header()...), 401, unauthorized)
	if !strings.Contains(w.Log.String(), "is damaged and refused") {
		t.Error("the log does not name the damaged key")
	}
}
