package backends_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
)

func TestHeaderNames(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"X-API-Key": "", "Api_Key2": "", "": "is missing", "X Key": "no name of a header", "X-Schlüssel": "no name of a header", "a:b": "no name of a header",
		"authorization": "a meaning of its own", "COOKIE": "a meaning of its own", "Host": "a meaning of its own",
	} {
		_, err := backends.Header{Name: name}.SetUp(backends.Setup{})
		if (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), "Name") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: got %v, want %q", name, err, fault)
		}
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	carrier, err := backends.Header{Name: "X-API-Key"}.SetUp(backends.Setup{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		header map[string][]string
		want   string
	}{
		{"none", nil, ""},
		{"one", map[string][]string{"X-Api-Key": {"gak_1"}}, "gak_1"},
		{"empty", map[string][]string{"X-Api-Key": {""}}, ""},
		{"two", map[string][]string{"X-Api-Key": {"gak_1", "gak_1"}}, ""},
		{"two in one", map[string][]string{"X-Api-Key": {"gak_1,gak_2"}}, ""},
		{"with a scheme", map[string][]string{"X-Api-Key": {"Bearer gak_1"}}, ""},
		{"another header", map[string][]string{"Authorization": {"Bearer gak_1"}, "Cookie": {"X-API-Key=gak_1"}}, ""},
	}
	for _, test := range tests {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/?X-API-Key=gak_1&api_key=gak_1", nil)
		for name, values := range test.header {
			c.Request.Header[name] = values
		}
		if got, err := carrier.Token(c); got != test.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", test.name, got, err, test.want)
		}
	}
	if _, challenges := carrier.(backends.Challenger); challenges || len(carrier.Cookies()) > 0 {
		t.Error("it sends a challenge, or sets a cookie")
	}
	body, err := carrier.Write(nil, backends.Issued{Access: "x"})
	if want := (backends.BearerToken{AccessToken: "x", TokenType: "X-API-Key"}); body != want || err != nil || carrier.Clear(nil) != nil {
		t.Errorf("got %v, %v, want %v", body, err, want)
	}
}
