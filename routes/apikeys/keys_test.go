package apikeys_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

var keyText = regexp.MustCompile(`^gak_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$`)

func TestMakeAndUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	login := w.enter(arthur)
	got := w.call("POST", "/users/me/api-keys", `{"name":" Warehouse ","scopes":["orders:read","orders:read"],"expires_at":"2026-02-01T12:00:00+01:00"}`, login...)
	k := decode[key](t, got)
	want(t, "make", got, 201, `{"id":"`+k.ID+`","name":"Warehouse","prefix":"`+k.Key[:12]+`","scopes":["orders:read"],"created_at":"2026-01-01T12:00:00Z",`+
		`"expires_at":"2026-02-01T11:00:00Z","last_used_at":null,"key":"`+k.Key+`"}`)
	if !keyText.MatchString(k.Key) || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got the key %q, headers %v", k.Key, got.header)
	}
	const shown = `{"by_key":true,"key":"Warehouse","scopes":["orders:read"],"user":true}`
	for name, login := range map[string][]string{"bearer": k.bearer(), "header": k.header()} {
		want(t, name, w.call("GET", "/read", "", login...), 200, shown)
		want(t, name, w.call("GET", "/any", "", login...), 200, shown)
		want(t, name, w.call("GET", "/lax", "", login...), 200, shown)
		want(t, name, w.call("GET", "/both", "", login...), 403, insufficient)
		want(t, name, w.call("GET", "/active", "", login...), 403, insufficient)
		want(t, name, w.call("GET", "/current", "", login...), 403, insufficient)
		want(t, name, w.call("GET", "/optional", "", login...), 200, `{"by_key":false,"key":"","scopes":null,"user":false}`)
		want(t, name, w.call("GET", "/super", "", login...), 403, `{"detail":"Forbidden"}`)
		want(t, name, w.call("GET", "/fresh", "", login...), 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
		want(t, name, w.call("GET", "/users/me", "", login...), 403, insufficient)
	}
	for path, challenge := range map[string]string{
		"/both": `Bearer error="insufficient_scope", scope="orders:read orders:write"`, "/active": `Bearer error="insufficient_scope"`,
		"/users/me": `Bearer error="insufficient_scope", scope="profile"`, "/users/me/sessions": `Bearer error="insufficient_scope"`,
	} {
		if got := w.call("GET", path, "", k.header()...).header.Get("WWW-Authenticate"); got != challenge {
			t.Errorf("%s: got the challenge %q, want %q", path, got, challenge)
		}
	}
	want(t, "a person", w.call("GET", "/both", "", login...), 200, `{"by_key":false,"key":"","scopes":null,"user":true}`)
	me := w.make(arthur, "profile")
	if got := w.call("GET", "/users/me", "", me.header()...); got.status != 200 || !strings.Contains(got.body, arthur) {
		t.Errorf("GET /users/me with profile: got %d %s", got.status, got.body)
	}
	want(t, "PATCH /users/me with profile", w.call("PATCH", "/users/me", `{}`, me.header()...), 403, insufficient)
	w.GET("/admit", func(c *gin.Context) {
		err := w.auth.Routes().Admit(c, routes.Demands{User: true, Scopes: []string{"orders:write"}})
		c.JSON(200, []bool{errors.Is(err, routes.ErrInsufficientScope), errors.Is(err, routes.ErrForbidden)})
	})
	want(t, "Admit", w.call("GET", "/admit", "", k.header()...), 200, "[true,false]")
	none := w.make(arthur)
	want(t, "no scope", w.call("GET", "/any", "", none.header()...), 403, insufficient)
}

// TestScopesOfAGuardAddUp: a further requirement of a guard never opens it to more keys.
func TestScopesOfAGuardAddUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	for name, test := range map[string]struct {
		scopes       []string
		each, andAny int
	}{
		"the first":  {[]string{"orders:read"}, 403, 403},
		"the second": {[]string{"orders:write"}, 403, 403},
		"both":       {[]string{"orders:read", "orders:write"}, 200, 200},
		"any others": {[]string{"orders:write", "profile"}, 403, 403},
		"one of any": {[]string{"orders:read", "profile"}, 403, 200},
	} {
		k := w.make(arthur, test.scopes...)
		if got := w.call("GET", "/each", "", k.header()...).status; got != test.each {
			t.Errorf("%s: Scope twice: got %d, want %d", name, got, test.each)
		}
		if got := w.call("GET", "/and-any", "", k.header()...).status; got != test.andAny {
			t.Errorf("%s: Scope and AnyScope: got %d, want %d", name, got, test.andAny)
		}
	}
	const challenge = `Bearer error="insufficient_scope", scope="orders:read orders:write"`
	if got := w.call("GET", "/each", "", w.make(arthur, "profile").header()...).header.Get("WWW-Authenticate"); got != challenge {
		t.Errorf("got the challenge %q, want %q", got, challenge)
	}
}

