package mails_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

const testToken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_"

type profile struct{ FirstName string }

func arthur() *user.User {
	return &user.User{ID: "1", Email: "king.arthur@camelot.bt", EmailKey: "king.arthur@camelot.bt", IsActive: true}
}

// tokenMail is a mail with a token to u's address.
func tokenMail(kind mails.Kind, u *user.User) user.Mail {
	return user.Mail{Kind: kind, To: u.Email, User: u, Token: testToken, Lifetime: time.Hour}
}

// mailer returns hooks that send to the server of the URL.
func mailer(t *testing.T, url string, trusted *tls.Config) user.Hooks {
	t.Helper()
	m, err := mails.New(mails.Config{
		SMTP: secrets.Secret(url), From: "Round Table <noreply@täfelrunde.example>",
		AppURL: "https://example.com", TLS: trusted, Now: func() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.FixedZone("", 3600)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Hooks()
}

// escaped are name and password of the sink as they stand in a URL.
const escaped = "mailer%40example.com:p%40ss%2Fw%3Ard@"

// templates are one file of an application.
func templates(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }

// parsed is a mail as an independent reader sees it.
type parsed struct {
	header netmail.Header
	parts  []string // content types
	bodies []string
}

func parse(t *testing.T, data string) parsed {
	t.Helper()
	message, err := netmail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	media, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		t.Fatalf("got content type %q, %v, want multipart/alternative", media, err)
	}
	p := parsed{header: message.Header}
	for reader := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return p
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		p.parts = append(p.parts, part.Header.Get("Content-Type"))
		p.bodies = append(p.bodies, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
}

func TestSMTPMessage(t *testing.T) {
	t.Parallel()
	s := (&sink{}).start(t)
	if err := mailer(t, "smtp://"+s.address, nil).Send(t.Context(), tokenMail(mails.Reset, arthur())); err != nil {
		t.Fatal(err)
	}
	got := s.only(t)
	if got.from != "noreply@xn--tfelrunde-v2a.example" || got.to != "king.arthur@camelot.bt" || got.utf8 {
		t.Errorf("got envelope %q, %q, SMTPUTF8 %v", got.from, got.to, got.utf8)
	}
	if got.helo != "xn--tfelrunde-v2a.example" {
		t.Errorf("got EHLO %q, want the sender's domain", got.helo)
	}
	p := parse(t, got.data)
	id := p.header.Get("Message-Id")
	if !strings.HasPrefix(id, "<") || !strings.HasSuffix(id, "@xn--tfelrunde-v2a.example>") {
		t.Errorf("got Message-ID %q, want one of the sender's domain", id)
	}
	headers := map[string]string{
		"From":                     `"Round Table" <noreply@xn--tfelrunde-v2a.example>`,
		"To":                       "<king.arthur@camelot.bt>",
		"Subject":                  "Choose a new password for example.com",
		"Date":                     "Wed, 04 Mar 2026 04:06:07 +0000",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "All",
		"Mime-Version":             "1.0",
	}
	for name, want := range headers {
		if got := p.header[name]; len(got) != 1 || got[0] != want {
			t.Errorf("got %s %q, want %q", name, got, want)
		}
	}
	if want := len(headers) + 2; len(p.header) != want { // and Message-ID, Content-Type
		t.Errorf("got headers %v, want %d", p.header, want)
	}
	if !slices.Equal(p.parts, []string{"text/plain; charset=UTF-8", "text/html; charset=UTF-8"}) {
		t.Fatalf("got parts %q, want text, then HTML", p.parts)
	}
	link := "https://example.com/reset-password#token=" + testToken
	if !strings.Contains(p.bodies[0], "\n"+link+"\n") || !strings.Contains(p.bodies[1], `<a href="`+link+`">`) {
		t.Errorf("got bodies %q, want %s in both", p.bodies, link)
	}
}

func TestSMTPWithoutHTML(t *testing.T) {
	t.Parallel()
	s := (&sink{}).start(t)
	hooks := mails.Hooks(mails.Config{SMTP: secrets.Secret("smtp://" + s.address), From: "a@example.com", AppURL: "https://example.com",
		Templates: templates("reset.html", "\n")})
	if err := hooks.Send(t.Context(), tokenMail(mails.Reset, arthur())); err != nil {
		t.Fatal(err)
	}
	message, err := netmail.ReadMessage(strings.NewReader(s.only(t).data))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := message.Header.Get("Content-Type"), "text/plain; charset=UTF-8"; got != want {
		t.Errorf("got content type %q, want %q", got, want)
	}
}

func TestSMTPConnections(t *testing.T) {
	t.Parallel()
	server, trusted := certificate(t)
	tests := []struct {
		name   string
		sink   *sink
		url    string // ADDRESS stands for the address
		tls    *tls.Config
		wanted delivery // login and tls only
	}{
		{"plain", &sink{}, "smtp://ADDRESS", nil, delivery{}},
		{"plain with PLAIN", &sink{mechanisms: []string{"LOGIN", "PLAIN"}}, "smtp://" + escaped + "ADDRESS", nil, delivery{login: sinkName}},
		{"plain with LOGIN", &sink{mechanisms: []string{"LOGIN"}}, "smtp://" + escaped + "ADDRESS", nil, delivery{login: sinkName}},
		{"offered TLS is not used on this machine", &sink{tls: server}, "smtp://ADDRESS", nil, delivery{}},
		{"STARTTLS", &sink{tls: server}, "smtp://ADDRESS?tls=starttls", trusted, delivery{tls: true}},
		{"STARTTLS with PLAIN", &sink{tls: server, mechanisms: []string{"PLAIN"}}, "smtp://" + escaped + "ADDRESS?tls=starttls", trusted, delivery{tls: true, login: sinkName}},
		{"implicit TLS", &sink{tls: server, implicit: true}, "smtps://ADDRESS", trusted, delivery{tls: true}},
		{"implicit TLS with LOGIN", &sink{tls: server, implicit: true, mechanisms: []string{"LOGIN"}}, "smtps://" + escaped + "ADDRESS", trusted, delivery{tls: true, login: sinkName}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.sink.start(t)
			hooks := mailer(t, strings.ReplaceAll(test.url, "ADDRESS", test.sink.address), test.tls)
			if err := hooks.Send(t.Context(), tokenMail(mails.Verify, arthur())); err != nil {
				t.Fatal(err)
			}
			if got := test.sink.only(t); got.login != test.wanted.login || got.tls != test.wanted.tls {
				t.Errorf("got login %q, TLS %v, want %q, %v", got.login, got.tls, test.wanted.login, test.wanted.tls)
			}
		})
	}
}

func TestSMTPInternationalAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, email string
		offers      bool
		wantTo      string
		wantUTF8    bool
		wantErr     string
	}{
		{"domain only", "King.Arthur@café.example", false, "King.Arthur@xn--caf-dma.example", false, ""},
		{"domain only, SMTPUTF8 offered", "King.Arthur@café.example", true, "King.Arthur@xn--caf-dma.example", false, ""},
		{"name", "jörg@café.example", true, "jörg@xn--caf-dma.example", true, ""},
		{"name, SMTPUTF8 not offered", "jörg@example.com", false, "", false, "mails: recipient: the address needs SMTPUTF8, which the mail server does not offer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := (&sink{utf8: test.offers}).start(t)
			u := arthur()
			u.Email = test.email
			err := mailer(t, "smtp://"+s.address, nil).Send(t.Context(), tokenMail(mails.Reset, u))
			if test.wantErr != "" {
				if fmt.Sprint(err) != test.wantErr || len(s.deliveries()) != 0 {
					t.Errorf("got %v, want %q", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := s.only(t)
			if got.to != test.wantTo || got.utf8 != test.wantUTF8 {
				t.Errorf("got recipient %q, SMTPUTF8 %v, want %q, %v", got.to, got.utf8, test.wantTo, test.wantUTF8)
			}
			list, err := parse(t, got.data).header.AddressList("To")
			if err != nil || len(list) != 1 || list[0].Address != test.wantTo {
				t.Errorf("got To %v, %v, want %q", list, err, test.wantTo)
			}
		})
	}
}

// Nothing a user writes into a profile or an application into a subject makes a header.
func TestSMTPHeaderInjection(t *testing.T) {
	t.Parallel()
	s := (&sink{}).start(t)
	hooks := mails.Hooks(mails.Config{SMTP: secrets.Secret("smtp://" + s.address), From: "a@example.com", AppURL: "https://example.com",
		Templates: templates("verify.subject.txt", "Grüße, {{.Profile.FirstName}}")})
	u := arthur()
	u.Profile = &profile{FirstName: "x\r\nBcc: evil@example.com\r\n\r\n.\r\nMAIL FROM:<evil@example.com>" + strings.Repeat("ü", 500)}
	if err := hooks.Send(t.Context(), tokenMail(mails.Verify, u)); err != nil {
		t.Fatal(err)
	}
	got := s.only(t)
	for line := range strings.SplitSeq(got.data, "\r\n") {
		if len(line) > 998 {
			t.Errorf("got a line of %d bytes, want at most 998", len(line))
		}
	}
	p := parse(t, got.data)
	subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
	if want := "Grüße, x Bcc: evil@example.com . MAIL FROM:<evil@example.com>ü"; err != nil || !strings.HasPrefix(subject, want) {
		t.Errorf("got subject %q, %v, want it to begin with %q", subject, err, want)
	}
	if len(p.header["Bcc"]) != 0 || len(p.header["To"]) != 1 {
		t.Errorf("got headers %v, want no Bcc", p.header)
	}
	if len(p.bodies) != 2 {
		t.Errorf("got %d bodies, want 2", len(p.bodies))
	}
}

// Lines that begin with a dot, long lines and letters outside ASCII arrive as written.
func TestSMTPBodyArrivesAsWritten(t *testing.T) {
	t.Parallel()
	s := (&sink{}).start(t)
	text := ".\n..\nGrüße = 1\n" + strings.Repeat("lang ", 400) + "\n.\nend"
	hooks := mails.Hooks(mails.Config{SMTP: secrets.Secret("smtp://" + s.address), From: "a@example.com", AppURL: "https://example.com",
		Templates: templates("verify.txt", text)})
	if err := hooks.Send(t.Context(), tokenMail(mails.Verify, arthur())); err != nil {
		t.Fatal(err)
	}
	if got := parse(t, s.only(t).data).bodies[0]; got != text {
		t.Errorf("got %q, want %q", got, text)
	}
}

func TestSMTPConcurrently(t *testing.T) {
	t.Parallel()
	s := (&sink{}).start(t)
	hooks := mailer(t, "smtp://"+s.address, nil)
	const n = 8
	failed := make(chan error, n)
	for range n {
		go func() { failed <- hooks.Send(t.Context(), tokenMail(mails.Reset, arthur())) }()
	}
	for range n {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	ids := map[string]bool{}
	for _, d := range s.deliveries() {
		ids[parse(t, d.data).header.Get("Message-Id")] = true
	}
	if len(ids) != n {
		t.Errorf("got %d Message-IDs, want %d", len(ids), n)
	}
}
