package wire

import "testing"

func TestBody(t *testing.T) {
	t.Parallel()
	got := string(Body([]Item{
		{Loc: []any{"body", 17}, Msg: "é <b> & \u2028 \" \\ \n \x01", Type: "a"},
		{Loc: []any{"query", "größe\xff"}, Msg: "", Type: "b"},
	}...))
	want := `{"detail":[{"loc":["body",17],"msg":"é <b> & ` + "\u2028" + ` \" \\ \n \u0001","type":"a"},` +
		`{"loc":["query","größe` + "\ufffd" + `"],"msg":"","type":"b"}]}`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestErrorsDoNotQuote(t *testing.T) {
	t.Parallel()
	err := &InvalidError{[]Item{{Loc: []any{"body", "secret"}, Msg: "secret", Type: "secret"}}}
	if got := err.Error(); got != "routes: invalid request" {
		t.Errorf("got %q", got)
	}
}