// A key opens no route of the library's but GET /me.
func TestLibraryRoutesRefuseKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.Create(arthur, superuser)
	k := w.make(arthur, "orders:read", "orders:write", "profile")
	tried := 0
	for _, group := range w.auth.Routes().Attached() {
		for _, route := range group.Routes {
			if !route.Guard.User || route.Operation == "get_me" {
				continue
			}
			tried++
			path := strings.NewReplacer(":id", string(u.ID), ":key", k.ID, ":session", "x").Replace(group.Prefix + route.Path)
			for _, login := range [][]string{k.bearer(), k.header()} {
				status, body := 403, insufficient
				if len(route.Guard.Via) > 0 { // it looks at its own backend's tokens
					status, body = 401, unauthorized
				}
				want(t, route.Method+" "+path, w.call(route.Method, path, `{"name":"x"}`, login...), status, body)
			}
		}
	}
	if tried < 20 {
		t.Errorf("got %d routes, want all of them", tried)
	}
	want(t, "it is still there", w.call("GET", "/read", "", k.header()...), 200, "")
}

// A text that is no key, wherever it is, is 401; what does not look like one costs the
// store nothing.
func TestWrongKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	w.Create(arthur)
	k := w.make(arthur, "orders:read")
	calls := 0
	w.Store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault { calls++; return usertest.NoFault })
	for i := range k.Key {
		for bit := range 7 {
			changed := k.Key[:i] + string([]byte{k.Key[i] ^ 1<<bit}) + k.Key[i+1:]
			if c := changed[i]; c <= ' ' || c == 0x7f {
				continue // no server takes it
			}
			want(t, changed, w.call("GET", "/read", "", "X-API-Key", changed), 401, unauthorized)
		}
	}
	for name, headers := range map[string][]string{
		"empty": {"X-API-Key", ""}, "another prefix": {"X-API-Key", "shop" + k.Key[3:]}, "short": {"X-API-Key", k.Key[:55]}, "public part": {"X-API-Key", k.Prefix},
		"long": {"X-API-Key", k.Key + "0"}, "twice": {"X-API-Key", k.Key, "X-API-Key", k.Key}, "listed": {"X-API-Key", k.Key + "," + k.Key},
		"its id": {"X-API-Key", k.ID}, "its hash": {"X-API-Key", records.HashToken(k.Key)}, "scheme": {"X-API-Key", "Bearer " + k.Key},
		"a cookie": {"Cookie", "X-API-Key=" + k.Key + "; ginauth=" + k.Key}, "another header": {"Api-Key", k.Key},
		"Basic":      {"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+k.Key))},
		"two bearer": {"Authorization", "Bearer " + k.Key, "Authorization", "Bearer " + k.Key},
	} {
		if got := w.call("GET", "/read", "", headers...); got.status != 401 {
			t.Errorf("%s: got %d %s, want 401", name, got.status, got.body)
		}
	}
	want(t, "query", w.call("GET", "/read?api_key="+k.Key+"&access_token="+k.Key+"&X-API-Key="+k.Key, ""), 401, unauthorized)
	if calls > 1 { // the cookie looks like a token of a session
		t.Errorf("got %d calls of the store, want none but for the cookie", calls)
	}
	w.Store.Plan(nil)
	want(t, "the key", w.call("GET", "/read", "", k.header()...), 200, "")
	// JWT first, key second: none takes the other's.
	want(t, "a JWT as X-API-Key", w.call("GET", "/read", "", "X-API-Key", w.enter(arthur)[1][len("Bearer "):]), 401, unauthorized)
	both := append(w.enter(arthur), k.header()...)
	want(t, "both: the first backend decides", w.call("GET", "/active", "", both...), 200, "")
	bad := append([]string{"Authorization", "Bearer nonsense"}, k.header()...)
	want(t, "a bad token does not hide a key", w.call("GET", "/read", "", bad...), 200, "")
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *ginauth.Config, c *apikeys.Config) { c.MaxLifetime = 24 * time.Hour })
	w.Create(arthur)
	login := w.enter(arthur)
	invalid := func(place, message string) string {
		return `{"detail":[{"loc":["body",` + place + `],"msg":"` + message + `","type":"value_error"}]}`
	}
	tests := []struct{ name, body, want string }{
		{"nothing", `{}`, `{"detail":[{"loc":["body","name"],"msg":"field required","type":"value_error.missing"}]}`},
		{"empty name", `{"name":" "}`, invalid(`"name"`, "must have 1 to 64 printable characters")},
		{"long name", `{"name":"` + strings.Repeat("é", 65) + `"}`, invalid(`"name"`, "must have 1 to 64 printable characters")},
		{"control characters", `{"name":"a\u0007b"}`, invalid(`"name"`, "must have 1 to 64 printable characters")},
		{"all scopes", `{"name":"x","scopes":["*"]}`, invalid(`"scopes",0`, "unknown scope")},
		{"unknown scope", `{"name":"x","scopes":["orders:read","orders:delete","Orders:read"]}`,
			`{"detail":[{"loc":["body","scopes",1],"msg":"unknown scope","type":"value_error"},{"loc":["body","scopes",2],"msg":"unknown scope","type":"value_error"}]}`},
		{"past", `{"name":"x","expires_at":"2026-01-01T12:00:00Z"}`, invalid(`"expires_at"`, "must be in the future")},
		{"no time", `{"name":"x","expires_at":"tomorrow"}`, invalid(`"expires_at"`, "must be a time as in RFC 3339")},
		{"empty time", `{"name":"x","expires_at":""}`, invalid(`"expires_at"`, "must be a time as in RFC 3339")},
		{"no zone", `{"name":"x","expires_at":"2026-01-01T13:00:00"}`, invalid(`"expires_at"`, "must be a time as in RFC 3339")},
		{"late", `{"name":"x","expires_at":"2026-01-02T12:00:01Z"}`, invalid(`"expires_at"`, "must not be later than 2026-01-02T12:00:00Z")},
	}
	for _, test := range tests {
		want(t, test.name, w.call("POST", "/users/me/api-keys", test.body, login...), 422, test.want)
	}
	for _, body := range []string{
		`{"name":7}`, `{"name":["x"]}`, `{"name":"x","scopes":"orders:read"}`, `{"name":"x","scopes":{"$ne":""}}`, `{"name":"x","scopes":[1]}`,
		`{"name":"x","expires_at":1767355200}`, `{"name":"x","expires_at":{"$gt":""}}`, `{"name":"x"`,
	} {
		if got := w.call("POST", "/users/me/api-keys", body, login...); got.status != 422 {
			t.Errorf("%s: got %d %s, want 422", body, got.status, got.body)
		}
	}
	if got := decode[key](t, w.call("POST", "/users/me/api-keys", `{"name":"x","scopes":null,"expires_at":null}`, login...)); len(got.Scopes) != 0 ||
		got.ExpiresAt == nil || !got.ExpiresAt.Equal(w.Clock().Add(24*time.Hour)) {
		t.Errorf("got %+v, want no scope, and the greatest lifetime", got)
	}
	// Names are texts, and nothing else.
	for _, name := range []string{`<script>alert(1)</script>`, `{"$ne":""}`, "’; DROP TABLE users", "\u202egak", "🗡"} {
		got := w.call("POST", "/users/me/api-keys", fmt.Sprintf(`{"name":%q}`, name), login...)
		if k := decode[key](t, got); k.Name != name {
			t.Errorf("got the name %q, want %q", k.Name, name)
		}
	}
}

