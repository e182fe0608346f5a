package wire

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadBodySize(t *testing.T) {
	t.Parallel()
	full, over := strings.Repeat(" ", 65_536), strings.Repeat(" ", 65_537)
	tests := []struct {
		name   string
		body   io.Reader
		length int64
		size   int
		want   error
	}{
		{"none", nil, 0, 0, nil},
		{"empty", strings.NewReader(""), 0, 0, nil},
		{"empty, chunked", io.MultiReader(), -1, 0, nil},
		{"as much as may be", strings.NewReader(full), 65_536, 65_536, nil},
		{"as much as may be, chunked", io.MultiReader(strings.NewReader(full)), -1, 65_536, nil},
		{"one byte more", strings.NewReader(over), 65_537, 0, ErrTooLarge},
		{"one byte more, chunked", io.MultiReader(strings.NewReader(over)), -1, 0, ErrTooLarge},
		{"announced, not read", iotest.ErrReader(errors.New("read")), 65_537, 0, ErrTooLarge},
		{"endless", endless{}, -1, 0, ErrTooLarge},
		{"broken off", iotest.ErrReader(io.ErrUnexpectedEOF), -1, 0, ErrUndecodable},
		{"lower limit of the application", http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("ab")), 1), -1, 0, ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", tt.body)
			if tt.body == nil {
				r.Body = nil
			}
			r.ContentLength = tt.length
			body, err := readBody(r)
			if !errors.Is(err, tt.want) || len(body) != tt.size {
				t.Errorf("got %d bytes, %v, want %d, %v", len(body), err, tt.size, tt.want)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestMediaType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header []string
		want   mediaType
	}{
		{"none", nil, mediaOther},
		{"empty", []string{""}, mediaOther},
		{"json", []string{"application/json"}, mediaJSON},
		{"letter case", []string{"Application/JSON"}, mediaJSON},
		{"charset", []string{"application/json; charset=utf-8"}, mediaJSON},
		{"no space", []string{"application/json;charset=utf-8"}, mediaJSON},
		{"other charset", []string{"application/json;charset=utf-16"}, mediaJSON},
		{"bare parameter", []string{"application/json; charset"}, mediaJSON},
		{"parameter twice", []string{"application/json; a=1; a=2"}, mediaJSON},
		{"spaces", []string{" application/json ; a=b"}, mediaJSON},
		{"suffix", []string{"application/vnd.api+json"}, mediaJSON},
		{"suffix and parameter", []string{"application/problem+json; x=y"}, mediaJSON},
		{"other suffix", []string{"application/vnd.api+xml"}, mediaOther},
		{"not quite", []string{"application/jsonp"}, mediaOther},
		{"sequence", []string{"application/json-seq"}, mediaOther},
		{"text/json", []string{"text/json"}, mediaOther},
		{"text/x+json", []string{"text/x+json"}, mediaOther},
		{"text/plain", []string{"text/plain"}, mediaOther},
		{"hidden in a parameter", []string{"text/plain; application/json"}, mediaOther},
		{"two in one", []string{"text/plain, application/json"}, mediaOther},
		{"two in one, other order", []string{"application/json, text/plain"}, mediaOther},
		{"two in one, suffix", []string{"application/x, application/y+json"}, mediaOther},
		{"two headers", []string{"application/json", "text/plain"}, mediaOther},
		{"same header twice", []string{"application/json", "application/json"}, mediaOther},
		{"long s", []string{"application/j\u017fon"}, mediaOther},
		{"space inside", []string{"application/ json"}, mediaOther},
		{"form", []string{"application/x-www-form-urlencoded"}, mediaForm},
		{"form, letter case, charset", []string{"Application/X-WWW-Form-Urlencoded; charset=utf-8"}, mediaForm},
		{"multipart", []string{"multipart/form-data; boundary=x"}, mediaMultipart},
		{"other multipart", []string{"multipart/mixed; boundary=x"}, mediaOther},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if tt.header != nil {
				header["Content-Type"] = tt.header
			}
			if got := mediaTypeOf(header); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		shape      Shape
		members    string
	}{
		{"nothing", "", NoBody, ""},
		{"null", " null\n", NullBody, ""},
		{"string", `"x"`, OtherBody, ""},
		{"number", `-1.5e3`, OtherBody, ""},
		{"boolean", `true`, OtherBody, ""},
		{"list", `[{"email":1}]`, OtherBody, ""},
		{"empty object", "\t{ }\r\n", ObjectBody, ""},
		{"members", `{ "a" : [1, {"b":2}] ,"" : null, "A":"x" }`, ObjectBody, `=null A="x" a=[1, {"b":2}] `},
		{"escaped key", `{"\u0061\n":0}`, ObjectBody, "a\n=0 "},
		{"same key in different objects", `{"a":{"a":{"a":1}}}`, ObjectBody, `a={"a":{"a":1}} `},
		{"surrogate pair", `{"a":"\ud83d\ude00"}`, ObjectBody, `a="\ud83d\ude00" `},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/json")
			o, err := V9.Object(r)
			if err != nil {
				t.Fatal(err)
			}
			var members strings.Builder
			for _, name := range slices.Sorted(maps.Keys(o.members)) {
				fmt.Fprintf(&members, "%s=%s ", name, o.Member(name))
			}
			if o.Shape != tt.shape || members.String() != tt.members {
				t.Errorf("got %v %q, want %v %q", o.Shape, members.String(), tt.shape, tt.members)
			}
		})
	}
}
