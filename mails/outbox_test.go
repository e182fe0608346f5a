package mails

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func send(t *testing.T, s Sender, tokens ...string) {
	t.Helper()
	for _, token := range tokens {
		if err := s.Send(t.Context(), Message{To: token + "@example.com", Kind: Verify, Token: token}); err != nil {
			t.Fatal(err)
		}
	}
}

func tokens(messages []Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Token)
	}
	return strings.Join(all, " ")
}

func TestOutboxKeepsTheNewest(t *testing.T) {
	t.Parallel()
	o := &Outbox{Limit: 3}
	if got := o.Messages(); got == nil || len(got) != 0 {
		t.Errorf("got %#v, want an empty slice that is not nil", got)
	}
	send(t, o, "a", "b", "c", "d", "e")
	if got, want := tokens(o.Messages()), "c d e"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	o.Messages()[0].Token = "changed"
	if got, want := tokens(o.Messages()), "c d e"; got != want {
		t.Errorf("got %q after a change of the copy, want %q", got, want)
	}
	o.Clear()
	if got := o.Messages(); len(got) != 0 {
		t.Errorf("got %q after Clear, want none", tokens(got))
	}
}

func TestOutboxDefaultLimit(t *testing.T) {
	t.Parallel()
	o := &Outbox{}
	for i := range 1001 {
		send(t, o, fmt.Sprint(i))
	}
	got := o.Messages()
	if len(got) != 1000 || got[0].Token != "1" {
		t.Errorf("got %d messages from %q on, want 1000 from 1 on", len(got), got[0].Token)
	}
}

func TestOutboxWait(t *testing.T) {
	t.Parallel()
	o := &Outbox{}
	send(t, o, "a", "b", "b")
	isB := func(m Message) bool { return m.Token == "b" }
	if m, err := o.Wait(t.Context(), isB); err != nil || m.Token != "b" {
		t.Errorf("got %q, %v, want b", m.Token, err)
	}
	if m, err := o.Wait(t.Context(), nil); err != nil || m.Token != "a" {
		t.Errorf("got %q, %v, want the oldest, a", m.Token, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Wait(ended, func(Message) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if m, err := o.Wait(ended, isB); err != nil || m.Token != "b" {
		t.Errorf("got %q, %v of an ended context, want what is there, b", m.Token, err)
	}
}

// Several wait for different messages; each gets its own, whatever messages arrive in between.
func TestOutboxWakesAll(t *testing.T) {
	t.Parallel()
	o := &Outbox{}
	const n = 10
	got := make(chan error, n)
	looked := make(chan struct{}, n*n*(n+1)) // room for every look, so that none blocks
	send(t, o, "first")
	for i := range n {
		go func() {
			want := fmt.Sprint(i)
			m, err := o.Wait(t.Context(), func(m Message) bool { looked <- struct{}{}; return m.Token == want })
			if err == nil && m.Token != want {
				err = fmt.Errorf("got %q, want %q", m.Token, want)
			}
			got <- err
		}()
	}
	for range n { // each has looked in vain once
		<-looked
	}
	o.Clear()
	for i := range n {
		send(t, o, fmt.Sprint(i))
	}
	for range n {
		if err := <-got; err != nil {
			t.Error(err)
		}
	}
}
