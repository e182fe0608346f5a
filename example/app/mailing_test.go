package app

import (
	"context"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user/secrets"
)

// mailed waits for so many mails.
func (w *world) mailed(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	seen := 0
	if _, err := w.app.Outbox.Wait(ctx, func(mails.Message) bool { seen++; return seen%n == 0 }); err != nil {
		w.t.Fatalf("wait for %d mails: %v", n, err)
	}
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client()
	c.want("GET", "/outbox.json", nil, http.StatusOK, "[]")
	w.person(arthur)
	c.want("POST", "/auth/request-verify-token", `{"email":"king.arthur@camelot.bt"}`, http.StatusAccepted, "null")
	w.mailed(1)
	c.want("POST", "/auth/forgot-password", `{"email":"king.arthur@camelot.bt"}`, http.StatusAccepted, "null")
	w.mailed(2)

	got := c.wantStatus("GET", "/outbox.json", nil, http.StatusOK)
	if content := got.header.Get("Content-Type"); content != "application/json" {
		t.Errorf("Content-Type: got %q, want application/json", content)
	}
	shown := decode[[]struct {
		To, Kind, Token, URL string
		Code                 *string
		At                   time.Time
	}](t, got)
	if len(shown) != 2 || !strings.HasPrefix(got.body, `[{"to":"king.arthur@camelot.bt","kind":"verify","token":"`) {
		t.Fatalf("got %s, want a mail of the kind verify and one of the kind reset", got.body)
	}
	for i, want := range []struct{ kind, page string }{{"verify", "/me/verify"}, {"reset", "/me/reset"}} {
		m := shown[i]
		if m.To != arthur || m.Kind != want.kind || m.URL != w.url+want.page+"?token="+url.QueryEscape(m.Token) || m.Token == "" || m.Code != nil {
			t.Errorf("mail %d: got %+v, want the kind %s and the page %s with the token", i, m, want.kind, want.page)
		}
		if m.At.IsZero() || m.At.Location() != time.UTC {
			t.Errorf("mail %d: got the time %v, want one in UTC", i, m.At)
		}
		page := c.wantStatus("GET", "/outbox", nil, http.StatusOK).body
		if !strings.Contains(page, `href="`+m.URL+`"`) || !strings.Contains(page, m.To) {
			t.Errorf("page: got no mail %d in it: %s", i, page)
		}
	}

	me := decode[userJSON](t, c.wantStatus("POST", "/auth/verify", `{"token":"`+shown[0].Token+`"}`, http.StatusOK))
	if !me.IsVerified {
		t.Error("verified by the token of the mail: got false, want true")
	}
	c.want("POST", "/auth/reset-password", `{"token":"`+shown[1].Token+`","password":"merlin"}`, http.StatusOK, "null")
}

// The outbox shows mails as they look, and nothing in them acts.
func TestOutboxPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client()
	w.person(arthur)
	c.want("POST", "/auth/forgot-password", `{"email":"king.arthur@camelot.bt"}`, http.StatusAccepted, "null")
	w.mailed(1)
	hostile := mails.Message{
		To: "<b>king@camelot.bt", Kind: mails.Verify, Subject: "<i>Subject", Text: "</pre><script>alert(1)</script>",
		HTML: `"><script>alert(2)</script>` + "\x00'", URL: "javascript:alert(3)", Token: "<u>",
	}
	if err := w.app.Outbox.Send(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Outbox.Send(t.Context(), mails.Message{To: arthur, Kind: mails.InUse, Subject: "Without HTML", Text: "plain", URL: w.url}); err != nil {
		t.Fatal(err)
	}

	page := c.wantStatus("GET", "/outbox", nil, http.StatusOK)
	frames := frame.FindAllStringSubmatch(page.body, -1)
	if strings.Count(page.body, "<iframe") != 2 || len(frames) != 2 {
		t.Fatalf("page: got %d frames, want 2 with an empty sandbox: %s", len(frames), page.body)
	}
	reset := w.app.Outbox.Messages()[0]
	if got := html.UnescapeString(frames[0][1]); reset.HTML == "" || got != reset.HTML {
		t.Errorf("frame: got %s, want %s", got, reset.HTML)
	}
	for _, want := range []string{reset.Subject, reset.Text, hostile.Text, hostile.Subject, hostile.To, "<pre>plain</pre>"} {
		if !strings.Contains(html.UnescapeString(page.body), want) {
			t.Errorf("page: got no %q in it", want)
		}
	}
	for _, not := range []string{"<script", "<i>", "<b>", "<u>", "javascript:", "\x00"} {
		if strings.Contains(page.body, not) {
			t.Errorf("page: got %q in it, want it escaped: %s", not, page.body)
		}
	}
}

var frame = regexp.MustCompile(`<iframe class="mail" sandbox="" srcdoc="([^"]*)" title="[^"]*"></iframe>`)

// sink is a mail server that keeps what it is given.
type sink struct{ messages chan *mail.Message }

func newSink(t *testing.T) (s *sink, addr string) {
	t.Helper()
	s = &sink{messages: make(chan *mail.Message, 10)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return letter{s}, nil }))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("mail server: %v", err)
		}
	}()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return s, listener.Addr().String()
}

// letter is one connection to a sink.
type letter struct{ *sink }

func (letter) Reset()                               {}
func (letter) Logout() error                        { return nil }
func (letter) Mail(string, *smtp.MailOptions) error { return nil }
func (letter) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (l letter) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(m.Body)
	m.Body = strings.NewReader(string(body))
	l.messages <- m
	return err
}

func TestSMTP(t *testing.T) {
	t.Parallel()
	s, addr := newSink(t)
	w := newWorld(t, func(c *Settings) { c.SMTPURL = secrets.Secret("smtp://" + addr) })
	c := w.client()
	w.person(arthur)
	c.want("POST", "/auth/forgot-password", `{"email":"king.arthur@camelot.bt"}`, http.StatusAccepted, "null")
	select {
	case m := <-s.messages:
		if to := m.Header.Get("To"); to != "<king.arthur@camelot.bt>" {
			t.Errorf("To: got %s, want <king.arthur@camelot.bt>", to)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("got no mail")
	}
	// Without an outbox no other client can read them.
	c.wantStatus("GET", "/outbox.json", nil, http.StatusNotFound)
	c.wantStatus("GET", "/outbox", nil, http.StatusNotFound)
	if page := c.wantStatus("GET", "/", nil, http.StatusOK).body; strings.Contains(strings.ToLower(page), "outbox") {
		t.Errorf("the page speaks of an outbox that is not there:\n%s", page)
	}
}

func TestSMTPMistake(t *testing.T) {
	t.Parallel()
	_, err := New(t.Context(), Settings{DataDir: t.TempDir(), PublicURL: "http://camelot.bt", Wire: "v9", SMTPURL: "https://user:hidden@mail"}, t.Output())
	if err == nil || !strings.Contains(err.Error(), "SMTP") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("got error %v, want one about SMTP without its password", err)
	}
}