// The owner of a key is who asks, whatever else the body says.
func TestOwnerIsWhoAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	victim := w.Create(merlin, superuser)
	got := w.call("POST", "/users/me/api-keys", `{"name":"x","user_id":"`+string(victim.ID)+`","userId":"`+string(victim.ID)+`","id":"1","key":"gak_mine",`+
		`"prefix":"gak_mine","scopes":[],"key_version":9,"owner_version":9,"is_superuser":true}`, w.enter(arthur)...)
	k := decode[key](t, got)
	if got.status != 201 || !keyText.MatchString(k.Key) || k.ID == "1" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if all, _ := w.Memory.CredentialsOf(t.Context(), victim.ID); len(all) != 0 {
		t.Errorf("the other user has %v", all)
	}
	// Nor does anyone see or change keys of others.
	other := w.enter(merlin)
	for method, body := range map[string]string{"PATCH": `{"name":"mine"}`, "DELETE": ""} {
		want(t, method+" another user's key", w.call(method, "/users/me/api-keys/"+k.ID, body, other...), 404, notFound)
	}
	want(t, "list", w.call("GET", "/users/me/api-keys", "", other...), 200, `[]`)
}

func TestListRenameRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	login := w.enter(arthur)
	first := w.makeBy(login, "orders:read")
	w.Wait(time.Minute)
	second := w.makeBy(login)
	listed := func() string { return w.call("GET", "/users/me/api-keys", "", login...).body }
	show := func(k key, name, scopes, at, used string) string {
		return `{"id":"` + k.ID + `","name":"` + name + `","prefix":"` + k.Prefix + `","scopes":[` + scopes + `],"created_at":"` + at + `","expires_at":null,"last_used_at":` + used + `}`
	}
	newer := show(second, "Warehouse", "", "2026-01-01T12:01:00Z", "null")
	if got, want := listed(), "["+newer+","+show(first, "Warehouse", `"orders:read"`, "2026-01-01T12:00:00Z", "null")+"]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	renamed := show(first, "Mill", `"orders:read"`, "2026-01-01T12:00:00Z", "null")
	want(t, "rename", w.call("PATCH", "/users/me/api-keys/"+first.ID, `{"name":"Mill"}`, login...), 200, renamed)
	want(t, "rename to nothing", w.call("PATCH", "/users/me/api-keys/"+first.ID, `{}`, login...), 422, "")
	want(t, "remove", w.call("DELETE", "/users/me/api-keys/"+second.ID, "", login...), 204, "")
	for _, id := range []string{second.ID, "1", "%00", "%ff", `{"$ne":""}`} {
		if got := w.call("DELETE", "/users/me/api-keys/"+strings.ReplaceAll(id, `"`, "%22"), "", login...); got.status != 404 {
			t.Errorf("remove %s: got %d %s, want 404", id, got.status, got.body)
		}
	}
	if got, want := listed(), "["+renamed+"]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.Wait(11 * time.Minute)
	stale := `{"detail":"FRESH_LOGIN_REQUIRED"}`
	want(t, "stale list", w.call("GET", "/users/me/api-keys", "", login...), 200, "["+renamed+"]")
	want(t, "stale make", w.call("POST", "/users/me/api-keys", `{"name":"x"}`, login...), 403, stale)
	want(t, "stale rename", w.call("PATCH", "/users/me/api-keys/"+first.ID, `{"name":"x"}`, login...), 403, stale)
	want(t, "stale remove", w.call("DELETE", "/users/me/api-keys/"+first.ID, "", login...), 403, stale)
	want(t, "stale end", w.call("DELETE", "/users/me/api-keys", "", login...), 403, stale)
	want(t, "use of a renamed key", w.call("GET", "/read", "", first.header()...), 200, "")
}

