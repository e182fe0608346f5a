package mails

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ginauth/ginauth/user"
)

// The mails of the options: their recipients, and what their links do.
func TestMailsOfOptions(t *testing.T) {
	t.Parallel()
	const link = "https://example.com/app/confirm-email#token=" + testToken
	tests := []struct {
		name string
		call func(user.Hooks) error
		want Message
		says []string
		// hides is text that another user has chosen; the mail must not contain it.
		hides string
	}{
		{"confirm", func(h user.Hooks) error {
			return h.Send(t.Context(), user.Mail{
				Kind: ConfirmEmail, To: "King.Arthur@Tintagel.bt", User: arthur(), Token: testToken, Lifetime: time.Hour,
			})
		}, Message{
			To: "King.Arthur@tintagel.bt", Kind: "confirm-email", Token: testToken, URL: link,
			Subject: "Confirm your new e-mail address for Round Table",
		}, []string{link, "King.Arthur@tintagel.bt", "1 hour"}, ""},
		{"change", func(h user.Hooks) error {
			return h.Send(t.Context(), user.Mail{
				Kind: EmailChange, To: arthur().Email, User: arthur(), NewEmail: "king.arthur@tintagel.bt",
			})
		}, Message{
			To: "king.arthur@camelot.bt", Kind: "email-change", URL: "https://example.com/app",
			Subject: "Your e-mail address for Round Table is to be changed",
		}, []string{"https://example.com/app", "another address than king.arthur@camelot.bt"}, "king.arthur@tintagel.bt"},
		{"changed", func(h user.Hooks) error {
			return h.Send(t.Context(), user.Mail{
				Kind: EmailChanged, To: "king.arthur@tintagel.bt", User: arthur(), NewEmail: arthur().Email,
			})
		}, Message{
			To: "king.arthur@tintagel.bt", Kind: "email-changed", URL: "https://example.com/app",
			Subject: "Your e-mail address for Round Table was changed",
		}, []string{"https://example.com/app", "king.arthur@tintagel.bt"}, "king.arthur@camelot.bt"},
		{"password changed", func(h user.Hooks) error {
			return h.Send(t.Context(), user.Mail{
				Kind: PasswordChanged, To: arthur().Email, User: arthur(), At: testTime, IP: "192.0.2.7",
				UserAgent: "Mozilla/5.0 (X11; Linux x86_64; https://evil.example) Gecko/20100101 Firefox/140.0",
			})
		}, Message{
			To: "king.arthur@camelot.bt", Kind: "password-changed", URL: "https://example.com/app",
			Subject: "Your password for Round Table was changed",
		}, []string{"https://example.com/app", "king.arthur@camelot.bt", "on 4 March 2026 at 04:06 UTC, from 192.0.2.7 with Firefox on Linux."}, "evil"},
		{"in use", func(h user.Hooks) error {
			return h.Send(t.Context(), user.Mail{Kind: InUse, To: arthur().Email, User: arthur()})
		}, Message{
			To: "king.arthur@camelot.bt", Kind: "in-use", URL: "https://example.com/app",
			Subject: "You already have an account at Round Table",
		}, []string{"https://example.com/app", "king.arthur@camelot.bt"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			hooks, outbox := hooksTo(t, Config{AppName: "Round Table", AppURL: "https://example.com/app"})
			if err := test.call(hooks); err != nil {
				t.Fatal(err)
			}
			m := outbox.Messages()[0]
			test.want.At, test.want.Text, test.want.HTML = testTime.UTC(), m.Text, m.HTML
			if m != test.want {
				t.Errorf("got %#v, want %#v", fields(m), fields(test.want))
			}
			for _, part := range test.says {
				if test.hides != "" && strings.Contains(m.Subject+m.Text+m.HTML, test.hides) {
					t.Errorf("got %q and %q, want nothing of %q", m.Text, m.HTML, test.hides)
				}
				if !strings.Contains(m.Text, part) || !strings.Contains(m.HTML, part) {
					t.Errorf("got %q and %q, want %q in both", m.Text, m.HTML, part)
				}
			}
		})
	}
}

// A package with mails of its own brings their templates; the application can
// replace them as it can replace the built-in ones.
func TestFurtherKinds(t *testing.T) {
	t.Parallel()
	room := fstest.MapFS{
		"letter.subject.txt": {Data: []byte("A letter from {{.AppName}}")},
		"letter.txt":         {Data: []byte("{{.URL}} or {{.Code}}")},
		"letter.html":        {},
	}
	hooks, outbox := hooksTo(t, Config{
		AppName: "Round Table", Kinds: []fs.FS{room}, Paths: map[Kind]string{"letter": "/letter"},
		Templates: fstest.MapFS{"letter.subject.txt": {Data: []byte("Ein Brief")}},
	})
	err := hooks.Send(t.Context(), user.Mail{Kind: "letter", To: arthur().Email, User: arthur(), Token: "T", Code: "123456"})
	if err != nil {
		t.Fatal(err)
	}
	m := outbox.Messages()[0]
	if m.Subject != "Ein Brief" || m.Text != "https://example.com/letter#token=T or 123456" || m.Kind != "letter" {
		t.Errorf("got %q", fields(m))
	}
	if err := hooks.Send(t.Context(), user.Mail{Kind: "unknown", To: arthur().Email, Token: "T"}); err == nil {
		t.Error("got no error for a kind without templates")
	}
}

// Pages that work without scripts find the token in the query.
func TestTokenInQuery(t *testing.T) {
	t.Parallel()
	hooks, outbox := hooksTo(t, Config{TokenInQuery: true})
	mail := tokenMail(Reset, arthur())
	mail.Token = "a+b c"
	if err := hooks.Send(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	if got, want := outbox.Messages()[0].URL, "https://example.com/reset-password?token=a%2Bb+c"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
