package openapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes"
)

var update = flag.Bool("update", false, "write the documents in testdata anew")

var wires = []struct {
	name string
	wire routes.Wire
}{{"v9", ginauth.WireV9}, {"v15", ginauth.WireV15}}

// The whole document of an application with every group. After a wanted change:
// go test ./internal/test/peers/openapi -run Golden -update
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, test := range wires {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text, err := json.MarshalIndent(newWorld(t, test.wire).doc, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, '\n')
			file := "testdata/" + test.name + ".json"
			if *update {
				if err := os.WriteFile(file, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(text, want) {
				t.Errorf("the document differs from %s in line %d", file, firstDifference(text, want))
			}
		})
	}
}

func firstDifference(a, b []byte) int {
	first, second := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range first {
		if i >= len(second) || !bytes.Equal(first[i], second[i]) {
			return i + 1
		}
	}
	return len(first) + 1
}

// Another library than the one that made it finds the document valid, by the schema
// that the OpenAPI Initiative publishes.
func TestIsValid(t *testing.T) {
	t.Parallel()
	everyWorld(t, func(t *testing.T, w *world) {
		ok, problems := w.judge.ValidateDocument()
		for _, problem := range problems {
			t.Errorf("%s: %s", problem.Message, problem.Reason)
		}
		if !ok {
			t.Error("the document is not valid")
		}
	})
}

// So it does when the document stands on one of the application's own.
func TestWithBaseIsValid(t *testing.T) {
	t.Parallel()
	own, err := openapi3.NewLoader().LoadFromData([]byte(`{
		"openapi": "3.1.1",
		"info": {"title": "Camelot", "version": "7"},
		"servers": [{"url": "https://camelot.bt"}],
		"security": [{"api": []}],
		"paths": {"/knights": {"get": {"operationId": "users_get_me", "responses": {"200": {"description": "All.",
			"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Knight"}}}}}}}},
		"components": {"schemas": {"Knight": {"type": "object"}},
			"securitySchemes": {"api": {"type": "http", "scheme": "bearer", "description": "` + "`access_token` of the login of backend `api`." + `"}}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi.Document(newWorld(t, ginauth.WireV15).auth, openapi.Base(own), openapi.Server("https://www.camelot.bt", ""))
	if err != nil {
		t.Fatal(err)
	}
	if ok, problems := judgeOf(t, doc).ValidateDocument(); !ok {
		t.Errorf("the document is not valid: %v", problems)
	}
}

// A judge who likes everything would be of no use.
func TestJudgeSeesMistakes(t *testing.T) {
	t.Parallel()
	doc := newWorld(t, ginauth.WireV9).doc
	doc.Components.SecuritySchemes["api"].Value.Type = "magic"
	if ok, _ := judgeOf(t, doc).ValidateDocument(); ok {
		t.Error("a security scheme of an unknown type is found valid")
	}
}

// Every route of every group is there, and nothing else.
func TestIsComplete(t *testing.T) {
	t.Parallel()
	everyWorld(t, testIsComplete)
}

func testIsComplete(t *testing.T, w *world) {
	t.Helper()
	served := map[string]bool{}
	for _, route := range w.engine.Routes() {
		path := route.Path
		if path != "/" {
			path = strings.TrimSuffix(path, "/") // a group's own path is served with and without
		}
		var segments []string
		for segment := range strings.SplitSeq(path, "/") {
			if name, found := strings.CutPrefix(segment, ":"); found {
				segment = "{" + name + "}"
			}
			segments = append(segments, segment)
		}
		served[route.Method+" "+strings.Join(segments, "/")] = true
	}
	described := map[string]bool{}
	for path, item := range w.doc.Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
			if !served[method+" "+path] {
				t.Errorf("%s %s is described but not served", method, path)
			}
		}
	}
	for route := range served {
		if !described[route] {
			t.Errorf("%s is served but not described", route)
		}
	}
	if len(served) < 20 {
		t.Errorf("got %d routes; the test has seen too little", len(served))
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	doc := newWorld(t, ginauth.WireV9).doc
	ids := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			where := method + " " + path
			if other, taken := ids[operation.OperationID]; taken {
				t.Errorf("%s and %s are both %q", where, other, operation.OperationID)
			}
			ids[operation.OperationID] = where
			if operation.Summary == "" {
				t.Errorf("%s has no summary", where)
			}
			checkResponses(t, where, operation)
		}
	}
	for id, want := range map[string]string{
		"auth_api_login":                  "POST /auth/api/login",
		"auth_api_login_at_auth_verified": "POST /auth/verified/login",
		"auth_web_logout":                 "POST /auth/web/logout",
		"register":                        "POST /auth/register",
		"reset_forgot_password":           "POST /auth/forgot-password",
		"users_get_me":                    "GET /users/me",
		"users_update_user":               "PATCH /users/{id}",
		"user_sessions_end":               "DELETE /users/{id}/sessions/{session}",
		"keys_services_public_keys":       "GET /.well-known/jwks.json",
	} {
		if ids[id] != want {
			t.Errorf("operation %s: got %q, want %q", id, ids[id], want)
		}
	}
}

// checkResponses checks that each response has a description and, if it has a body, an example.
func checkResponses(t *testing.T, where string, operation *openapi3.Operation) {
	t.Helper()
	for status, ref := range operation.Responses.Map() {
		if *ref.Value.Description == "" {
			t.Errorf("%s: %s has no description", where, status)
		}
		for _, media := range ref.Value.Content {
			if media.Example == nil && len(media.Examples) == 0 && len(media.Schema.Value.Examples) == 0 {
				t.Errorf("%s: %s has no example", where, status)
			}
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	auth := newWorld(t, ginauth.WireV15).auth
	for _, test := range []struct {
		name, method, path string
		want               []int
	}{
		{"cookie login", "POST", "/auth/web/login", []int{204, 400, 403, 413, 422, 429, 500, 503}},
		{"bearer login", "POST", "/auth/api/login", []int{200, 400, 403, 413, 422, 429, 500, 503}},
		{"logout", "POST", "/auth/api/logout", []int{204, 401, 403, 500, 503}},
		{"me", "GET", "/users/me", []int{200, 401, 500, 503}},
		{"user, as Gin writes it", "GET", "/users/:id", []int{200, 401, 403, 404, 500, 503}},
		{"user, as the document writes it", "DELETE", "/users/{id}", []int{204, 400, 401, 403, 404, 500, 503}},
		{"list", "GET", "/users", []int{200, 401, 403, 422, 500, 503}},
		{"list with slash", "GET", "/users/", []int{200, 401, 403, 422, 500, 503}},
		{"begin at a provider that is not asked", "GET", "/auth/github/authorize", []int{200, 422, 429, 500, 503}},
		{"begin at a provider that is asked for its endpoints", "GET", "/auth/tintagel/authorize", []int{200, 422, 429, 500, 502, 503}},
		{"end by redirect", "GET", "/auth/github-web/callback", []int{303, 500}},
		{"link by redirect", "GET", "/link/github-web/callback", []int{303, 401, 403, 500, 503}},
		{"keys", "GET", "/.well-known/jwks.json", []int{200}},
		{"other method", "PUT", "/users/me", nil},
		{"other path", "GET", "/hello", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := openapi.Statuses(auth, test.method, test.path); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
