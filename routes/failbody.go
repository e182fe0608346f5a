package routes

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/wire"
)

// failBody answers an error of reading or decoding the request, and reports
// whether it was one.
func (r *Routes) failBody(c *gin.Context, err error) bool {
	var invalid *wire.InvalidError
	switch {
	case errors.As(err, &invalid):
		r.refused(c, http.StatusUnprocessableEntity, "")
		c.Data(http.StatusUnprocessableEntity, jsonType, wire.Body(invalid.Items...))
		c.Abort()
	case errors.Is(err, wire.ErrUndecodable):
		r.refuse(c, http.StatusBadRequest, "There was an error parsing the body")
	case errors.Is(err, wire.ErrTooLarge):
		r.refuse(c, http.StatusRequestEntityTooLarge, "Request body too large")
	default:
		return false
	}
	return true
}
