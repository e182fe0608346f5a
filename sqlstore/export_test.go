package sqlstore

import (
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/user/listing"
)

// UsersBy returns the statement of a page of users.
func (e Engine) UsersBy(query listing.Query) (statement string, args []any) {
	b := e.usersBy(query, 51)
	return b.String(), b.args
}

// EventsBy returns the statement of a page of events.
func (e Engine) EventsBy(query audit.Query) (statement string, args []any) {
	b := e.eventsBy(query, 51)
	return b.String(), b.args
}
