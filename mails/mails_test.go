package mails

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

const testToken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_"

var testTime = time.Date(2026, 3, 4, 5, 6, 7, 0, time.FixedZone("", 3600))

func testNow() time.Time { return testTime }

func arthur() *user.User {
	return &user.User{ID: "1", Email: "king.arthur@camelot.bt", EmailKey: "king.arthur@camelot.bt", IsActive: true}
}

// tokenMail is a mail with a token to u's address.
func tokenMail(kind Kind, u *user.User) user.Mail {
	return user.Mail{Kind: kind, To: u.Email, User: u, Token: testToken, Lifetime: time.Hour}
}

// hooksTo returns hooks that deliver into an outbox.
func hooksTo(t *testing.T, config Config) (user.Hooks, *Outbox) {
	t.Helper()
	outbox := &Outbox{}
	config.Sender = outbox
	if config.AppURL == "" {
		config.AppURL = "https://example.com"
	}
	config.Now = testNow
	m, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return m.Hooks(), outbox
}

func TestVerifyMail(t *testing.T) {
	t.Parallel()
	hooks, outbox := hooksTo(t, Config{AppName: "Round Table"})
	if err := hooks.Send(t.Context(), tokenMail(Verify, arthur())); err != nil {
		t.Fatal(err)
	}
	got := outbox.Messages()
	if len(got) != 1 {
		t.Fatalf("got %d messages, want 1", len(got))
	}
	m := got[0]
	link := "https://example.com/verify#token=" + testToken
	want := Message{
		To: "king.arthur@camelot.bt", Kind: "verify", Subject: "Confirm your e-mail address for Round Table",
		Token: testToken, URL: link, At: testTime.UTC(), Text: m.Text, HTML: m.HTML,
	}
	if m != want {
		t.Errorf("got %#v, want %#v", fields(m), fields(want))
	}
	for _, part := range []string{"\n" + link + "\n", "good for 1 hour.", "king.arthur@camelot.bt", "Round Table"} {
		if !strings.Contains(m.Text, part) {
			t.Errorf("got text %q, want %q in it", m.Text, part)
		}
	}
	for _, part := range []string{`<a href="` + link + `">`, "good for 1 hour.", "king.arthur@camelot.bt"} {
		if !strings.Contains(m.HTML, part) {
			t.Errorf("got HTML %q, want %q in it", m.HTML, part)
		}
	}
}

// fields shows what a Message hides when printed.
func fields(m Message) []any {
	return []any{m.To, m.Kind, m.Subject, m.Token, m.URL, m.At, m.Text, m.HTML}
}

func TestResetMail(t *testing.T) {
	t.Parallel()
	hooks, outbox := hooksTo(t, Config{AppURL: "https://example.com/app/", ResetPath: "/choose"})
	mail := tokenMail(Reset, arthur())
	mail.Lifetime = 30 * time.Minute
	if err := hooks.Send(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	m := outbox.Messages()[0]
	link := "https://example.com/app/choose#token=" + testToken
	if m.Kind != "reset" || m.URL != link || m.Subject != "Choose a new password for example.com" {
		t.Errorf("got %q, %q, %q", m.Kind, m.URL, m.Subject)
	}
	for _, body := range []string{m.Text, m.HTML} {
		if !strings.Contains(body, link) || !strings.Contains(body, "good once, and for 30 minutes.") {
			t.Errorf("got %q, want link and lifetime in it", body)
		}
	}
}

// Only the one mail hook is set: where another one is set, too, both run.
func TestOtherHooksStayUnset(t *testing.T) {
	t.Parallel()
	hooks, _ := hooksTo(t, Config{})
	if hooks.AfterForgotPassword != nil || hooks.AfterRequestVerify != nil || hooks.AfterUpdate != nil || hooks.AfterResetPassword != nil {
		t.Error("got a hook besides Send")
	}
}

func TestUnsendableAddress(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, email string }{
		{"header after a line break", "a@example.com\r\nBcc: evil@example.com"},
		{"second address", "a@example.com, evil@example.com"},
		{"display name", "Evil <evil@example.com>"},
		{"command after a line break", "a@example.com>\r\nRCPT TO:<evil@example.com"},
		{"empty", ""},
		{"NUL", "a\x00@example.com"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			hooks, outbox := hooksTo(t, Config{})
			u := arthur()
			u.Email = test.email
			err := hooks.Send(t.Context(), tokenMail(Reset, u))
			var invalid *email.Error
			if !errors.As(err, &invalid) || len(outbox.Messages()) != 0 {
				t.Errorf("got %v and %d messages, want an *email.Error and none", err, len(outbox.Messages()))
			}
			if err != nil && strings.Contains(err.Error(), "evil") {
				t.Errorf("got %q, want the address not in it", err)
			}
		})
	}
}

