package mails

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/ginauth/ginauth/user"
)

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
			err := hooks.Send(t.Context(), tokenMail(Reset, arthur()))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if got := test.sink.deliveries(); len(got) != 0 {
				t.Errorf("got %d mails, want none", len(got))
			}
		})
	}
}

// A server's permanent answer is final; after any other another attempt may succeed.
func TestSMTPRefusalsThatAreFinal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		sink  *sink
		url   string
		final bool
	}{
		{"no such mailbox", &sink{refuse: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no"}}, "smtp://ADDRESS", true},
		{"a code of 599", &sink{refuse: &smtp.SMTPError{Code: 599, EnhancedCode: smtp.EnhancedCode{5, 0, 0}, Message: "no"}}, "smtp://ADDRESS", true},
		{"mailbox busy", &sink{refuse: &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "later"}}, "smtp://ADDRESS", false},
		{"wrong password", &sink{mechanisms: []string{"PLAIN"}}, "smtp://me:wrong@ADDRESS", true},
		{"STARTTLS not offered", &sink{}, "smtp://ADDRESS?tls=starttls", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.sink.start(t)
			hooks := mailer(t, strings.ReplaceAll(test.url, "ADDRESS", test.sink.address), nil)
			err := hooks.Send(t.Context(), user.Mail{Kind: Reset, To: arthur().Email, User: arthur(), Token: testToken})
			if err == nil || errors.Is(err, user.ErrUndeliverable) != test.final {
				t.Errorf("got %v, want it final: %v", err, test.final)
			}
		})
	}
}

// A password is never sent in clear text to another machine, whatever it offers.
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
	err := mailer(t, "smtp://"+escaped+address, nil).Send(t.Context(), tokenMail(Reset, arthur()))
	if got, want := fmt.Sprint(err), "mails: AUTH: the mail server answered 535"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := lines(); !strings.HasPrefix(got[1], "AUTH SCRAM-SHA-256") || strings.Contains(strings.Join(got, "\n"), sinkPassword) {
		t.Errorf("got lines %q, want SCRAM without the password", got)
	}
}

// What a server repeats of a command must not get into the log.
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
			err := mailer(t, "smtp://"+escaped+address, nil).Send(t.Context(), tokenMail(Reset, arthur()))
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
	err = mailer(t, "smtp://"+escaped+address, nil).Send(t.Context(), tokenMail(Reset, arthur()))
	if err == nil || !strings.HasPrefix(err.Error(), "mails: connect: ") || strings.Contains(err.Error(), "p%40ss") {
		t.Errorf("got %v, want a mails: connect error without password", err)
	}
}

// A server that stops answering delays a delivery no longer than its context.
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
			err = mailer(t, scheme+"://"+listener.Addr().String(), nil).Send(ctx, tokenMail(Reset, arthur()))
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
			err := mailer(t, strings.ReplaceAll(url, "ADDRESS", s.address), trusted).Send(ctx, tokenMail(Reset, arthur()))
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
		err := mailer(t, "smtp://"+s.address, nil).Send(ctx, tokenMail(Reset, arthur()))
		if !errors.Is(err, context.Canceled) || len(s.deliveries()) != 0 {
			t.Errorf("got %v and %d mails, want context.Canceled and none", err, len(s.deliveries()))
		}
	})
}

// A mail that the server has accepted is delivered: an error afterwards would send it
// again.
func TestSMTPFarewellDoesNotMatter(t *testing.T) {
	t.Parallel()
	steps := [][2]string{{"", "220 hello"}, {"EHLO", "250 hello"}, {"MAIL", "250 ok"}, {"RCPT", "250 ok"}, {"DATA", "354 go"}, {".", "250 taken"}}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		address, _ := scripted(t, append(slices.Clone(steps), [2]string{"QUIT", "500 no"})...)
		if err := mailer(t, "smtp://"+address, nil).Send(t.Context(), tokenMail(Reset, arthur())); err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
	t.Run("not answered", func(t *testing.T) {
		t.Parallel()
		address, lines := scripted(t, append(slices.Clone(steps), [2]string{"never", ""})...)
		if err := mailer(t, "smtp://"+address, nil).Send(t.Context(), tokenMail(Reset, arthur())); err != nil {
			t.Errorf("got %v, want nil", err)
		}
		if got := lines(); got[len(got)-1] != "QUIT" {
			t.Errorf("got last line %q, want QUIT", got[len(got)-1])
		}
	})
}
