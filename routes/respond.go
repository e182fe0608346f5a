package routes

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/ginauth/ginauth/user"
)

const jsonType = "application/json"

var null = []byte("null")

// secure sets the headers that every answer of ginauth carries.
func secure(c *gin.Context) {
	header := c.Writer.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
}

// raw answers with JSON that is already encoded.
func raw(c *gin.Context, status int, body []byte) error {
	c.Data(status, jsonType, body)
	return nil
}

// JSON answers with value as compact JSON. Members of maps are in the order of their names.
func JSON(c *gin.Context, status int, value any) error {
	body, err := encode(value)
	if err != nil {
		return err
	}
	return raw(c, status, body)
}

func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	err := json.MarshalWrite(&buffer, value, json.Deterministic(true))
	return buffer.Bytes(), err
}

// User answers with the user's JSON. A profile field that cannot be shown is null, and
// the log names it.
func User(c *gin.Context, status int, u *user.User) error {
	c.Data(status, jsonType, appendShown(c, nil, u))
	return nil
}

// appendShown appends the user's JSON. A field that cannot be shown is noted for the log
// and does not fail the request: a list must not fail because of one damaged user.
func appendShown(c *gin.Context, dst []byte, u *user.User) []byte {
	form, fields := u.AppendShown(dst)
	if len(fields) > 0 {
		before, _ := c.Get(unshownKey{})
		all, _ := before.([]unshown)
		c.Set(unshownKey{}, append(all, unshown{u.ID, fields}))
	}
	return form
}

// unshown is a user with a field that could not be shown.
type unshown struct {
	id     user.ID
	fields []string
}

type unshownKey struct{}

// logUnshown logs the users with fields that could not be shown, without the errors,
// which may quote the value.
func (r *Routes) logUnshown(ctx context.Context, users []unshown) {
	for _, one := range users {
		r.logger.LogAttrs(ctx, slog.LevelError, "ginauth: profile fields of a user cannot be shown",
			slog.String("user", string(one.id)), slog.Any("fields", one.fields))
	}
}

// NoContent answers 204.
func NoContent(c *gin.Context) error {
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}

// empty is the success that has nothing to say, as the wire profile words it.
func (r *Routes) empty(c *gin.Context) error {
	if r.wire.emptyStatus() == http.StatusNoContent {
		return NoContent(c)
	}
	return raw(c, http.StatusOK, null)
}
