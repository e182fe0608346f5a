package routes

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/profile"
)

// testProfile has a field of every sort that is worth a row.
type testProfile struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	Plan      string  `json:"plan" bson:"plan" ginauth:"readonly" binding:"required"`
	Age       int     `json:"age" bson:"age" binding:"max=150"`
	Height    float64 `json:"height" bson:"height"`
	Newsy     bool    `json:"newsy" bson:"newsy"`
	Tags      []string
	Address   map[string]string `json:"address" bson:"address"`
	Secret    string            `json:"-" bson:"secret"`
}

func newTestDecoder[P any](t *testing.T, w Wire) *decoder {
	t.Helper()
	profile, err := profile.TypeOf[P]()
	if err != nil {
		t.Fatal(err)
	}
	return newDecoder(w, profile)
}

func request(contentType, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func jsonRequest(body string) *http.Request { return request("application/json", body) }

// told is what the client is told of an error: "" for none, a status, or the
// items of a 422 in the form "field: msg (type)".
func told(err error) string {
	var invalid *wire.InvalidError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, wire.ErrUndecodable):
		return "400"
	case errors.Is(err, wire.ErrTooLarge):
		return "413"
	case !errors.As(err, &invalid):
		return "unforeseen: " + err.Error()
	}
	var lines []string
	for _, it := range invalid.Items {
		place := fmt.Sprint(it.Loc[1:]...)
		if len(it.Loc) == 1 {
			place = "body"
		}
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", place, it.Msg, it.Type))
	}
	return strings.Join(lines, "\n")
}

func wantTold(t *testing.T, err error, want ...string) {
	t.Helper()
	if got := told(err); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestTooLargeWhateverTheType(t *testing.T) {
	t.Parallel()
	d := newDecoder(WireV9, nil)
	body := strings.Repeat("x", 65_537)
	for _, contentType := range []string{"", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data"} {
		_, err := d.login(request(contentType, body), false)
		wantTold(t, err, "413")
		_, err = d.register(request(contentType, body))
		wantTold(t, err, "413")
	}
}
