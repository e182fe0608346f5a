package mails

import (
	"errors"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// logIn authenticates, if there is a password, with the best mechanism that the server
// offers. A password is sent in clear text only under TLS or within this machine.
func (s server) logIn(client *smtp.Client) error {
	if s.name == "" {
		return nil
	}
	_, ways := client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(ways))
	password := string(s.password)
	var way smtp.Auth
	switch {
	case slices.Contains(offered, "SCRAM-SHA-256"):
		way = smtp.ScramSHA256Auth(s.name, password)
	case slices.Contains(offered, "PLAIN"):
		way = smtp.PlainAuth("", s.name, password, s.host, s.loopback)
	case slices.Contains(offered, "LOGIN"):
		way = smtp.LoginAuth(s.name, password, s.host, s.loopback)
	default:
		return errors.New("the mail server offers none of SCRAM-SHA-256, PLAIN and LOGIN")
	}
	err := client.Auth(way)
	if errors.Is(err, smtp.ErrUnexpectedServerResponse) {
		return smtp.ErrUnexpectedServerResponse // without the server's text, which may repeat the password
	}
	return err
}
