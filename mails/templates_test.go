package mails

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ginauth/ginauth/user"
)

func TestOwnTemplates(t *testing.T) {
	t.Parallel()
	hooks, outbox := hooksTo(t, Config{
		AppName: "R & D",
		Templates: fstest.MapFS{
			"verify.subject.txt": {Data: []byte("{{.AppName}}:\n  bestätigen\n")},
			"verify.txt":         {Data: []byte("{{.Email}} {{.URL}} {{.Token}} {{.Lifetime.Hours}} h {{template \"foot.txt\" .}}")},
			"verify.html":        {Data: []byte("{{template \"layout.html\" .}}")},
			"layout.html":        {Data: []byte("<p>{{.AppName}}</p>")},
			"foot.txt":           {Data: []byte("-- {{.AppName}}")},
			"README.md":          {Data: []byte("{{not a template")},
		},
	})
	mail := user.Mail{Kind: Verify, To: arthur().Email, Token: "TOKEN", Lifetime: 2 * time.Hour}
	if err := hooks.Send(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	mail.Kind = Reset
	if err := hooks.Send(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	verify, reset := outbox.Messages()[0], outbox.Messages()[1]
	got := []string{verify.Subject, verify.Text, verify.HTML, reset.Subject}
	want := []string{
		"R & D: bestätigen",
		"king.arthur@camelot.bt https://example.com/verify#token=TOKEN TOKEN 2 h -- R & D",
		"<p>R &amp; D</p>",
		"Choose a new password for R & D", // not replaced: the built-in
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}

// unreadable is a file system whose one template cannot be read.
type unreadable struct{ fstest.MapFS }

var errUnreadable = errors.New("disk on fire")

func (unreadable) ReadFile(string) ([]byte, error) { return nil, errUnreadable }

func TestTemplateThatCannotBeRead(t *testing.T) {
	t.Parallel()
	var files fs.FS = unreadable{file("verify.txt", "x")}
	_, err := New(Config{Sender: &Outbox{}, AppURL: "https://example.com", Templates: files})
	if !errors.Is(err, errUnreadable) || !strings.Contains(err.Error(), "Config.Templates") {
		t.Errorf("got %v, want disk on fire and Config.Templates", err)
	}
}

// With fields of a profile no trial is possible: its type is known at the first mail.
func TestTemplatesWithProfileAreNotTried(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Sender: &Outbox{}, AppURL: "https://example.com", Templates: file("verify.txt", "{{.Profile.FirstName}}")})
	if err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"plain", "Hello", "Hello"},
		{"white space", "  Hello \t you\n", "Hello you"},
		{"line breaks of all sorts", "a\rb\nc\r\nd\u0085e\u2028f\vg", "a b c d e f g"},
		{"NUL and escape", "a\x00b\x1bc", "a b c"},
		{"as long as may be", strings.Repeat("ü", 200), strings.Repeat("ü", 200)},
		{"too long", strings.Repeat("ü", 201), strings.Repeat("ü", 199) + "…"},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := oneLine(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
