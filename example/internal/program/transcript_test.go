package program

import (
	"reflect"
	"testing"
)

func TestStepsOf(t *testing.T) {
	t.Parallel()
	page := "text\n```console\n$ curl a \\\n    -d b\nnull\n$ curl c\n```\nmore\n```sh\n$ not this\n```\n```console\n$ curl d\none\ntwo\n```\n"
	want := []step{
		{"curl a \\\n    -d b\n", "null\n"},
		{"curl c\n", ""},
		{"curl d\n", "one\ntwo\n"},
	}
	if got := stepsOf(page); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, page, printed string
		want                bool
	}{
		{"same", "null\n", "null", true},
		{"headers", "HTTP/1.1 200 OK\nX: y\n", "HTTP/1.1 200 OK\r\nX: y\r\n\r\n", true},
		{"ellipsis", `{"id":"…","a":1}` + "\n", `{"id":"7d0f","a":1}`, true},
		{"ellipsis for nothing", `{"id":"…"}`, `{"id":""}`, false},
		{"ellipsis for two lines", "a…b", "a1\n2b", false},
		{"special characters", "a.b", "axb", false},
		{"more is printed", "null", "null\nnull", false},
		{"nothing is printed", "null", "", false},
	}
	for _, test := range tests {
		if got := matches(test.page, test.printed); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
