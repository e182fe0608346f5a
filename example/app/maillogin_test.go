package app

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestMailLogin logs a new address in by mail: by code at one backend and by link at
// another.
func TestMailLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client()
	type mail struct {
		To, Kind, Token, URL string
		Code                 *string
		At                   time.Time
	}
	ask := func(n int) (request string, m mail) {
		asked := decode[struct{ Request string }](t, c.wantStatus("POST", "/auth/request-login", `{"email":"`+arthur+`"}`, http.StatusAccepted))
		w.mailed(n)
		all := decode[[]mail](t, c.wantStatus("GET", "/outbox.json", nil, http.StatusOK))
		return asked.Request, all[n-1]
	}
	request, m := ask(1)
	if m.Kind != "login" || m.To != arthur || m.Code == nil || len(*m.Code) != 8 || !strings.HasPrefix(m.URL, w.url+"/me/sign-in/link?token=") {
		t.Fatalf("got %+v", m)
	}
	c.wantStatus("POST", "/auth/jwt/login/mail", `{"request":"`+request+`","code":"`+*m.Code+`"}`, http.StatusOK)
	_, m = ask(2)
	browser := w.client()
	browser.want("POST", "/auth/cookie/login/mail", `{"token":"`+m.Token+`"}`, http.StatusBadRequest, `{"detail":"LOGIN_CONFIRM_BROWSER"}`)
	browser.want("POST", "/auth/cookie/login/mail", `{"token":"`+m.Token+`","confirm":true}`, http.StatusOK, "null")
	if me := decode[userJSON](t, browser.wantStatus("GET", "/users/me", nil, http.StatusOK)); !me.IsVerified {
		t.Errorf("got %+v, want a verified user", me)
	}
	w.person("merlin@camelot.bt")
	c.want("POST", "/auth/forgot-password", `{"email":"merlin@camelot.bt"}`, http.StatusAccepted, "null")
	w.mailed(3)
	if body := c.wantStatus("GET", "/outbox.json", nil, http.StatusOK).body; strings.Count(body, `"code":null`) != 1 {
		t.Errorf("got %s, want no code in the mail of the kind reset", body)
	}
}
