package routes

import (
	"bytes"
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

// JSON answers with value as compact JSON.
func JSON(c *gin.Context, status int, value any) error {
	body, err := encode(value)
	if err != nil {
		return err
	}
	return raw(c, status, body)
}

func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	err := json.MarshalWrite(&buffer, value)
	return buffer.Bytes(), err
}

// User answers with the user's JSON.
func User(c *gin.Context, status int, u *user.User) error {
	body, err := u.AppendJSON(nil)
	if err != nil {
		return err
	}
	return raw(c, status, body)
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
