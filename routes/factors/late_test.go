package factors_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/fixture"
)

// late sends a request whose body comes only after the browser was logged out.
func (c *client) late(path, body string) answer {
	c.t.Helper()
	other := c.client(c.backend)
	maps.Copy(other.cookies, c.cookies)
	r := httptest.NewRequestWithContext(c.t.Context(), http.MethodPost, path, fixture.Late(body, func() {
		want(c.t, "logout", other.call("POST", "/auth/"+c.backend+"/logout", ""), 200, "null")
	}))
	r.Header.Set("Content-Type", "application/json")
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	c.ServeHTTP(recorder, r)
	return answer{recorder.Code, recorder.Body.String(), recorder.Header()}
}

// A session that is ended while a body is on its way neither turns a factor on, which would
// lock its owner out, nor goes on as another one.
func TestLateBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client("cookie").enter(arthur)
	k := c.begin("Phone")
	want(t, "confirm", c.late("/users/me/factors/totp/"+k.ID+"/confirm", `{"code":"`+w.at(k, 0)+`"}`), 401, unauthorized)
	if w.User(arthur).SecondFactor {
		t.Error("the factor was turned on")
	}
	k = w.client("cookie").enter(arthur).enrol("Phone")
	w.Wait(time.Minute)
	c = w.client("cookie").full(arthur, k)
	w.Wait(time.Minute)
	want(t, "reauthenticate", c.late("/auth/cookie/reauthenticate", `{"factor":"totp","code":"`+w.at(k, 0)+`"}`), 401, unauthorized)
}
