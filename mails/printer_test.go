package mails

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestPrinter(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	m := Message{To: "a@example.com", Kind: Reset, Subject: "New password", Text: "Hello \x1b[2J\x07,\n\thttps://example.com/#token=x\n\n", HTML: "<p>"}
	if err := NewPrinter(&b).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := "---- reset mail to a@example.com\nSubject: New password\n\nHello \ufffd[2J\ufffd,\n\thttps://example.com/#token=x\n----\n"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A bytes.Buffer is not safe for concurrent use; the Printer makes it so.
func TestPrinterConcurrently(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := NewPrinter(&b)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { _ = p.Send(t.Context(), Message{To: "a@example.com", Kind: Verify, Subject: "s", Text: "t"}) })
	}
	all.Wait()
	one := "---- verify mail to a@example.com\nSubject: s\n\nt\n----\n"
	if got, want := b.String(), strings.Repeat(one, 20); got != want {
		t.Errorf("got %q, want 20 whole mails", got)
	}
}

var errFull = errors.New("disk full")

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errFull }

func TestPrinterError(t *testing.T) {
	t.Parallel()
	if err := NewPrinter(fullWriter{}).Send(t.Context(), Message{Kind: Verify}); !errors.Is(err, errFull) {
		t.Errorf("got %v, want disk full", err)
	}
}
