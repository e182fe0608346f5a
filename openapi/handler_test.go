package openapi_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/openapi"
)

func get(engine *gin.Engine, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	t.Parallel()
	auth, r := newAuth(t), gin.New()
	r.GET("/openapi.json", openapi.Handler(auth, openapi.Title("Camelot")))
	auth.RegisterRoutes().Attach(r.Group("/auth"))

	paths := func() map[string]any {
		t.Helper()
		got := get(r, "/openapi.json")
		var doc struct {
			Info  struct{ Title string }
			Paths map[string]any
		}
		if err := json.Unmarshal(got.Body.Bytes(), &doc); err != nil || got.Code != 200 || doc.Info.Title != "Camelot" {
			t.Fatalf("got %d, %v, title %q", got.Code, err, doc.Info.Title)
		}
		if got := got.Header().Get("Content-Type"); got != "application/json" {
			t.Errorf("got Content-Type %q", got)
		}
		return doc.Paths
	}
	if paths()["/auth/register"] == nil {
		t.Error("a group attached after the handler is missing")
	}
	tag := get(r, "/openapi.json").Header().Get("ETag")
	if got := get(r, "/openapi.json", "If-None-Match", tag); got.Code != 304 || got.Body.Len() != 0 {
		t.Errorf("got %d with %d bytes, want 304", got.Code, got.Body.Len())
	}
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	if paths()["/auth/verify"] == nil {
		t.Error("a group attached after the first request is missing")
	}
	if got := get(r, "/openapi.json", "If-None-Match", tag); got.Code != 200 {
		t.Errorf("got %d for a document that has changed, want 200", got.Code)
	}
}

func TestHandlerFails(t *testing.T) {
	t.Parallel()
	auth, r := newAuth(t), gin.New()
	r.GET("/openapi.json", openapi.Handler(auth, openapi.Base(base(t, strings.Replace(ownDocument, `"put"`, `"patch"`, 1)))))
	if got := get(r, "/openapi.json"); got.Code != 500 || got.Body.String() != `{"detail":"Internal Server Error"}` {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	r := gin.New()
	openapi.Page("/openapi.json").Attach(r.Group("/docs"))
	for _, test := range []struct{ name, path, script string }{
		{"without slash", "/docs", `src="docs/page.js"`},
		{"with slash", "/docs/", `src="page.js"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := get(r, test.path)
			body := got.Body.String()
			if got.Code != 200 || got.Header().Get("Content-Type") != "text/html; charset=utf-8" {
				t.Fatalf("got %d %v", got.Code, got.Header())
			}
			if !strings.Contains(body, test.script) || !strings.Contains(body, `data-document="/openapi.json"`) {
				t.Errorf("got %s", body)
			}
			policy := got.Header().Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
				t.Errorf("got policy %q", policy)
			}
			if inline := regexp.MustCompile(`<style|<script>| on[a-z]+=| style=|//`).FindString(body); inline != "" {
				t.Errorf("the page has %q, which its policy forbids", inline)
			}
		})
	}
}

// The page takes nothing from anywhere else, and all it takes is there.
func TestPageFiles(t *testing.T) {
	t.Parallel()
	r := gin.New()
	openapi.Page("/openapi.json").Attach(r.Group("/docs"))
	files := regexp.MustCompile(`(?:src|href)="(docs/[^"]+)"`).FindAllStringSubmatch(get(r, "/docs").Body.String(), -1)
	if len(files) != 4 {
		t.Fatalf("got %v, want 4 files", files)
	}
	for _, file := range files {
		plain, zipped := get(r, "/"+file[1]), get(r, "/"+file[1], "Accept-Encoding", "gzip, br")
		if plain.Code != 200 || plain.Body.Len() == 0 || zipped.Code != 200 {
			t.Errorf("%s: got %d and %d", file[1], plain.Code, zipped.Code)
		}
		if zipped.Header().Get("Content-Encoding") != "gzip" {
			continue
		}
		reader, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil || string(content) != plain.Body.String() {
			t.Errorf("%s: got %d bytes, %v; want %d", file[1], len(content), err, plain.Body.Len())
		}
	}
}

// The root of an engine is one path, with its slash.
func TestPageAtRoot(t *testing.T) {
	t.Parallel()
	r := gin.New()
	openapi.Page("openapi.json").Attach(r)
	if got := get(r, "/"); got.Code != 200 || !strings.Contains(got.Body.String(), `src="page.js"`) {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
}
