package apikeys_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

// TestTranscript is what clients see of API keys, request by request.
func TestTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.Create(arthur)
	w.Create(merlin, superuser)
	var lines []string
	note := func(method, path, body string, headers ...string) answer {
		got := w.call(method, path, body, headers...)
		line := method + " " + path
		if body != "" {
			line += " " + body
		}
		if len(headers) > 0 {
			line += "\n  " + headers[0] + ": " + headers[1]
		}
		lines = append(lines, line, "  "+strings.TrimSpace(strconv.Itoa(got.status)+" "+got.body))
		if challenge := got.header.Get("WWW-Authenticate"); challenge != "" {
			lines = append(lines, "  WWW-Authenticate: "+challenge)
		}
		return got
	}
	login, chief := w.enter(arthur), w.enter(merlin)
	k := decode[key](t, note("POST", "/users/me/api-keys", `{"name":"Warehouse","scopes":["orders:read"],"expires_at":"2026-07-01T00:00:00Z"}`, login...))
	note("GET", "/read", "", k.header()...)
	note("GET", "/read", "", k.bearer()...)
	note("GET", "/both", "", k.header()...)
	note("GET", "/active", "", k.header()...)
	note("GET", "/users/me", "", k.header()...)
	note("GET", "/users/me/api-keys", "", k.header()...)
	note("GET", "/read", "", "X-API-Key", k.Key[:55]+"!")
	note("POST", "/users/me/api-keys", `{"name":"Mill","scopes":["orders:delete"],"expires_at":"2025-01-01T00:00:00Z"}`, login...)
	note("GET", "/users/me/api-keys", "", login...)
	note("PATCH", "/users/me/api-keys/"+k.ID, `{"name":"Mill"}`, login...)
	note("GET", "/users/"+string(u.ID)+"/api-keys", "", chief...)
	note("DELETE", "/users/me/api-keys/"+k.ID, "", login...)
	note("DELETE", "/users/me/api-keys/"+k.ID, "", login...)
	note("GET", "/read", "", k.header()...)
	note("DELETE", "/users/me/api-keys", "", login...)
	note("DELETE", "/users/"+string(u.ID)+"/api-keys", "", chief...)
	w.Wait(11 * time.Minute)
	note("POST", "/users/me/api-keys", `{"name":"Mill"}`, login...)

	text := strings.NewReplacer(k.ID, "<id>", string(u.ID), "<user>").Replace(strings.Join(lines, "\n") + "\n")
	for _, random := range [][2]string{
		{`gak_[0-9A-Za-z]{8}_[0-9A-Za-z!]{43}`, "gak_<8>_<43>"}, {`gak_[0-9A-Za-z]{8}"`, `gak_<8>"`}, {`Bearer ey[A-Za-z0-9_.-]{20,}`, "Bearer ey…"},
		{`"last_used_at":("[^"]+"|null)`, `"last_used_at":…`}, // it is noted off the request
	} {
		text = regexp.MustCompile(random[0]).ReplaceAllString(text, random[1])
	}
	path := filepath.Join("testdata", "transcript.golden")
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(golden) {
		t.Errorf("got\n%s\nwant\n%s", text, golden)
	}
}
