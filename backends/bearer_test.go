package backends_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
)

// bearer returns the token and the challenge of a request with these headers.
func bearer(t *testing.T, headers ...string) (token, challenge string) {
	t.Helper()
	carrier, err := backends.Bearer{}.SetUp(backends.Setup{})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("POST", "/?access_token=query&token=query", strings.NewReader("access_token=form"))
	c.Request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.Request.Header["Authorization"] = headers
	if token, err = carrier.Token(c); err != nil {
		t.Errorf("Token: %v", err)
	}
	return token, carrier.(backends.Challenger).Challenge(c)
}

// notAToken stands for something that was sent as a token and is none: the client
// is told so.
const notAToken = "not a token"

func TestBearerToken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		headers []string
		want    string
	}{
		{"token", []string{"Bearer abc.DEF-123_~+/="}, "abc.DEF-123_~+/="},
		{"lower case", []string{"bearer abc"}, "abc"},
		{"mixed case", []string{"bEaReR abc"}, "abc"},
		{"several spaces", []string{"Bearer   abc"}, "abc"},
		{"none", nil, ""},
		{"empty", []string{""}, ""},
		{"scheme only", []string{"Bearer"}, ""},
		{"scheme and space", []string{"Bearer "}, ""},
		{"scheme and spaces", []string{"Bearer    "}, ""},
		{"bare token", []string{"abc"}, ""},
		{"no space", []string{"Bearerabc"}, ""},
		{"tab", []string{"Bearer\tabc"}, ""},
		{"space before", []string{" Bearer abc"}, ""},
		{"colon", []string{"Bearer: abc"}, ""},
		{"another scheme", []string{"Basic YTpi"}, ""},
		{"a scheme that ends alike", []string{"XBearer abc"}, ""},
		{"not ASCII", []string{"Bearer ſ"}, "ſ"},
		{"two tokens", []string{"Bearer abc def"}, notAToken},
		{"space after", []string{"Bearer abc "}, notAToken},
		{"tab after", []string{"Bearer abc\t"}, notAToken},
		{"a list", []string{"Bearer abc,Bearer def"}, notAToken},
		{"a list of schemes", []string{"Bearer abc, Basic YTpi"}, notAToken},
		{"two headers", []string{"Bearer abc", "Bearer def"}, notAToken},
		{"two equal headers", []string{"Bearer abc", "Bearer abc"}, notAToken},
		{"two headers of two schemes", []string{"Basic YTpi", "Bearer abc"}, notAToken},
		{"two headers without a token", []string{"Bearer", "Basic YTpi"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token, challenge := bearer(t, test.headers...)
			want := "Bearer"
			if test.want != "" {
				want = `Bearer error="invalid_token"`
			}
			if test.want == notAToken {
				test.want = ""
			}
			if token != test.want {
				t.Errorf("got token %q, want %q", token, test.want)
			}
			if challenge != want {
				t.Errorf("got challenge %q, want %q", challenge, want)
			}
		})
	}
}

func TestBearerResponse(t *testing.T) {
	t.Parallel()
	carrier, err := backends.Bearer{}.SetUp(backends.Setup{})
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(recorder)
	body, err := carrier.Write(c, backends.Issued{Access: "TOKEN"})
	if err != nil {
		t.Errorf("Write: %v", err)
	}
	assertJSON(t, body, map[string]string{"access_token": "TOKEN", "token_type": "bearer"})
	if err := carrier.Clear(c); err != nil {
		t.Errorf("Clear: %v", err)
	}
	if got := carrier.Cookies(); len(got) != 0 {
		t.Errorf("got cookies %v, want none", got)
	}
	if len(recorder.Header()) != 0 || recorder.Body.Len() != 0 {
		t.Errorf("got headers %v, body %q, want none", recorder.Header(), recorder.Body)
	}
}

// bearerForm is the form of the header that RFC 6750, section 2.1, describes, with any number of spaces.
var bearerForm = regexp.MustCompile(`(?is)^bearer +([^ \t,]+)$`)

// FuzzBearerToken compares with a regular expression.
func FuzzBearerToken(f *testing.F) {
	for _, seed := range []string{
		"", "Bearer", "Bearer abc", "bearer  abc", "Basic YTpi", "Bearer abc def", "Bearer\x00abc", "Bearer abc ", " Bearer abc",
		"Bearer\tabc", "Bearer a,b", "BEARER \xff\n", "Bearer Bearer", "Bearer ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token, _ := bearer(t, header)
		want := ""
		if parts := bearerForm.FindStringSubmatch(header); parts != nil {
			want = parts[1]
		}
		if token != want {
			t.Errorf("header %q: got token %q, want %q", header, token, want)
		}
	})
}
