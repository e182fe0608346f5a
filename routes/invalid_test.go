package routes

import "testing"

func TestAppendInvalid(t *testing.T) {
	t.Parallel()
	got := string(appendInvalid([]byte("x"), []item{
		{loc: []any{"body", 17}, msg: "é <b> & \u2028 \" \\ \n \x01", typ: "a"},
		{loc: []any{"query", "größe\xff"}, msg: "", typ: "b"},
	}))
	want := "x" + `{"detail":[{"loc":["body",17],"msg":"é <b> & ` + "\u2028" + ` \" \\ \n \u0001","type":"a"},` +
		`{"loc":["query","größe` + "\ufffd" + `"],"msg":"","type":"b"}]}`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestErrorsDoNotQuote(t *testing.T) {
	t.Parallel()
	err := &invalidError{[]item{{loc: []any{"body", "secret"}, msg: "secret", typ: "secret"}}}
	if got := err.Error(); got != "routes: invalid request" {
		t.Errorf("got %q", got)
	}
}
