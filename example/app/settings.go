// Package app is the demonstration application of ginauth.
package app

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user/secrets"
)

// Settings is what can be set from outside, by environment or flag.
type Settings struct {
	Addr              string
	DataDir           string
	MongoURI          secrets.Secret
	DatabaseURL       secrets.Secret
	RedisURL          secrets.Secret
	Secret            secrets.Secret
	Wire              string
	SuperuserEmail    string
	SuperuserPassword secrets.Secret
	SMTPURL           secrets.Secret
	PublicURL         string
	Limits            string
	AssociateByEmail  string
	ExposeDemo        string
	Registration      string
	Usernames         string
	NotifyLogins      string
	// Providers are the real OAuth providers that are switched on.
	Providers []ProviderSettings
}

// ParseSettings reads flags, whose defaults are the environment's values. The error
// joins all mistakes.
func ParseSettings(args []string, getenv func(string) string) (Settings, error) {
	var s Settings
	flags := flag.NewFlagSet("example", flag.ContinueOnError)
	text := func(target *string, name, variable, byDefault, usage string) {
		if value := getenv(variable); value != "" {
			byDefault = value
		}
		flags.StringVar(target, name, byDefault, usage+" ($"+variable+")")
	}
	// A secret's value must not stand in the help text, where a flag's default would.
	secret := func(target *secrets.Secret, name, variable, usage string) {
		*target = secrets.Secret(getenv(variable))
		flags.Func(name, usage+" ($"+variable+")", func(value string) error { *target = secrets.Secret(value); return nil })
	}
	text(&s.Addr, "addr", "ADDR", "127.0.0.1:8080", "address to listen on")
	text(&s.DataDir, "data", "DATA_DIR", "./ginauth-data", "folder for what must survive a restart")
	secret(&s.MongoURI, "mongodb-uri", "MONGODB_URI", "MongoDB to use; empty for the embedded one")
	secret(&s.DatabaseURL, "database-url", "DATABASE_URL", "postgres://… or sqlite:///path to use in place of MongoDB")
	secret(&s.RedisURL, "redis-url", "REDIS_URL", "Redis to use; empty for the embedded one")
	secret(&s.Secret, "secret", "SECRET", "secret of at least 32 bytes; empty to generate one")
	text(&s.Wire, "wire", "WIRE", "v9", "wire profile, v9 or v15")
	text(&s.SuperuserEmail, "superuser-email", "SUPERUSER_EMAIL", "", "e-mail of a superuser to create")
	secret(&s.SuperuserPassword, "superuser-password", "SUPERUSER_PASSWORD", "password of that superuser")
	secret(&s.SMTPURL, "smtp-url", "SMTP_URL", "mail server, such as smtp://name:password@host:587; empty for the outbox")
	text(&s.PublicURL, "public-url", "PUBLIC_URL", "", "where browsers find the server; empty for http:// and the address")
	text(&s.Limits, "limits", "LIMITS", "on", "abuse limits, on or off")
	text(&s.AssociateByEmail, "associate-by-email", "ASSOCIATE_BY_EMAIL", "off", "sign-in with a provider takes over the account with the same verified e-mail, on or off")
	text(&s.Registration, "registration", "REGISTRATION", "open", "who can make an account: open, invitation or closed")
	text(&s.Usernames, "usernames", "USERNAMES", "off", "on gives users names to log in with: off or on")
	text(&s.NotifyLogins, "notify-logins", "NOTIFY_LOGINS", "off", "on mails users about logins from new devices: off or on")
	text(&s.ExposeDemo, "expose-demo", "EXPOSE_DEMO", "no", "yes lets everybody who can reach the server read all mails in the outbox and sign in as anybody with the demo provider, also where the address is not a loopback one")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	var err error
	s.Providers, err = providerSettings(getenv)
	return s, errors.Join(s.check(flags.Args()), err)
}

func (s Settings) check(rest []string) error {
	var problems []error
	if len(rest) > 0 {
		problems = append(problems, fmt.Errorf("unknown argument %q", rest[0]))
	}
	if _, _, err := net.SplitHostPort(s.Addr); err != nil {
		problems = append(problems, fmt.Errorf("ADDR is %q, want host:port", s.Addr))
	}
	if s.Secret != "" && len(s.Secret) < secrets.MinLength {
		problems = append(problems, fmt.Errorf("SECRET has %d bytes, want at least %d", len(s.Secret), secrets.MinLength))
	}
	if s.DatabaseURL != "" {
		_, _, err := dataSource(string(s.DatabaseURL))
		problems = append(problems, err)
		if s.MongoURI != "" {
			problems = append(problems, errors.New("MONGODB_URI and DATABASE_URL are both set, want one"))
		}
	}
	if s.RedisURL != "" {
		if _, err := redis.ParseURL(string(s.RedisURL)); err != nil {
			// The driver's error repeats the URL, and so its password.
			problems = append(problems, errors.New("REDIS_URL is not a redis:// URL"))
		}
	}
	problems = append(problems,
		oneOf("WIRE", s.Wire, "v9", "v15"),
		oneOf("LIMITS", s.Limits, "on", "off"),
		oneOf("ASSOCIATE_BY_EMAIL", s.AssociateByEmail, "on", "off"),
		oneOf("EXPOSE_DEMO", s.ExposeDemo, "yes", "no"),
		oneOf("REGISTRATION", s.Registration, "open", "invitation", "closed"),
		oneOf("USERNAMES", s.Usernames, "off", "on"),
		oneOf("NOTIFY_LOGINS", s.NotifyLogins, "off", "on"))
	if (s.SuperuserEmail == "") != (s.SuperuserPassword == "") {
		problems = append(problems, errors.New("SUPERUSER_EMAIL and SUPERUSER_PASSWORD go together"))
	}
	return errors.Join(append(problems, s.checkPublicURL())...)
}

func oneOf(name, value string, values ...string) error {
	if slices.Contains(values, value) {
		return nil
	}
	last := len(values) - 1
	return fmt.Errorf("%s is %q, want %s or %s", name, value, strings.Join(values[:last], ", "), values[last])
}

// checkPublicURL refuses a path too: the page and the cookies are at the root.
func (s Settings) checkPublicURL() error {
	if s.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") ||
		u.User != nil || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(s.PublicURL, "?#") {
		return fmt.Errorf("PUBLIC_URL is %q, want http://… or https:// and a host, without a path", s.PublicURL)
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
		return fmt.Errorf("PUBLIC_URL is %q, want the host in ASCII, as xn--…", s.PublicURL)
	}
	return nil
}

// origins are those of PublicURL, as browsers write them: without the usual port, in
// lower case. A proxy may have given the server another host. If
// PublicURL is at the server's own port there is no other origin to trust.
func (s Settings) origins() []string {
	u, err := url.Parse(s.PublicURL)
	if err != nil || strings.HasSuffix(s.Addr, ":"+u.Port()) {
		return nil
	}
	usual := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	return []string{u.Scheme + "://" + strings.ToLower(strings.TrimSuffix(u.Host, usual))}
}

func (s Settings) wire() routes.Wire {
	if s.Wire == "v15" {
		return ginauth.WireV15
	}
	return ginauth.WireV9
}
