package routes

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
)

// failBody answers an error of reading or decoding the request, and reports
// whether it was one.
func (r *Routes) failBody(c *gin.Context, err error) bool {
	var invalid *invalidError
	switch {
	case errors.As(err, &invalid):
		r.refused(c, http.StatusUnprocessableEntity, "")
		c.Data(http.StatusUnprocessableEntity, jsonType, appendInvalid(nil, invalid.items))
		c.Abort()
	case errors.Is(err, errUndecodable):
		r.refuse(c, http.StatusBadRequest, "There was an error parsing the body")
	case errors.Is(err, errTooLarge):
		r.refuse(c, http.StatusRequestEntityTooLarge, "Request body too large")
	default:
		return false
	}
	return true
}
