package mails

import (
	"crypto/rand"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/ginauth/ginauth/user/email"
)

// envelope is an address as mail servers want it: with the domain in its ASCII form.
type envelope struct {
	name          string // display name
	local, domain string
}

func (e envelope) address() string { return e.local + "@" + e.domain }

// needsUTF8 reports whether only servers with the extension SMTPUTF8 (RFC 6531) can take it.
func (e envelope) needsUTF8() bool {
	return strings.ContainsFunc(e.local, func(r rune) bool { return r >= utf8.RuneSelf })
}

func (e envelope) header() *netmail.Address {
	return &netmail.Address{Name: e.name, Address: e.address()}
}

// parseRecipient prepares a stored address. The error does not repeat it.
func parseRecipient(text string) (envelope, error) {
	address, err := email.Parse(text)
	if err != nil {
		return envelope{}, err
	}
	// The key has the domain as a resolver needs it, the address the name as its
	// owner typed it, whose letter case may matter to the owner's server.
	local := address.Address[:strings.LastIndexByte(address.Address, '@')]
	domain := address.Key[strings.LastIndexByte(address.Key, '@')+1:]
	return envelope{local: local, domain: domain}, nil
}

// parseSender reads Config.From.
func parseSender(text string) (envelope, error) {
	if text == "" {
		return envelope{}, errors.New("Config.From is missing")
	}
	address, err := netmail.ParseAddress(text)
	if err != nil {
		return envelope{}, fmt.Errorf("Config.From is %q, want an address or Name <address>", text)
	}
	from, err := parseRecipient(address.Address)
	if err != nil || from.needsUTF8() {
		return envelope{}, fmt.Errorf("Config.From is %q, want an address whose part before the @-sign is ASCII", text)
	}
	from.name = address.Name
	return from, nil
}

// compose returns m as it is sent.
func compose(from, to envelope, m Message) *gomail.Msg {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from.header())
	msg.ToMailAddress(to.header())
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.At)
	// The library's own Message-ID would contain the name of this machine.
	msg.SetMessageIDWithValue(rand.Text() + "@" + from.domain)
	// Keeps automatic responders from answering (RFC 3834, section 5).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg
}
