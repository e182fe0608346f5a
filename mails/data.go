package mails

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Data is the dot of the templates.
type Data struct {
	// AppName is the name of the application.
	AppName string
	// URL is the link with the token, or to the application where there is none.
	URL string
	// Token is the token alone, for links of another form or for copying; empty in a
	// mail without a link to use.
	Token string
	// Code is a short code to type in; empty in a mail without one.
	Code string
	// Email is the address the mail goes to.
	Email string
	// Profile points to the application's own fields of the user; nil if it has
	// none. Anyone can register with another person's address and choose their values,
	// so the values are untrusted text; the built-in templates use none.
	Profile any
	// Lifetime is how long the link is valid.
	Lifetime Lifetime
	// HasAccount says that a user has the address, in the mail of an invitation.
	HasAccount bool
	// Left is how many recovery codes are left, in the mail that one was used.
	Left int
	// At is when the request was made that caused the mail, in UTC.
	At time.Time
	// IP is the address of the client that made it; empty if unknown.
	IP string
	// Device is its browser and system in a few words, such as "Firefox on Linux"; empty
	// if unknown. It contains no text that the client chose.
	Device string
	// Browser and System are the two of Device, for languages that join them in another
	// way.
	Browser, System string
}

// GroupedCode returns Code with a space in the middle, as it is read to be typed.
func (d Data) GroupedCode() string {
	half := (len(d.Code) + 1) / 2
	return strings.TrimSpace(d.Code[:half] + " " + d.Code[half:])
}

// Format prints whose mail it is, whatever the verb: the token opens an account.
func (d Data) Format(state fmt.State, _ rune) { fmt.Fprint(state, "mail to "+d.Email) }

// LogValue logs what Format prints.
func (d Data) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(d)) }

// Lifetime is a duration as people say it: it prints as "1 hour" or "30 minutes".
// For other languages there are [Lifetime.Number] and [Lifetime.Unit], and [Lifetime.Hours]
// and [Lifetime.Minutes].
type Lifetime time.Duration

// String returns l in English, in its [Lifetime.Unit].
func (l Lifetime) String() string {
	n, unit := l.units()
	if n == 0 {
		return time.Duration(l).String()
	}
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func (l Lifetime) units() (n int, unit string) {
	units := []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	d := time.Duration(l)
	for _, unit := range units {
		if d >= unit.length && (d%unit.length == 0 || unit.length == time.Second) {
			return int(d / unit.length), unit.name
		}
	}
	return 0, "second"
}

// Number returns l in [Lifetime.Unit].
func (l Lifetime) Number() int {
	n, _ := l.units()
	return n
}

// Unit returns the largest unit of which l is a multiple: "day", "hour", "minute" or
// "second".
func (l Lifetime) Unit() string {
	_, unit := l.units()
	return unit
}

// Hours returns l in whole hours, rounded down.
func (l Lifetime) Hours() int { return int(time.Duration(l) / time.Hour) }

// Minutes returns l in whole minutes, rounded down.
func (l Lifetime) Minutes() int { return int(time.Duration(l) / time.Minute) }
