package mails

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/ginauth/ginauth/user"
)

// mailer returns hooks that send to the server of the URL.
func mailer(t *testing.T, url string, trusted *tls.Config) user.Hooks {
	t.Helper()
	m, err := New(Config{
		SMTP: user.Secret(url), From: "Round Table <noreply@täfelrunde.example>",
		AppURL: "https://example.com", TLS: trusted, Now: testNow,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Hooks()
}

// escaped are name and password of the sink as they stand in a URL.
const escaped = "mailer%40example.com:p%40ss%2Fw%3Ard@"

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
	if err := mailer(t, "smtp://"+s.address, nil).AfterForgotPassword(t.Context(), arthur(), testToken); err != nil {
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
	hooks := Hooks(Config{SMTP: user.Secret("smtp://" + s.address), From: "a@example.com", AppURL: "https://example.com",
		Templates: file("reset.html", "\n")})
	if err := hooks.AfterForgotPassword(t.Context(), arthur(), testToken); err != nil {
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
			if err := hooks.AfterRequestVerify(t.Context(), arthur(), testToken); err != nil {
				t.Fatal(err)
			}
			if got := test.sink.only(t); got.login != test.wanted.login || got.tls != test.wanted.tls {
				t.Errorf("got login %q, TLS %v, want %q, %v", got.login, got.tls, test.wanted.login, test.wanted.tls)
			}
		})
	}
}

func TestSMTPRefusals(t *testing.T) {
	t.Parallel()
	server, trusted := certificate(t)
	_, stranger := certificate(t)
	refusal := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no king.arthur@camelot.bt here"}
	tests := []struct {
		name string
		sink *sink
		url  string
		tls  *tls.Config
		want string
	}{
		{"recipient refused", &sink{refuse: refusal}, "smtp://ADDRESS", nil, "mails: RCPT TO: the mail server answered 550 5.1.1"},
		{"wrong password", &sink{mechanisms: []string{"PLAIN"}}, "smtp://me:wrong@ADDRESS", nil, "mails: AUTH: the mail server answered 535 5.7.8"},
		{"password missing", &sink{mechanisms: []string{"PLAIN"}}, "smtp://ADDRESS", nil, "mails: MAIL FROM: the mail server answered 502 5.7.0"},
		{"password not wanted", &sink{}, "smtp://" + escaped + "ADDRESS", nil, "mails: AUTH: the mail server offers none of SCRAM-SHA-256, PLAIN and LOGIN"},
		{"STARTTLS not offered", &sink{}, "smtp://ADDRESS?tls=starttls", trusted, "mails: STARTTLS: the mail server does not offer it"},
		{"STARTTLS with a stranger", &sink{tls: server}, "smtp://ADDRESS?tls=starttls", stranger, "mails: STARTTLS: "},
		{"implicit TLS with a stranger", &sink{tls: server, implicit: true}, "smtps://ADDRESS", stranger, "mails: TLS: "},
		{"implicit TLS not trusted by the system", &sink{tls: server, implicit: true}, "smtps://ADDRESS", nil, "mails: TLS: "},
		{"STARTTLS with a wrong name", &sink{tls: server}, "smtp://ADDRESS?tls=starttls", &tls.Config{RootCAs: trusted.RootCAs, ServerName: "mail.example.com"}, "mails: STARTTLS: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.sink.start(t)
			hooks := mailer(t, strings.ReplaceAll(test.url, "ADDRESS", test.sink.address), test.tls)
			err := hooks.AfterForgotPassword(t.Context(), arthur(), testToken)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if got := test.sink.deliveries(); len(got) != 0 {
				t.Errorf("got %d mails, want none", len(got))
			}
		})
	}
}

