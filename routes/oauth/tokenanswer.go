package oauth

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/internal/strictjson"
)

// tokenKeys are the keys that golang.org/x/oauth2 reads of a token answer. It takes
// every spelling of them, and the last one of several.
var tokenKeys = []string{
	"access_token", "token_type", "refresh_token", "expires_in", "error", "error_description", "error_uri",
}

// tokenAnswers passes on the good answers of a token endpoint in a form that has one
// meaning only: exact keys, none of them twice. Others are errors.
type tokenAnswers struct{ base http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t tokenAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(r)
	if err != nil || response.StatusCode < 200 || response.StatusCode > 299 {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	if body, err = oneMeaning(response.Header.Get("Content-Type"), body); err != nil {
		return nil, fmt.Errorf("oauth: token answer: %w", err)
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	return response, nil
}

// oneMeaning distinguishes forms from JSON as golang.org/x/oauth2 does.
func oneMeaning(contentType string, body []byte) ([]byte, error) {
	switch kind, _, _ := mime.ParseMediaType(contentType); kind {
	case "application/x-www-form-urlencoded", "text/plain":
		return body, checkForm(string(body))
	}
	members, err := strictjson.Members(body)
	if err != nil {
		return nil, err
	}
	members = strictjson.Exact(members, tokenKeys...)
	for i := range members {
		if members[i].Name == "expires_in" {
			members[i].Value = wholeSeconds(members[i].Value)
		}
	}
	return strictjson.Object(members)
}

func checkForm(body string) error {
	values, err := url.ParseQuery(body)
	if err != nil {
		return errors.New("malformed form")
	}
	for _, of := range values {
		if len(of) > 1 {
			return errors.New("a parameter stands twice")
		}
	}
	return nil
}

// wholeSeconds returns a lifetime as RFC 6749, section 5.1, has it. Providers also
// write 3600.0, "3600" and "", and it is no reason to refuse a user: what is no
// number above 0 is an unknown lifetime.
func wholeSeconds(value jsontext.Value) jsontext.Value {
	text := string(value)
	if value.Kind() == jsontext.KindString {
		if strictjson.Unmarshal(value, &text) != nil {
			return jsontext.Value("null")
		}
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(seconds) || seconds < 1 {
		return jsontext.Value("null")
	}
	return jsontext.Value(strconv.FormatInt(int64(min(seconds, math.MaxInt32)), 10))
}
