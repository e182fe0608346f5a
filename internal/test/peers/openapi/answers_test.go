package openapi_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/user"
)

// What the routes really answer is what the document says, to the last field: each
// answer is checked by the library that has not made the document.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	for _, test := range wires {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.wire)
			w.accountAnswers()
			w.cookieAnswers()
			w.ownAnswers()
			w.oauthAnswers()
			w.superuserAnswers()
		})
	}
}

// expect sends a request that is to be answered with a status, one that the document has.
func (w *world) expect(status int, method, path, body string, header ...string) {
	w.t.Helper()
	got := w.send(method, path, body, header...)
	if got.StatusCode != status {
		w.t.Errorf("%s %s: got %d %s, want %d", method, path, got.StatusCode, text(w.t, got), status)
	}
	route, _, _ := strings.Cut(path, "?")
	if statuses := openapi.Statuses(w.auth, method, described(route)); !slices.Contains(statuses, status) {
		w.t.Errorf("%s %s: got %v, want %d among them", method, route, statuses, status)
	}
}

// described returns the route of a path that names somebody.
func described(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		switch {
		case i > 1 && segments[i-1] == "users" && segment != "me":
			segments[i] = ":id"
		case i > 1 && segments[i-1] == "oauth-accounts":
			segments[i] = ":account"
		case i > 1 && segments[i-1] == "sessions":
			segments[i] = ":session"
		}
	}
	return strings.Join(segments, "/")
}

const everything = `{"email":"lancelot@camelot.bt","password":"guinevere","first_name":"Lancelot","country":"BT",` +
	`"website":"https://camelot.bt/","age":30,"tags":["knight","lake"],"address":{"city":"Camelot","moved_at":"2026-01-02T03:04:05Z",` +
	`"previous":{"city":"Benwick"}}}`

func (w *world) accountAnswers() {
	w.t.Helper()
	w.expect(201, "POST", "/auth/register", everything)
	w.expect(201, "POST", "/auth/register", `{"email":"king.arthur@camelot.bt","password":"guinevere"}`)
	w.expect(400, "POST", "/auth/register", `{"email":"king.arthur@camelot.bt","password":"guinevere"}`)
	w.expect(400, "POST", "/auth/register", `{"email":"galahad@camelot.bt","password":"g"}`)
	w.expect(400, "POST", "/auth/register", "{\"email\":\"galahad@camelot.bt\",\"password\":\"\xff\"}")
	w.expect(403, "POST", "/auth/register", everything, "Cookie", "ginauth=x", "Sec-Fetch-Site", "cross-site")
	w.expect(413, "POST", "/auth/register", `{"email":"`+strings.Repeat("a", 70_000)+`"}`)
	w.expect(422, "POST", "/auth/register", `{"email":"arthur","first_name":7}`)
	w.expect(422, "POST", "/auth/register", `{`)

	w.expect(400, "POST", "/auth/api/login", "username=king.arthur@camelot.bt&password=wrong")
	w.expect(400, "POST", "/auth/verified/login", "username=king.arthur@camelot.bt&password=guinevere")
	w.expect(422, "POST", "/auth/api/login", "grant_type=code")
	w.expect(401, "POST", "/auth/api/logout", "")

	w.expect(202, "POST", "/auth/forgot-password", `{"email":"king.arthur@camelot.bt"}`)
	w.expect(200, "POST", "/auth/reset-password", `{"token":"`+<-w.tokens+`","password":"guinevere"}`)
	w.expect(400, "POST", "/auth/reset-password", `{"token":"x","password":"guinevere"}`)
	w.expect(202, "POST", "/auth/request-verify-token", `{"email":"king.arthur@camelot.bt"}`)
	token := <-w.tokens
	w.expect(200, "POST", "/auth/verify", `{"token":"`+token+`"}`)
	w.expect(400, "POST", "/auth/verify", `{"token":"`+token+`"}`)
	w.expect(200, "GET", "/.well-known/jwks.json", "")
}

