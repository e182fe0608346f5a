package routes

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

// The same answer has the same bytes each time, also where it holds a map.
func TestJSONOfMaps(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	engine.GET("/knights", func(c *gin.Context) {
		if err := JSON(c, http.StatusOK, map[string]any{
			"tristan": 1, "kay": 2, "gawain": map[string]string{"of": "Orkney", "horse": "Gringolet"}, "bors": 3, "percival": 4, "lancelot": 5,
		}); err != nil {
			t.Error(err)
		}
	})
	answer := httptest.NewRecorder()
	engine.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/knights", nil))
	want := `{"bors":3,"gawain":{"horse":"Gringolet","of":"Orkney"},"kay":2,"lancelot":5,"percival":4,"tristan":1}`
	if got := answer.Body.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
