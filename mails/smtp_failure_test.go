package mails

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
)

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
	err := mailer(t, "smtp://"+escaped+address).Send(t.Context(), tokenMail(Reset, arthur()))
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
			err := mailer(t, "smtp://"+escaped+address).Send(t.Context(), tokenMail(Reset, arthur()))
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
	err = mailer(t, "smtp://"+escaped+address).Send(t.Context(), tokenMail(Reset, arthur()))
	if err == nil || !strings.HasPrefix(err.Error(), "mails: connect: ") || strings.Contains(err.Error(), "p%40ss") {
		t.Errorf("got %v, want a mails: connect error without password", err)
	}
}

// A server that never greets delays a delivery no longer than its context.
func TestSMTPServerHangs(t *testing.T) {
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
		err = mailer(t, scheme+"://"+listener.Addr().String()).Send(ctx, tokenMail(Reset, arthur()))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", scheme, err)
		}
	}
}

// A mail that the server has accepted is delivered: an error afterwards would send it
// again.
func TestSMTPFarewellDoesNotMatter(t *testing.T) {
	t.Parallel()
	steps := [][2]string{{"", "220 hello"}, {"EHLO", "250 hello"}, {"MAIL", "250 ok"}, {"RCPT", "250 ok"}, {"DATA", "354 go"}, {".", "250 taken"}}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		address, _ := scripted(t, append(slices.Clone(steps), [2]string{"QUIT", "500 no"})...)
		if err := mailer(t, "smtp://"+address).Send(t.Context(), tokenMail(Reset, arthur())); err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
	t.Run("not answered", func(t *testing.T) {
		t.Parallel()
		address, lines := scripted(t, append(slices.Clone(steps), [2]string{"never", ""})...)
		if err := mailer(t, "smtp://"+address).Send(t.Context(), tokenMail(Reset, arthur())); err != nil {
			t.Errorf("got %v, want nil", err)
		}
		if got := lines(); got[len(got)-1] != "QUIT" {
			t.Errorf("got last line %q, want QUIT", got[len(got)-1])
		}
	})
}