// A password never travels in clear to another machine, whatever that one offers.
func TestSMTPPasswordStaysOffTheWire(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"PLAIN", "LOGIN"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			address, lines := scripted(t, [2]string{"", "220 hello"}, [2]string{"EHLO", "250-hello\r\n250 AUTH " + way})
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			far := &smtpSender{
				server: server{host: "mail.example.com", security: noTLS, name: sinkName, password: sinkPassword},
				from:   envelope{local: "a", domain: "example.com"},
			}
			_, err = far.open(t.Context(), conn)
			if want := "mails: AUTH: unencrypted connection"; !strings.HasPrefix(fmt.Sprint(err), want) {
				t.Errorf("got %v, want %s", err, want)
			}
			conn.Close()
			for _, line := range lines() {
				if strings.HasPrefix(line, "AUTH") {
					t.Errorf("got line %q, want no AUTH", line)
				}
			}
		})
	}
}

func TestSMTPPrefersSCRAM(t *testing.T) {
	t.Parallel()
	address, lines := scripted(t, [2]string{"", "220 hello"}, [2]string{"EHLO", "250-hello\r\n250 AUTH PLAIN SCRAM-SHA-256 LOGIN"}, [2]string{"AUTH", "535 no"})
	err := mailer(t, "smtp://"+escaped+address, nil).AfterForgotPassword(t.Context(), arthur(), testToken)
	if got, want := fmt.Sprint(err), "mails: AUTH: the mail server answered 535"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := lines(); !strings.HasPrefix(got[1], "AUTH SCRAM-SHA-256") || strings.Contains(strings.Join(got, "\n"), sinkPassword) {
		t.Errorf("got lines %q, want SCRAM without the password", got)
	}
}

