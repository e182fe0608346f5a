package app

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/mails"
)

const (
	forgot  = "/auth/forgot-password"
	request = "/auth/request-verify-token"
)

// asks asks for a mail, from a new address each time, and reports whether one was
// sent. Mails leave off the request, so it waits for what becomes of this one.
func (a *limitedApp) asks(t *testing.T, path, email string) (sent bool) {
	t.Helper()
	dropped := func() int { return strings.Count(a.log.String(), "mail was not sent") }
	sentBefore, droppedBefore := len(a.outbox.Messages()), dropped()
	c := a.at(fmt.Sprintf("203.0.113.%d", a.requests.Load()%250))
	if got := c.send(t, "POST", path, `{"email":"`+email+`"}`); got.status != 202 || got.body != "null" {
		t.Fatalf("%s: got %d %s, want 202", path, got.status, got.body)
	}
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		switch {
		case len(a.outbox.Messages()) > sentBefore:
			return true
		case dropped() > droppedBefore:
			return false
		}
		select {
		case <-again.C:
		case <-t.Context().Done():
			t.Fatal("the mail was neither sent nor dropped")
		}
	}
}

func (a *limitedApp) wantMail(t *testing.T, what, path, email string, want bool) {
	t.Helper()
	if got := a.asks(t, path, email); got != want {
		t.Errorf("%s: %s to %s: sent: %v, want %v", what, path, email, got, want)
	}
}

// A first mail of each kind comes at once; a second one of the same kind a minute
// later, or when the first one's token was used.
func TestMailsOfOneKind(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t)
		a.member(t, arthur)
		a.member(t, merlin)
		a.wantMail(t, "first", request, arthur, true)
		a.wantMail(t, "first of another kind", forgot, arthur, true)
		a.wantMail(t, "second", forgot, arthur, false)
		a.wantMail(t, "second in capitals", forgot, strings.ToUpper(arthur), false)
		a.wantMail(t, "second", request, arthur, false)
		a.wantMail(t, "another recipient", forgot, merlin, true)
		a.clock.Advance(time.Minute - time.Millisecond)
		a.wantMail(t, "too early", forgot, arthur, false)
		a.clock.Advance(time.Millisecond)
		a.wantMail(t, "a minute later", forgot, arthur, true)
		a.useMail(t, "reset", "/auth/reset-password", `,"password":"excalibur"`)
		a.wantMail(t, "after use", forgot, arthur, true)
	})
}

// useMail uses the token of the last mail of a kind to Arthur.
func (a *limitedApp) useMail(t *testing.T, kind, path, rest string) {
	t.Helper()
	var last mails.Message
	for _, m := range a.outbox.Messages() {
		if string(m.Kind) == kind && m.To == arthur {
			last = m
		}
	}
	a.local().send(t, "POST", path, `{"token":"`+last.Token+`"`+rest+`}`).want(t, path, 200, "")
}

// Five mails in an hour, twenty in a day, of all kinds together. Beyond the day's, one
// an hour of each kind: requests of strangers do not take a reset away from the owner.
func TestMailsOfAllKinds(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t)
		a.member(t, arthur)
		for hour := range 4 {
			for i := range 5 {
				a.wantMail(t, fmt.Sprintf("hour %d, mail %d", hour, i), []string{forgot, request}[i%2], arthur, true)
				a.clock.Advance(time.Minute)
			}
			a.wantMail(t, fmt.Sprintf("hour %d, too many", hour), forgot, arthur, false)
			a.wantMail(t, fmt.Sprintf("hour %d, too many", hour), request, arthur, false)
			a.clock.Advance(55 * time.Minute)
		}
		a.wantMail(t, "56 minutes after the last one", forgot, arthur, false)
		a.clock.Advance(4*time.Minute - time.Millisecond)
		a.wantMail(t, "just before the hour is over", forgot, arthur, false)
		a.wantMail(t, "another kind, whose hour is over", request, arthur, true)
		a.clock.Advance(time.Millisecond)
		for hour := range 19 {
			a.wantMail(t, fmt.Sprintf("hour %d beyond", hour), forgot, arthur, true)
			a.clock.Advance(time.Minute)
			a.wantMail(t, fmt.Sprintf("hour %d beyond, second", hour), forgot, arthur, false)
			a.clock.Advance(59 * time.Minute)
		}
		a.clock.Advance(56 * time.Minute)
		for i := range 5 {
			a.wantMail(t, fmt.Sprintf("a day later, mail %d", i), forgot, arthur, true)
			a.clock.Advance(time.Minute)
		}
	})
}

// However many ask at once, over however many instances: one mail.
func TestMailsAtOnce(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t)
		a.member(t, arthur)
		for i, got := range atOnce(50, func(i int) answer {
			return a.at(fmt.Sprintf("203.0.113.%d", i)).send(t, "POST", forgot, `{"email":"`+arthur+`"}`)
		}) {
			got.want(t, fmt.Sprintf("request %d", i), 202, "")
		}
		for _, auth := range a.instances {
			if err := auth.Shutdown(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(a.outbox.Messages()); got != 1 {
			t.Errorf("got %d mails, want 1", got)
		}
	})
}

func TestMailNumbers(t *testing.T) {
	t.Parallel()
	a := alone.start(t, func(c *ginauth.Config) {
		c.Limits.MailInterval = time.Second
		c.Limits.MailsPerHour = 2
		c.Limits.MailsPerDay = 3
	})
	a.member(t, arthur)
	a.wantMail(t, "first", forgot, arthur, true)
	a.clock.Advance(time.Second)
	a.wantMail(t, "second", forgot, arthur, true)
	a.clock.Advance(time.Second)
	a.wantMail(t, "third in an hour", forgot, arthur, false)
	a.clock.Advance(time.Hour)
	a.wantMail(t, "third", forgot, arthur, true)
	a.clock.Advance(time.Second)
	a.wantMail(t, "fourth in a day", forgot, arthur, false)
}
