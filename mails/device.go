package mails

import "github.com/ginauth/ginauth/internal/useragent"

// device returns the browser and system of a user agent, in words from its own list;
// "" for one it does not know.
func device(userAgent string) string {
	browser, system := useragent.Of(userAgent)
	switch {
	case browser == "" || system == "":
		return browser + system
	}
	return browser + " on " + system
}
