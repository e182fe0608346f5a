package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/internal/useragent"
	"github.com/ginauth/ginauth/user"
)

// LoginNotices are which logins users get a mail about.
type LoginNotices string

const (
	// NewDevices are logins whose network and kind of browser are not among those of the
	// user's last 10 logins. The first login of all is none.
	NewDevices LoginNotices = "new devices"
	// EveryLogin is every login.
	EveryLogin LoginNotices = "every login"
)

// lastLogins is how many logins a new one is compared with.
const lastLogins = 10

type notices struct {
	manager *user.Manager
	of      LoginNotices
}

// NotifyLogins has users told of logins from now on, by mails of the kinds
// [user.MailNewDevice] or [user.MailLoggedIn], one in an hour; see [user.Manager.Notify].
// It is for a Log whose Sink gets the events of manager, and which keeps logins. Panics if
// it does not keep them, or of is none of the constants.
func (l *Log) NotifyLogins(manager *user.Manager, of LoginNotices) {
	if of != NewDevices && of != EveryLogin || !l.keeps(user.EventLogin) {
		panic(fmt.Sprintf("audit: NotifyLogins: %q needs a log that keeps logins, and to be NewDevices or EveryLogin", of))
	}
	l.notices.Store(&notices{manager, of})
}

// noticeLogin mails about a login, before it is stored.
func (l *Log) noticeLogin(ctx context.Context, e user.Event) error {
	n := l.notices.Load()
	if n == nil {
		return nil
	}
	kind := user.MailLoggedIn
	if n.of == NewDevices {
		known, err := l.knows(ctx, e)
		if err != nil || known {
			return err
		}
		kind = user.MailNewDevice
	}
	u, err := n.manager.ByID(ctx, e.User)
	if err != nil {
		if errors.Is(err, user.ErrNotFound) {
			return nil
		}
		return err
	}
	n.manager.Notify(user.WithRequest(ctx, user.Request{ClientIP: e.IP, UserAgent: e.UserAgent}), kind, u)
	return nil
}

// knows reports whether a login is the first one, or like one of the last.
func (l *Log) knows(ctx context.Context, e user.Event) (bool, error) {
	last, _, err := l.Events(ctx, Query{
		User: e.User, Kinds: []user.EventKind{user.EventLogin}, Outcome: user.OutcomeOK, Limit: lastLogins + 1,
	})
	if err != nil {
		return false, err
	}
	first := true
	for _, before := range last {
		if before.ID == e.ID { // recorded before it took effect
			continue
		}
		first = false
		if deviceOf(before) == deviceOf(e) || l.config.IP == None && deviceOf(before).onlyAgent() == deviceOf(e).onlyAgent() {
			return true, nil
		}
	}
	return first, nil
}

// device is what a login is recognised by.
type device struct{ network, browser, system string }

func deviceOf(e user.Event) device {
	browser, system := useragent.Of(e.UserAgent)
	return device{Truncated.of(e.IP), browser, system}
}

// onlyAgent is for logs that keep no addresses.
func (d device) onlyAgent() device {
	d.network = ""
	return d
}
