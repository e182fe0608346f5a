package contract

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patchLate sends an update whose body comes only after meanwhile has run, and that
// after the server has begun to wait for it: it has asked for the body.
func (p *person) patchLate(t *testing.T, path, body string, meanwhile func()) answer {
	t.Helper()
	asking := &http.Transport{ExpectContinueTimeout: time.Minute}
	defer asking.CloseIdleConnections()
	c := *p.client
	c.http = &http.Client{Transport: asking, Jar: p.http.Jar}
	request, err := http.NewRequestWithContext(t.Context(), "PATCH", p.w.url+path, &lateBody{meanwhile, strings.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len(body))
	request.Header.Set("Content-Type", asJSON)
	request.Header.Set("Expect", "100-continue")
	request.Header.Set("Authorization", "Bearer "+p.bearer)
	return c.do(t, request)
}

// lateBody is a body that something happens before.
type lateBody struct {
	before func()
	body   io.Reader
}

func (l *lateBody) Read(b []byte) (int, error) {
	if l.before != nil {
		l.before()
		l.before = nil
	}
	return l.body.Read(b)
}

// TestLateBody has clients take their time with the body of a request that was
// allowed when it began: what was taken from them meanwhile is gone.
func TestLateBody(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		w.settle(t)
		newPassword := `{"password":"` + otherPassword + `"}`

		p := w.member(t)
		reset := p.forgot(t, 1)
		p.patchLate(t, "/users/me", newPassword, func() {
			w.client().reset(t, reset, "sir-lancelot").want(t, 200, "null")
		}).want(t, 401, unauthorized)
		p.wantNobody(t)
		p.wantPassword(t, "sir-lancelot", otherPassword)

		p = w.register(t)
		p.bearer = p.token(t, "redis")
		for _, body := range []string{newPassword, `{"email":"` + address() + `"}`} {
			p.bearer = p.token(t, "redis")
			p.patchLate(t, "/users/me", body, func() {
				p.post(t, "/auth/redis/logout", "").want(t, 200, "null")
			}).want(t, 401, unauthorized)
			p.wantStored(t)
		}
		p.wantPassword(t, password, otherPassword)

		other := w.register(t)
		for _, target := range []*person{other, p} { // somebody, and himself
			p.logIn(t)
			w.super.patch(t, "/users/"+p.id, `{"is_superuser":true}`)
			p.patchLate(t, "/users/"+target.id, `{"is_superuser":true}`, func() {
				w.super.patch(t, "/users/"+p.id, `{"is_superuser":false}`).want(t, 200, p.json())
			}).want(t, 403, forbidden)
			target.wantStored(t)
		}

		// What is decided by the state of a user is decided by the present one.
		other.account.active = false
		w.super.patch(t, "/users/"+other.id, `{"is_active":false}`).want(t, 200, other.json())
		w.super.patchLate(t, "/users/"+other.id, `{"is_active":false}`, func() {
			w.super.patch(t, "/users/"+other.id, `{"is_active":true}`)
		}).want(t, 200, other.json())
		other.wantStored(t)
	})
}