func (w *world) cookieAnswers() {
	w.t.Helper()
	for _, prefix := range []string{"/auth/web", "/auth/inside"} {
		got := w.send("POST", prefix+"/login", `{"username":"lancelot@camelot.bt","password":"guinevere"}`)
		if want := openapi.Statuses(w.auth, "POST", prefix+"/login")[0]; got.StatusCode != want {
			w.t.Errorf("%s: got %d, want %d", prefix, got.StatusCode, want)
		}
		var pairs []string
		for _, c := range got.Cookies() {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
		cookies := strings.Join(pairs, "; ")
		w.expect(403, "POST", prefix+"/login", "username=x&password=y", "Sec-Fetch-Site", "cross-site")
		w.expect(403, "POST", prefix+"/logout", "", "Cookie", cookies, "Sec-Fetch-Site", "cross-site")
		w.expect(200, "GET", "/users/me/sessions", "", "Cookie", cookies)
		w.expect(openapi.Statuses(w.auth, "POST", prefix+"/logout")[0], "POST", prefix+"/logout", "", "Cookie", cookies)
	}
}

func (w *world) ownAnswers() {
	w.t.Helper()
	me := w.bearer("lancelot@camelot.bt")
	w.expect(200, "GET", "/users/me", "", me...)
	w.expect(401, "GET", "/users/me", "")
	w.expect(401, "GET", "/users/me", "", "Authorization", "Bearer x")
	w.expect(200, "PATCH", "/users/me", `{"first_name":null,"address":{"city":null}}`, me...)
	w.expect(400, "PATCH", "/users/me", `{"email":"king.arthur@camelot.bt"}`, me...)
	w.expect(400, "PATCH", "/users/me", `{"password":"x"}`, me...)
	w.expect(422, "PATCH", "/users/me", `{"age":3}`, me...)
	w.expect(403, "GET", "/users", "", me...)
	w.expect(404, "DELETE", "/users/me/sessions/x", "", me...)
	w.expect(204, "DELETE", "/users/me/sessions", "", me...)
}

func (w *world) oauthAnswers() {
	w.t.Helper()
	me := w.bearer("lancelot@camelot.bt")
	w.expect(200, "GET", "/auth/github/authorize?scopes=user:email", "")
	w.expect(422, "GET", "/auth/github-web/authorize?redirect_to=https://evil.example", "")
	w.expect(422, "GET", "/auth/github-web/authorize?scopes=admin", "")
	w.expect(400, "GET", "/auth/github/callback?error=access_denied", "")
	w.expect(303, "GET", "/auth/github-web/callback?error=access_denied", "")
	w.expect(401, "GET", "/link/github/authorize", "")
	w.expect(200, "GET", "/link/github/authorize", "", me...)
	w.expect(400, "GET", "/link/github/callback?code=x&state=y", "", me...)
	w.expect(200, "GET", "/users/me/oauth-accounts", "", me...)
	w.expect(404, "DELETE", "/users/me/oauth-accounts/x", "", me...)
}

func (w *world) superuserAnswers() {
	w.t.Helper()
	ctx := w.t.Context()
	merlin, err := w.auth.Manager().Create(ctx, user.Registration{Email: "merlin@camelot.bt", Password: "guinevere", IsSuperuser: true})
	if err != nil {
		w.t.Fatal(err)
	}
	lancelot, err := w.auth.Manager().ByEmail(ctx, "lancelot@camelot.bt")
	if err != nil {
		w.t.Fatal(err)
	}
	root, own, other := w.bearer("merlin@camelot.bt"), "/users/"+string(merlin.ID), "/users/"+string(lancelot.ID)
	w.expect(200, "GET", "/users?limit=1", "", root...)
	w.expect(200, "GET", "/users?limit=100", "", root...)
	w.expect(422, "GET", "/users?limit=0&cursor=x", "", root...)
	w.expect(200, "GET", other, "", root...)
	w.expect(404, "GET", "/users/c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b", "", root...)
	w.expect(200, "PATCH", other, `{"is_verified":true,"email":"lancelot@benwick.bt"}`, root...)
	w.expect(422, "PATCH", other, `{"is_verified":"perhaps"}`, root...)
	w.expect(400, "PATCH", own, `{"is_superuser":false}`, root...)
	w.expect(400, "DELETE", own, "", root...)
	w.expect(200, "GET", other+"/sessions", "", root...)
	w.expect(404, "DELETE", other+"/sessions/x", "", root...)
	w.expect(204, "DELETE", other+"/sessions", "", root...)
	w.expect(204, "DELETE", other, "", root...)
}

// The judge is not one who likes every answer.
func TestJudgeSeesWrongAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wires[0].wire)
	delete(w.doc.Components.Schemas["User"].Value.Properties, "country")
	judge := judgeOf(t, w.doc, strict...)
	r := httptest.NewRequest("POST", "/auth/register", strings.NewReader(everything))
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	w.engine.ServeHTTP(answer, r)
	if ok, _ := judge.ValidateHttpResponse(r, answer.Result()); ok || answer.Code != 201 {
		t.Errorf("got %d, and an answer with a field that the document does not have is found right", answer.Code)
	}
}
