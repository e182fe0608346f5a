package factortest_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/authtest/factortest"
)

// newVault returns the application of the test below, which docs/testing.md shows.
func newVault(t *testing.T) (*authtest.Kit, *gin.Engine) {
	t.Helper()
	kit, _, app, _ := newApp(t)
	return kit, app
}

func TestVault(t *testing.T) {
	t.Parallel()
	kit, app := newVault(t)
	kit.UseEngine(app)
	apps := factortest.New(kit, web)
	arthur := apps.WithFactor(kit.User())

	r := httptest.NewRequest("GET", "/vault", nil)
	kit.LogIn(r, web, arthur) // with both factors
	if got := kit.Serve(r).Code; got != 204 {
		t.Errorf("with both factors: got %d, want 204", got)
	}

	half := httptest.NewRequest("GET", "/vault", nil)
	token := kit.Pending(half, api, arthur) // with the first one alone
	if got := kit.Serve(half).Code; got != 401 {
		t.Errorf("half-way: got %d, want 401", got)
	}

	body := `{"login_token":"` + token + `","factor":"totp","code":"` + apps.Code(arthur) + `"}`
	answer := httptest.NewRequest("POST", "/auth/api/login/factor", strings.NewReader(body))
	answer.Header.Set("Content-Type", "application/json")
	if got := kit.Serve(answer).Code; got != 200 {
		t.Errorf("with a code: got %d, want 200", got)
	}
}
