package mails

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
)

// Printer is a [Sender] that delivers nothing and writes the mails, with their links,
// for the developer. It is meant for development only: the links give access to
// accounts. It is safe for concurrent use.
type Printer struct {
	mu sync.Mutex
	w  io.Writer
}

var _ Sender = (*Printer)(nil)

// NewPrinter returns a Printer that writes to w, such as os.Stderr. Mails are
// written one at a time.
func NewPrinter(w io.Writer) *Printer { return &Printer{w: w} }

// Send writes recipient, subject and text of m. The error is w's.
func (p *Printer) Send(_ context.Context, m Message) error {
	text := fmt.Sprintf("---- %s mail to %s\nSubject: %s\n\n%s\n----\n", m.Kind, m.To, m.Subject, strings.TrimSpace(m.Text))
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := io.WriteString(p.w, printable(text)); err != nil {
		return fmt.Errorf("mails: print: %w", err)
	}
	return nil
}

// printable replaces control characters, with which a user's profile could move the
// cursor or rename the window of the terminal that shows the mail.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
