package faults

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/user"
)

// mail is one that was sent.
type mail struct{ kind, to, token string }

// mailbox keeps all mails.
type mailbox struct {
	mu   sync.Mutex
	sent []mail
	// next is closed when the next mail comes.
	next chan struct{}
}

func (m *mailbox) send(kind, to, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, mail{kind, to, token})
	if m.next != nil {
		close(m.next)
		m.next = nil
	}
	return nil
}

func (m *mailbox) all() []mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]mail(nil), m.sent...)
}

// wait waits until there are n mails, and reports whether they came in time.
func (m *mailbox) wait(n int) bool {
	timeout := time.After(30 * time.Second)
	for {
		m.mu.Lock()
		if len(m.sent) >= n {
			m.mu.Unlock()
			return true
		}
		if m.next == nil {
			m.next = make(chan struct{})
		}
		next := m.next
		m.mu.Unlock()
		select {
		case <-next:
		case <-timeout:
			return false
		}
	}
}

// hooks has the two mail hooks of single kinds for theirs, and Send for the others.
func (m *mailbox) hooks() user.Hooks {
	withToken := func(kind string) func(context.Context, *user.User, string) error {
		return func(_ context.Context, u *user.User, token string) error { return m.send(kind, u.Email, token) }
	}
	kinds := map[user.MailKind]string{
		user.MailConfirmEmail: "confirm", user.MailEmailChange: "change", user.MailEmailChanged: "changed", user.MailInUse: "in use",
	}
	return user.Hooks{
		AfterForgotPassword: withToken("reset"),
		AfterRequestVerify:  withToken("verify"),
		Send: func(_ context.Context, mail user.Mail) error {
			if kind, wanted := kinds[mail.Kind]; wanted {
				return m.send(kind, mail.To, string(mail.Token))
			}
			return nil
		},
	}
}
