package authtest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

const (
	// appURL is where the links of captured mails lead.
	appURL = "https://app.example"
	// mailTime is how long a mail is waited for. It is only used up by a test that fails.
	mailTime = 5 * time.Second
	// mailLimit is more than a test sends.
	mailLimit = 100_000
)

// Sender returns what captures the mails, for applications that write them with
// package mails and templates of their own: it goes into the Sender of their
// mails.Config.
func (k *Kit) Sender() mails.Sender { return k.post.outbox }

// Mails returns all mails captured so far, the oldest first. Mails are sent off the
// request: to be sure that none is under way, shut the Auth down before.
func (k *Kit) Mails() []mails.Message { return k.post.outbox.Messages() }

// Mail returns the oldest mail of that kind to that address which it has not
// returned before, and waits for it if it is still under way. A test that asked
// for none is ended after 5 seconds.
func (k *Kit) Mail(kind mails.Kind, to string) mails.Message {
	k.t.Helper()
	key, ok := email.Key(to)
	if !ok {
		k.t.Fatalf("authtest: %q is no e-mail address", to)
	}
	ctx, cancel := context.WithTimeout(context.Background(), mailTime)
	defer cancel()
	message, err := k.post.next(ctx, kind, key)
	if err != nil {
		k.t.Fatalf("authtest: no %s mail came to %s within %v.%s\nMail hooks of the application's own have to send with the kit's Sender.",
			kind, to, mailTime, k.post.list())
	}
	return message
}

// VerifyToken returns the token of the next verify mail to that address, as Mail does.
func (k *Kit) VerifyToken(to string) string {
	k.t.Helper()
	return k.Mail(mails.Verify, to).Token
}

// ResetToken returns the token of the next reset mail to that address, as Mail does.
func (k *Kit) ResetToken(to string) string {
	k.t.Helper()
	return k.Mail(mails.Reset, to).Token
}

// post captures mails and remembers how many of a kind to an address were read.
type post struct {
	outbox *mails.Outbox

	mu   sync.Mutex
	read map[string]int
}

func newPost() *post {
	return &post{outbox: &mails.Outbox{Limit: mailLimit}, read: map[string]int{}}
}

// serve sets the mail hook where config has none. Kinds for which the application has
// a hook of its own are left to it.
func (p *post) serve(config *ginauth.Config) error {
	if config.Hooks.Send != nil {
		return nil
	}
	mailer, err := mails.New(mails.Config{Sender: p.outbox, AppURL: appURL, Now: config.Now})
	if err != nil {
		return err
	}
	own := map[mails.Kind]bool{
		mails.Verify: config.Hooks.AfterRequestVerify != nil,
		mails.Reset:  config.Hooks.AfterForgotPassword != nil,
	}
	config.Hooks.Send = func(ctx context.Context, mail user.Mail) error {
		if own[mail.Kind] {
			return nil
		}
		return mailer.Send(ctx, mail)
	}
	return nil
}

// next counts mails instead of comparing them: while the clock stands still two mails may
// be identical.
func (p *post) next(ctx context.Context, kind mails.Kind, key string) (mails.Message, error) {
	var found mails.Message
	_, err := p.outbox.Wait(ctx, func(mails.Message) bool {
		var arrived bool
		found, arrived = p.take(kind, key)
		return arrived
	})
	return found, err
}

func (p *post) take(kind mails.Kind, key string) (found mails.Message, arrived bool) {
	messages := p.outbox.Messages()
	p.mu.Lock()
	defer p.mu.Unlock()
	reader := string(kind) + " " + key
	skip := p.read[reader]
	for _, m := range messages {
		if k, _ := email.Key(m.To); m.Kind != kind || k != key {
			continue
		}
		if skip == 0 {
			p.read[reader]++
			return m, true
		}
		skip--
	}
	return mails.Message{}, false
}

// list names the mails that came, for the message of a test that waited in vain.
func (p *post) list() string {
	messages := p.outbox.Messages()
	if len(messages) == 0 {
		return " There were no mails at all."
	}
	var text strings.Builder
	text.WriteString(" There were:")
	for _, m := range messages {
		fmt.Fprintf(&text, "\n    %s mail to %s", m.Kind, m.To)
	}
	return text.String()
}
