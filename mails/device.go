package mails

import "github.com/ginauth/ginauth/internal/useragent"

// device describes a user agent in words of its own. It returns "" for one it does not
// know.
func device(userAgent string) string {
	browser, system := useragent.Of(userAgent)
	switch {
	case browser == "" || system == "":
		return browser + system
	}
	return browser + " on " + system
}
