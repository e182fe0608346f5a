package refresh_test

import (
	"net/url"
	"testing"
)

func TestBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.login(t).Refresh
	form := func(pairs ...string) string {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return values.Encode()
	}
	missing := `{"detail":[{"loc":["body","refresh_token"],"msg":"field required","type":"value_error.missing"}]}`
	tests := []struct {
		name string
		request
		want int
		body string
	}{
		{"form", request{form: form("refresh_token", token)}, 200, ""},
		{"with a grant type", request{form: form("refresh_token", token, "grant_type", "refresh_token", "client_id", "x", "scope", "y")}, 200, ""},
		{"with an empty grant type", request{form: form("refresh_token", token, "grant_type", "")}, 200, ""},
		{"with an Authorization header", request{form: form("refresh_token", token), headers: map[string]string{"Authorization": "Basic eDp5"}}, 200, ""},
		{"JSON", request{json: `{"refresh_token":"` + token + `"}`}, 200, ""},
		{"another grant type", request{form: form("refresh_token", token, "grant_type", "password")}, 422,
			`{"detail":[{"loc":["body","grant_type"],"msg":"string does not match regex \"refresh_token\"","type":"value_error.str.regex"}]}`},
		{"nothing", request{}, 422, missing},
		{"an empty token", request{json: `{"refresh_token":""}`}, 422, missing},
		{"null", request{json: `{"refresh_token":null}`}, 422, missing},
		{"in the query", request{path: "/auth/app/refresh?refresh_token=" + token}, 422, missing},
		{"a number", request{json: `{"refresh_token":1}`}, 422, `{"detail":[{"loc":["body","refresh_token"],"msg":"str type expected","type":"type_error.str"}]}`},
		{"broken JSON", request{json: `{`}, 422, ""},
	}
	for _, tt := range tests {
		if tt.path == "" {
			tt.path = "/auth/app/refresh"
		}
		answer := w.do(tt.request)
		wantStatus(t, tt.name, answer, tt.want)
		if tt.body != "" && answer.Body.String() != tt.body {
			t.Errorf("%s: got %s, want %s", tt.name, answer.Body, tt.body)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	for range 60 {
		wantStatus(t, "within the limit", w.send("x"), 401)
	}
	answer := w.send("x")
	wantStatus(t, "over the limit", answer, 429)
	if answer.Header().Get("Retry-After") == "" {
		t.Error("Retry-After is missing")
	}
}
