package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// allowOrigin lets the page at origin read the answers, and send its cookies (CORS).
// It refuses nothing: other pages do not get the headers, so that browsers keep the
// answers from them, and ginauth refuses what they must not do.
func allowOrigin(origin string) gin.HandlerFunc {
	return func(c *gin.Context) {
		header := c.Writer.Header()
		header.Add("Vary", "Origin")
		if c.GetHeader("Origin") != origin {
			return
		}
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Allow-Credentials", "true")
		header.Set("Access-Control-Expose-Headers", "Retry-After")
		if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
			header.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
			header.Set("Access-Control-Allow-Headers", "Content-Type")
			header.Set("Access-Control-Max-Age", "600")
			c.AbortWithStatus(http.StatusNoContent)
		}
	}
}