// A server that repeats what it was told must not bring it into the log.
func TestSMTPErrorsHideWhatTheServerRepeats(t *testing.T) {
	t.Parallel()
	hello := [][2]string{{"", "220 hello"}, {"EHLO", "250-hello\r\n250 AUTH PLAIN LOGIN"}}
	loggedIn := append(slices.Clone(hello), [2]string{"AUTH", "235 ok"})
	login := [][2]string{{"", "220 hello"}, {"EHLO", "250-hello\r\n250 AUTH LOGIN"}, {"AUTH", "334 " + base64Of("Username:")}}
	tests := []struct {
		name  string
		steps [][2]string
		want  string
	}{
		{"greeting", [][2]string{{"", "554 " + sinkPassword}}, "mails: greeting: the mail server answered 554"},
		{"no SMTP", [][2]string{{"", "HTTP/1.1 400 " + testToken}}, "mails: greeting: the mail server does not answer in SMTP"},
		{"AUTH", append(slices.Clone(hello), [2]string{"AUTH", "535 5.7.8 " + sinkPassword}), "mails: AUTH: the mail server answered 535 5.7.8"},
		{"AUTH with one question too many", append(login, [2]string{base64Of(sinkName), "334 " + base64Of("Password:")}, [2]string{base64Of(sinkPassword), "334 " + base64Of(sinkPassword)}), "mails: AUTH: unexpected server response"},
		{"MAIL FROM", append(slices.Clone(loggedIn), [2]string{"MAIL", "451 4.3.0 " + sinkPassword}), "mails: MAIL FROM: the mail server answered 451 4.3.0"},
		{"RCPT TO", append(slices.Clone(loggedIn), [2]string{"MAIL", "250 ok"}, [2]string{"RCPT", "550 5.1.1 king.arthur@camelot.bt?"}), "mails: RCPT TO: the mail server answered 550 5.1.1"},
		{"DATA", append(slices.Clone(loggedIn), [2]string{"MAIL", "250 ok"}, [2]string{"RCPT", "250 ok"}, [2]string{"DATA", "354 go"}, [2]string{".", "554 5.7.1 spam: " + testToken}), "mails: DATA: the mail server answered 554 5.7.1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			address, _ := scripted(t, test.steps...)
			err := mailer(t, "smtp://"+escaped+address, nil).AfterForgotPassword(t.Context(), arthur(), testToken)
			if got := fmt.Sprint(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSMTPServerDown(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	err = mailer(t, "smtp://"+escaped+address, nil).AfterForgotPassword(t.Context(), arthur(), testToken)
	if err == nil || !strings.HasPrefix(err.Error(), "mails: connect: ") || strings.Contains(err.Error(), "p%40ss") {
		t.Errorf("got %v, want a mails: connect error without password", err)
	}
}

// A server that stops answering holds a delivery no longer than its context.
func TestSMTPServerHangs(t *testing.T) {
	t.Parallel()
	server, trusted := certificate(t)
	t.Run("at the greeting", func(t *testing.T) {
		t.Parallel()
		for _, scheme := range []string{"smtp", "smtps"} {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				t.Cleanup(func() { conn.Close() })
				cancel() // connected, and never answered
			}()
			err = mailer(t, scheme+"://"+listener.Addr().String(), nil).AfterForgotPassword(ctx, arthur(), testToken)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want context.Canceled", scheme, err)
			}
		}
	})
	for _, url := range []string{"smtp://ADDRESS", "smtp://ADDRESS?tls=starttls"} {
		t.Run("at the end of the mail, "+url, func(t *testing.T) {
			t.Parallel()
			s := &sink{tls: server, hold: make(chan struct{}), reached: make(chan struct{})}
			s.start(t)
			defer close(s.hold)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-s.reached; cancel() }()
			err := mailer(t, strings.ReplaceAll(url, "ADDRESS", s.address), trusted).AfterForgotPassword(ctx, arthur(), testToken)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		})
	}
	t.Run("before it is asked", func(t *testing.T) {
		t.Parallel()
		s := (&sink{}).start(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := mailer(t, "smtp://"+s.address, nil).AfterForgotPassword(ctx, arthur(), testToken)
		if !errors.Is(err, context.Canceled) || len(s.deliveries()) != 0 {
			t.Errorf("got %v and %d mails, want context.Canceled and none", err, len(s.deliveries()))
		}
	})
}

// What the server has taken is delivered: an error afterwards would have the mail
// sent again.
func TestSMTPFarewellDoesNotMatter(t *testing.T) {
	t.Parallel()
	steps := [][2]string{{"", "220 hello"}, {"EHLO", "250 hello"}, {"MAIL", "250 ok"}, {"RCPT", "250 ok"}, {"DATA", "354 go"}, {".", "250 taken"}}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		address, _ := scripted(t, append(slices.Clone(steps), [2]string{"QUIT", "500 no"})...)
		if err := mailer(t, "smtp://"+address, nil).AfterForgotPassword(t.Context(), arthur(), testToken); err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
	t.Run("not answered", func(t *testing.T) {
		t.Parallel()
		address, lines := scripted(t, append(slices.Clone(steps), [2]string{"never", ""})...)
		if err := mailer(t, "smtp://"+address, nil).AfterForgotPassword(t.Context(), arthur(), testToken); err != nil {
			t.Errorf("got %v, want nil", err)
		}
		if got := lines(); got[len(got)-1] != "QUIT" {
			t.Errorf("got last line %q, want QUIT", got[len(got)-1])
		}
	})
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
			err := mailer(t, "smtp://"+s.address, nil).AfterForgotPassword(t.Context(), u, testToken)
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
	hooks := Hooks(Config{SMTP: user.Secret("smtp://" + s.address), From: "a@example.com", AppURL: "https://example.com",
		Templates: file("verify.subject.txt", "Grüße, {{.Profile.FirstName}}")})
	u := arthur()
	u.Profile = &testProfile{FirstName: "x\r\nBcc: evil@example.com\r\n\r\n.\r\nMAIL FROM:<evil@example.com>" + strings.Repeat("ü", 500)}
	if err := hooks.AfterRequestVerify(t.Context(), u, testToken); err != nil {
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
	hooks := Hooks(Config{SMTP: user.Secret("smtp://" + s.address), From: "a@example.com", AppURL: "https://example.com",
		Templates: file("verify.txt", text)})
	if err := hooks.AfterRequestVerify(t.Context(), arthur(), testToken); err != nil {
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
		go func() { failed <- hooks.AfterForgotPassword(t.Context(), arthur(), testToken) }()
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
