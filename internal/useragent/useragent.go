// Package useragent describes the header User-Agent in words of its own: nothing that a
// client sends gets into a mail, where it could be a link.
package useragent

import "strings"

// Of returns browser and system of a user agent, each "" if it is not known.
func Of(userAgent string) (browser, system string) {
	return firstOf(userAgent, browsers), firstOf(userAgent, systems)
}

// The names are in the order in which they are looked for: most browsers name others, too.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

func firstOf(text string, names [][2]string) string {
	for _, name := range names {
		if strings.Contains(text, name[0]) {
			return name[1]
		}
	}
	return ""
}
