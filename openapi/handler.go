package openapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
)

// Handler serves the document of all groups attached, as JSON. It builds it when it
// is first asked, so it may be registered before them, and again only if groups were
// attached since. An error of [Document] is logged and answered 500.
func Handler(auth *ginauth.Auth, options ...Option) gin.HandlerFunc {
	cache := &cache{auth: auth, options: options}
	return func(c *gin.Context) {
		text, err := cache.document()
		if err != nil {
			auth.Routes().Logger().LogAttrs(c.Request.Context(), slog.LevelError, "ginauth: no OpenAPI document",
				slog.String("error", err.Error()))
			c.Data(http.StatusInternalServerError, jsonType, []byte(`{"detail":"Internal Server Error"}`))
			return
		}
		serve(c, jsonType, text)
	}
}

// cache holds a document while it is that of the groups attached.
type cache struct {
	auth    *ginauth.Auth
	options []Option

	mu     sync.Mutex
	groups int
	text   []byte
}

func (k *cache) document() ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	groups := len(k.auth.Routes().Attached())
	if k.text != nil && k.groups == groups {
		return k.text, nil
	}
	doc, err := Document(k.auth, k.options...)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	k.text, k.groups = text, groups
	return text, nil
}

// serve answers with content that browsers may keep, if they ask whether it is
// still the same.
func serve(c *gin.Context, contentType string, content []byte) {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "no-cache")
	c.Header("X-Content-Type-Options", "nosniff")
	if c.GetHeader("If-None-Match") == tag {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, contentType, content)
}