type failingSender struct{}

func (failingSender) Send(_ context.Context, m Message) error {
	return fmt.Errorf("cannot post %s: %w", m.URL, context.DeadlineExceeded)
}

func TestErrorHidesToken(t *testing.T) {
	t.Parallel()
	hooks := Hooks(Config{Sender: failingSender{}, AppURL: "https://example.com"})
	err := hooks.Send(t.Context(), tokenMail(Reset, arthur()))
	if got, want := fmt.Sprint(err), "cannot post https://example.com/reset-password#token=[redacted]: context deadline exceeded"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHooksPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		text := fmt.Sprint(recover())
		for _, field := range []string{"Config.AppURL", "Config.SMTP", "Config.From"} {
			if !strings.Contains(text, field) {
				t.Errorf("got panic %q, want %s in it", text, field)
			}
		}
	}()
	Hooks(Config{})
	t.Error("got no panic")
}

func TestMessageHidesItself(t *testing.T) {
	t.Parallel()
	m := Message{Kind: Reset, Token: testToken, URL: "https://example.com/#" + testToken, To: "a@example.com"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		if got := fmt.Sprintf(format, m); got != "reset mail" {
			t.Errorf("%s: got %q, want %q", format, got, "reset mail")
		}
		if got := fmt.Sprintf(format, &m); got != "reset mail" {
			t.Errorf("%s of a pointer: got %q, want %q", format, got, "reset mail")
		}
	}
	if got := m.LogValue().String(); got != "reset mail" {
		t.Errorf("got log value %q, want %q", got, "reset mail")
	}
}

func TestLifetime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value time.Duration
		want  string
	}{
		{"one hour", time.Hour, "1 hour"},
		{"two hours", 2 * time.Hour, "2 hours"},
		{"one day", 24 * time.Hour, "1 day"},
		{"two days", 48 * time.Hour, "2 days"},
		{"day and a half", 36 * time.Hour, "36 hours"},
		{"hour and a half", 90 * time.Minute, "90 minutes"},
		{"one minute", time.Minute, "1 minute"},
		{"seconds", 90 * time.Second, "90 seconds"},
		{"odd", 1500 * time.Millisecond, "1 second"},
		{"short", time.Millisecond, "1ms"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Lifetime(test.value).String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if l := Lifetime(150 * time.Minute); l.Hours() != 2 || l.Minutes() != 150 {
		t.Errorf("got %d hours, %d minutes, want 2, 150", l.Hours(), l.Minutes())
	}
}

type testProfile struct{ FirstName string }

func TestProfileInTemplates(t *testing.T) {
	t.Parallel()
	hooks, outbox := hooksTo(t, Config{Templates: fstest.MapFS{
		"verify.subject.txt": {Data: []byte("Welcome {{.Profile.FirstName}}")},
		"verify.html":        {Data: []byte("<p>{{.Profile.FirstName}}</p>")},
	}})
	u := arthur()
	u.Profile = &testProfile{FirstName: "Arthur\r\nBcc: evil@example.com\r\n\r\n<b>x</b>\x00\u2028y"}
	if err := hooks.Send(t.Context(), tokenMail(Verify, u)); err != nil {
		t.Fatal(err)
	}
	m := outbox.Messages()[0]
	if want := "Welcome Arthur Bcc: evil@example.com <b>x</b> y"; m.Subject != want {
		t.Errorf("got subject %q, want %q", m.Subject, want)
	}
	if strings.Contains(m.HTML, "<b>") {
		t.Errorf("got HTML %q, want the profile escaped", m.HTML)
	}
	u.Profile = nil
	if err := hooks.Send(t.Context(), tokenMail(Verify, u)); err == nil || strings.Contains(err.Error(), testToken) {
		t.Errorf("got %v, want an error of the template", err)
	}
}
