package mails

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

const (
	// sendTimeout bounds a delivery whose context has no end.
	sendTimeout = 30 * time.Second
	// quitTimeout bounds QUIT, when the mail is already delivered.
	quitTimeout = time.Second
)

// smtpSender delivers each mail in a connection of its own.
type smtpSender struct {
	server server
	from   envelope
	tls    *tls.Config
}

var _ Sender = (*smtpSender)(nil)

// Send delivers m to the configured mail server. The error is ctx's when ctx ends
// first; otherwise it names the step and the server's codes.
func (s *smtpSender) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	to, err := parseRecipient(m.To)
	if err != nil {
		return failed(ctx, "recipient", err)
	}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.server.address())
	if err != nil {
		return failed(ctx, "connect", err)
	}
	defer raw.Close()
	// The SMTP client takes no context; closing its connection ends it.
	defer context.AfterFunc(ctx, func() { raw.Close() })()

	client, err := s.open(ctx, raw)
	if err != nil {
		return err
	}
	if err := s.deliver(ctx, client, to, m); err != nil {
		return err
	}
	// The server has accepted the mail: an error here would send it a second time.
	_ = raw.SetDeadline(time.Now().Add(quitTimeout))
	_ = client.Quit()
	return nil
}

// open greets the server, starts TLS and logs in.
func (s *smtpSender) open(ctx context.Context, raw net.Conn) (*smtp.Client, error) {
	conn := raw
	if s.server.security == implicitTLS {
		protected := tls.Client(raw, s.tls)
		if err := protected.HandshakeContext(ctx); err != nil {
			return nil, failed(ctx, "TLS", err)
		}
		conn = protected
	}
	client, err := smtp.NewClient(conn, s.server.host)
	if err != nil {
		return nil, failed(ctx, "greeting", err)
	}
	// The domain of the sender, not the name of this machine, which would be in
	// the mail's Received header.
	if err := client.Hello(s.from.domain); err != nil {
		return nil, failed(ctx, "EHLO", err)
	}
	if s.server.security == startTLS {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return nil, failed(ctx, "STARTTLS", errors.New("the mail server does not offer it"))
		}
		if err := client.StartTLS(s.tls); err != nil {
			return nil, failed(ctx, "STARTTLS", err)
		}
	}
	if err := s.server.logIn(client); err != nil {
		return nil, failed(ctx, "AUTH", err)
	}
	return client, nil
}

// deliver returns nil only when the server has taken the mail.
func (s *smtpSender) deliver(ctx context.Context, client *smtp.Client, to envelope, m Message) error {
	// Servers further along may refuse a mail that asks for SMTPUTF8, so it does only if needed.
	client.SkipSMTPUTF8(!to.needsUTF8())
	if offered, _ := client.Extension("SMTPUTF8"); to.needsUTF8() && !offered {
		return failed(ctx, "recipient", undeliverable("the address needs SMTPUTF8, which the mail server does not offer"))
	}
	if err := client.Mail("<" + s.from.address() + ">"); err != nil {
		return failed(ctx, "MAIL FROM", err)
	}
	if err := client.Rcpt("<" + to.address() + ">"); err != nil {
		return failed(ctx, "RCPT TO", err)
	}
	body, err := client.Data()
	if err != nil {
		return failed(ctx, "DATA", err)
	}
	// After an error the body must not be closed: the server would take half a mail for a
	// complete one.
	if _, err := compose(s.from, to, m).WriteTo(body); err != nil {
		return failed(ctx, "DATA", err)
	}
	if err := body.Close(); err != nil {
		return failed(ctx, "DATA", err)
	}
	return nil
}
