package strictjson_test

import (
	stdjson "encoding/json"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/strictjson"
)

// claims is what an application's provider might read an answer into.
type claims struct {
	Sub   string             `json:"sub"`
	Email string             `json:"email"`
	Raw   stdjson.RawMessage `json:"raw"`
	Count stdjson.Number     `json:"count"`
	Tags  map[string]any     `json:"tags"`
}

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       string // sub, email, raw, count; none: refused
	}{
		{"plain", `{"sub":"1","email":"a@b.bt","raw":[1],"count":7,"tags":{"a":1}}`, "1 a@b.bt [1] 7"},
		{"unknown keys", `{"sub":"1","other":{"x":[]}}`, "1   "},
		{"null", `{"sub":null,"email":"a@b.bt"}`, " a@b.bt  "},
		{"white space around", " \n{\"sub\":\"1\"}\t", "1   "},
		{"capitals", `{"sub":"1","SUB":"2","Email":"x"}`, "1   "},
		{"long s", `{"sub":"1","ſub":"2"}`, "1   "},
		{"Kelvin sign is no k", `{"sub":"1","\u212aey":"2"}`, "1   "},
		{"escaped key", `{"\u0073ub":"1"}`, "1   "},

		{"twice", `{"sub":"1","sub":"2"}`, ""},
		{"twice, once escaped", `{"sub":"1","\u0073ub":"2"}`, ""},
		{"an unknown one twice", `{"sub":"1","x":1,"x":1}`, ""},
		{"twice inside", `{"sub":"1","other":[{"x":1,"x":2}]}`, ""},
		{"twice inside what is kept", `{"sub":"1","raw":{"x":1,"x":2}}`, ""},
		{"second value", `{"sub":"1"} {}`, ""},
		{"garbage after it", `{"sub":"1"}x`, ""},
		{"number for a text", `{"sub":1}`, ""},
		{"array", `[{"sub":"1"}]`, ""},
		{"not UTF-8", "{\"sub\":\"\xff\"}", ""},
		{"half a surrogate", `{"sub":"\ud800"}`, ""},
		{"empty", ``, ""},
		{"page", `<html>`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got claims
			err := strictjson.Unmarshal([]byte(test.text), &got)
			if test.want == "" {
				if err == nil {
					t.Errorf("got %+v, want an error", got)
				}
				return
			}
			text := strings.Join([]string{got.Sub, got.Email, string(got.Raw), got.Count.String()}, " ")
			if err != nil || text != test.want {
				t.Errorf("got %q, %v; want %q", text, err, test.want)
			}
		})
	}
}

// What a provider has answered may be secret.
func TestErrorsRepeatNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"sub":123456789}`, `{"excalibur":1,"excalibur":2}`, `{"tags":{"excalibur":}}`, `{"excalibur"`, `excalibur`, `{"count":"excalibur"}`,
	} {
		var got claims
		err := strictjson.Unmarshal([]byte(text), &got)
		if err == nil || strings.Contains(err.Error(), "excalibur") || strings.Contains(err.Error(), "123") {
			t.Errorf("%s: got %v, want an error without the text", text, err)
		}
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"exact", `{"sub":"1","n":1.50,"o":{ "a":1}}`, `{"n":1.50,"o":{ "a":1},"sub":"1"}`},
		{"other spellings", `{"sub":"1","SUB":"2","ſub":"3","Iss":"4","other":"5"}`, `{"other":"5","sub":"1"}`},
		{"empty", `{}`, `{}`},
		{"twice", `{"sub":"1","sub":"1"}`, ""},
		{"null", `null`, ""},
		{"text", `"sub"`, ""},
		{"array", `[]`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			members, err := strictjson.Members([]byte(test.text))
			if err != nil {
				if test.want != "" {
					t.Errorf("got %v, want %s", err, test.want)
				}
				return
			}
			got, err := strictjson.Object(strictjson.Exact(members, "iss", "sub"))
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}
}
