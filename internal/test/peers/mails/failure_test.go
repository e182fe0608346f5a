package mails_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/ginauth/ginauth/mails"
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
			err := hooks.Send(t.Context(), tokenMail(mails.Reset, arthur()))
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
			err := hooks.Send(t.Context(), user.Mail{Kind: mails.Reset, To: arthur().Email, User: arthur(), Token: testToken})
			if err == nil || errors.Is(err, user.ErrUndeliverable) != test.final {
				t.Errorf("got %v, want it final: %v", err, test.final)
			}
		})
	}
}

// A server that stops answering delays a delivery no longer than its context; that of
// one that does not even greet is tested in package mails itself.
func TestSMTPServerHangs(t *testing.T) {
	t.Parallel()
	server, trusted := certificate(t)
	for _, url := range []string{"smtp://ADDRESS", "smtp://ADDRESS?tls=starttls"} {
		t.Run("at the end of the mail, "+url, func(t *testing.T) {
			t.Parallel()
			s := &sink{tls: server, hold: make(chan struct{}), reached: make(chan struct{})}
			s.start(t)
			defer close(s.hold)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-s.reached; cancel() }()
			err := mailer(t, strings.ReplaceAll(url, "ADDRESS", s.address), trusted).Send(ctx, tokenMail(mails.Reset, arthur()))
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
		err := mailer(t, "smtp://"+s.address, nil).Send(ctx, tokenMail(mails.Reset, arthur()))
		if !errors.Is(err, context.Canceled) || len(s.deliveries()) != 0 {
			t.Errorf("got %v and %d mails, want context.Canceled and none", err, len(s.deliveries()))
		}
	})
}
