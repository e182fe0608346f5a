package app

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/authtest"
)

// A guard without Scope refuses every API key, whatever its user may do: of all routes
// of the demonstration a key with all scopes has access only to those that name one.
// Routes without a guard answer as they do without a key.
func TestKeysOpenTheirScopesAlone(t *testing.T) {
	t.Parallel()
	kit, a := inMemory(t)
	u := kit.User(authtest.Verified(), authtest.Superuser())
	target := kit.User(authtest.Verified())
	key := kit.APIKey(u, "orders:read", "orders:write")
	call := func(method, path string, header ...string) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), method, strings.NewReplacer(":id", string(target.ID), "*", "", ":", "").Replace(path), nil)
		r.Host = "camelot.bt"
		if len(header) > 0 {
			r.Header.Set(header[0], header[1])
		}
		w := httptest.NewRecorder()
		a.Engine.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	opened, refused, open := []string{}, 0, 0
	for _, route := range a.Engine.Routes() {
		if route.Method == "HEAD" || strings.HasPrefix(route.Path, "/demo-provider") || strings.HasPrefix(route.Path, "/docs/") {
			continue
		}
		name := route.Method + " " + route.Path
		without, _ := call(route.Method, route.Path)
		for _, header := range [][]string{{"X-API-Key", key}, {"Authorization", "Bearer " + key}} {
			status, body := call(route.Method, route.Path, header...)
			switch {
			case strings.Contains(body, u.Email):
				opened = append(opened, name+" by "+header[0])
			case without != 401:
				open++
				if status != without {
					t.Errorf("%s by %s: got %d, want %d as without it", name, header[0], status, without)
				}
			case status == 403 && strings.Contains(body, "INSUFFICIENT_SCOPE"), status == 401:
				refused++
			default:
				t.Errorf("%s by %s: got %d %s, want 403 INSUFFICIENT_SCOPE", name, header[0], status, body)
			}
		}
	}
	slices.Sort(opened)
	want := "[GET /protected/scope by Authorization GET /protected/scope by X-API-Key POST /protected/scope by Authorization POST /protected/scope by X-API-Key]"
	if got := fmt.Sprint(opened); got != want {
		t.Errorf("a key opens %s, want %s", got, want)
	}
	if refused < 80 || open < 40 {
		t.Errorf("got %d refusals and %d open routes: are all routes called?", refused, open)
	}
	if stored, err := kit.Store().ByID(t.Context(), target.ID); err != nil || !stored.IsActive {
		t.Errorf("the other user: got %v, %v", stored, err)
	}
}

// TestKeys goes through the life of a key on the embedded engines.
func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(arthur)
	c := w.client().logIn("cookie", arthur)
	type key struct {
		ID, Name, Prefix, Key string
		Scopes                []string
		CreatedAt             time.Time  `json:"created_at"`
		ExpiresAt             *time.Time `json:"expires_at"`
		LastUsedAt            *time.Time `json:"last_used_at"`
	}
	made := decode[key](t, c.wantStatus("POST", "/users/me/api-keys", `{"name":"Warehouse","scopes":["orders:read"]}`, 201))
	none := decode[key](t, c.wantStatus("POST", "/users/me/api-keys", `{"name":"Nothing"}`, 201))
	if days := made.ExpiresAt.Sub(made.CreatedAt); days < 365*24*time.Hour || days > 366*24*time.Hour {
		t.Errorf("got a key for %v, want a year", days)
	}
	by := func(header, key string) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", w.url+"/protected/scope", nil)
		r.Header.Set(header, key)
		recorder := httptest.NewRecorder()
		w.app.Engine.ServeHTTP(recorder, r)
		return recorder.Code, recorder.Header().Get("WWW-Authenticate")
	}
	for header, prefix := range map[string]string{"X-API-Key": "", "Authorization": "Bearer "} {
		if status, _ := by(header, prefix+made.Key); status != 200 {
			t.Errorf("%s: got %d, want 200", header, status)
		}
		if status, challenge := by(header, prefix+none.Key); status != 403 || challenge != `Bearer error="insufficient_scope", scope="orders:read"` {
			t.Errorf("%s without the scope: got %d, %q", header, status, challenge)
		}
	}
	c.wantStatus("DELETE", "/users/me/api-keys/"+made.ID, nil, 204)
	if status, _ := by("X-API-Key", made.Key); status != 401 {
		t.Errorf("after it was removed: got %d, want 401", status)
	}
}