// The last use is noted once a minute, off the request, and brings nothing back.
func TestLastUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	k := w.make(arthur, "orders:read")
	writes := 0
	w.Store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
		if c.Method == "SwapCredential" {
			w.mu.Lock()
			defer w.mu.Unlock()
			writes++
		}
		return usertest.NoFault
	})
	w.Wait(time.Minute)
	for range 50 {
		want(t, "use", w.call("GET", "/read", "", k.header()...), 200, "")
	}
	if err := w.auth.Shutdown(t.Context()); err != nil { // waits for what is off the request
		t.Fatal(err)
	}
	all, err := w.Memory.CredentialsOf(t.Context(), w.User(arthur).ID)
	if err != nil || len(all) != 1 || !all[0].LastUsedAt.Equal(w.Clock()) || writes != 1 {
		t.Errorf("got %d writes, last use %v, %v, want 1 at %v", writes, all[0].LastUsedAt, err, w.Clock())
	}
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.Create(arthur)
	w.Create(merlin, superuser)
	first, second, third := w.make(arthur, "orders:read"), w.make(arthur), w.make(arthur, "orders:read")
	path := "/users/" + string(u.ID) + "/api-keys"
	chief, plain := w.enter(merlin), w.enter(arthur)
	for _, request := range [][2]string{{"GET", path}, {"DELETE", path}, {"DELETE", path + "/" + first.ID}, {"GET", "/users/1/api-keys"}} {
		want(t, "by a plain user", w.call(request[0], request[1], "", plain...), 403, `{"detail":"Forbidden"}`)
		want(t, "by nobody", w.call(request[0], request[1], ""), 401, unauthorized)
	}
	want(t, "unknown user", w.call("GET", "/users/1/api-keys", "", chief...), 404, notFound)
	if got := w.call("GET", path, "", chief...); len(decode[[]key](t, got)) != 3 || strings.Contains(got.body, first.Key) {
		t.Errorf("got %s, want three keys without secrets", got.body)
	}
	want(t, "remove", w.call("DELETE", path+"/"+first.ID, "", chief...), 204, "")
	want(t, "remove again", w.call("DELETE", path+"/"+first.ID, "", chief...), 404, notFound)
	want(t, "the removed key", w.call("GET", "/read", "", first.header()...), 401, unauthorized)
	want(t, "another key", w.call("GET", "/read", "", third.header()...), 200, "")
	want(t, "end all", w.call("DELETE", path, "", chief...), 204, "")
	want(t, "an ended key", w.call("GET", "/read", "", third.header()...), 401, unauthorized)
	if all, _ := w.Memory.CredentialsOf(t.Context(), u.ID); len(all) != 0 {
		t.Errorf("got %v left of %s", all, second.ID)
	}
}
