package mails

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// good is a configuration without mistakes.
func good() Config {
	return Config{SMTP: "smtp://name:hunter2@mail.example.com", From: "noreply@example.com", AppURL: "https://example.com"}
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no SMTP", func(c *Config) { c.SMTP = "" }, "Config.SMTP is missing"},
		{"SMTP and Sender", func(c *Config) { c.Sender = &Outbox{} }, "Config.SMTP and Config.Sender"},
		{"SMTP is no URL", func(c *Config) { c.SMTP = "smtp://name:hunter2@host:port" }, "Config.SMTP is not of the form"},
		{"SMTP without scheme", func(c *Config) { c.SMTP = "name:hunter2@host:587" }, "Config.SMTP is not of the form"},
		{"SMTP by HTTP", func(c *Config) { c.SMTP = "https://name:hunter2@host" }, "Config.SMTP is not of the form"},
		{"SMTP without host", func(c *Config) { c.SMTP = "smtp://name:hunter2@" }, "Config.SMTP is not of the form"},
		{"SMTP with a broken escape", func(c *Config) { c.SMTP = "smtp://name:hunter2%@host" }, "Config.SMTP is not of the form"},
		{"SMTP with a path", func(c *Config) { c.SMTP = "smtp://name:hunter2@host/hunter2" }, "Config.SMTP has more than"},
		{"SMTP with a fragment", func(c *Config) { c.SMTP = "smtp://host#hunter2" }, "Config.SMTP has more than"},
		{"SMTP with an unknown option", func(c *Config) { c.SMTP = "smtp://host?hunter2=1" }, "Config.SMTP has an option"},
		{"SMTP with two options", func(c *Config) { c.SMTP = "smtp://host?tls=none&tls=starttls" }, "Config.SMTP has an option"},
		{"SMTP with an unknown tls", func(c *Config) { c.SMTP = "smtp://host?tls=hunter2" }, "Config.SMTP has another tls"},
		{"SMTP with an empty tls", func(c *Config) { c.SMTP = "smtp://host?tls=" }, "Config.SMTP has another tls"},
		{"smtps with tls", func(c *Config) { c.SMTP = "smtps://host?tls=none" }, "Config.SMTP has an option"},
		{"SMTP port 0", func(c *Config) { c.SMTP = "smtp://host:0" }, "Config.SMTP has a port"},
		{"SMTP port too big", func(c *Config) { c.SMTP = "smtp://host:65536" }, "Config.SMTP has a port"},
		{"SMTP name only", func(c *Config) { c.SMTP = "smtp://hunter2@host" }, "Config.SMTP has a name or a password"},
		{"SMTP password only", func(c *Config) { c.SMTP = "smtp://:hunter2@host" }, "Config.SMTP has a name or a password"},
		{"no From", func(c *Config) { c.From = "" }, "Config.From is missing"},
		{"From is no address", func(c *Config) { c.From = "noreply" }, "Config.From is"},
		{"two From", func(c *Config) { c.From = "a@example.com, b@example.com" }, "Config.From is"},
		{"From with a line break", func(c *Config) { c.From = "A\r\nBcc: b@example.com <a@example.com>" }, "Config.From is"},
		{"From not ASCII", func(c *Config) { c.From = "grüße@example.com" }, "Config.From is"},
		{"no AppURL", func(c *Config) { c.AppURL = "" }, "Config.AppURL is missing"},
		{"AppURL relative", func(c *Config) { c.AppURL = "/app" }, "Config.AppURL is not"},
		{"AppURL without host", func(c *Config) { c.AppURL = "https://:8080" }, "Config.AppURL is not"},
		{"AppURL of another scheme", func(c *Config) { c.AppURL = "javascript://example.com" }, "Config.AppURL is not"},
		{"AppURL broken", func(c *Config) { c.AppURL = "https://exa mple.com" }, "Config.AppURL is not"},
		{"AppURL with a query", func(c *Config) { c.AppURL = "https://example.com?a=b" }, "Config.AppURL has more"},
		{"AppURL with an empty query", func(c *Config) { c.AppURL = "https://example.com?" }, "Config.AppURL has more"},
		{"AppURL with a fragment", func(c *Config) { c.AppURL = "https://example.com/#/" }, "Config.AppURL has more"},
		{"AppURL with a name", func(c *Config) { c.AppURL = "https://name:hunter2@example.com" }, "Config.AppURL has more"},
		{"AppURL in clear", func(c *Config) { c.AppURL = "http://example.com" }, "Config.AppURL is http://"},
		{"AppURL that looks like this machine", func(c *Config) { c.AppURL = "http://localhost.example.com" }, "Config.AppURL is http://"},
		{"VerifyPath relative", func(c *Config) { c.VerifyPath = "verify" }, `Config.VerifyPath is "verify"`},
		{"ConfirmEmailPath relative", func(c *Config) { c.ConfirmEmailPath = "confirm" }, `Config.ConfirmEmailPath is "confirm"`},
		{"VerifyPath with a fragment", func(c *Config) { c.VerifyPath = "/#/verify" }, "Config.VerifyPath is"},
		{"ResetPath with a query", func(c *Config) { c.ResetPath = "/reset?x=1" }, "Config.ResetPath is"},
		{"ResetPath broken", func(c *Config) { c.ResetPath = "/%zz" }, "Config.ResetPath is"},
		{"Paths with a query", func(c *Config) { c.Paths = map[Kind]string{"x": "/x?y"} }, `Config.Paths["x"] is "/x?y"`},
		{"Paths in their order", func(c *Config) { c.Paths = map[Kind]string{"z": "?", "y": "?", "x": "?", "w": "?"} }, "Config.Paths[\"w\"] is \"?\", want a path that begins with / and has neither ? nor #\n" +
			"Config.Paths[\"x\"] is \"?\", want a path that begins with / and has neither ? nor #\n" +
			"Config.Paths[\"y\"] is \"?\", want a path that begins with / and has neither ? nor #\n" +
			"Config.Paths[\"z\"] is \"?\""},
		{"template broken", func(c *Config) { c.Templates = file("verify.txt", "{{.URL") }, "verify.txt"},
		{"HTML template broken", func(c *Config) { c.Templates = file("reset.html", "{{end}}") }, "reset.html"},
		{"template field misspelt", func(c *Config) { c.Templates = file("reset.txt", "{{.Ulr}}") }, "Ulr"},
		{"template name missing", func(c *Config) { c.Templates = file("reset.html", `{{template "layout.html"}}`) }, "layout.html"},
		{"template name misspelt", func(c *Config) { c.Templates = file("verfy.txt", "{{.URL}}") }, "Config.Templates has none of the files"},
		{"text empty", func(c *Config) { c.Templates = file("reset.txt", " ") }, "comes out empty"},
		{"subject empty", func(c *Config) { c.Templates = file("verify.subject.txt", "") }, "comes out empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := good()
			test.change(&config)
			_, err := New(config)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %q, want no password in it", err)
			}
		})
	}
}

func file(name, text string) fstest.MapFS {
	return fstest.MapFS{name: {Data: []byte(text)}}
}

func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		SMTP: "ftp://host", From: "nobody", AppURL: "example.com", VerifyPath: "x", ResetPath: "y",
		Templates: file("verify.txt", "{{"),
	})
	for _, field := range []string{"SMTP", "From", "AppURL", "VerifyPath", "ResetPath", "Templates"} {
		if !strings.Contains(fmt.Sprint(err), "Config."+field) {
			t.Errorf("got %v, want Config.%s in it", err, field)
		}
	}
}

func TestAppURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		url      string
		insecure bool
		want     string
	}{
		{"plain", "https://example.com", false, "https://example.com/verify"},
		{"slash", "https://example.com/", false, "https://example.com/verify"},
		{"port and path", "https://example.com:8443/app", false, "https://example.com:8443/app/verify"},
		{"scheme in capitals", "HTTPS://example.com", false, "https://example.com/verify"},
		{"this machine by name", "http://localhost:8080", false, "http://localhost:8080/verify"},
		{"this machine by subdomain", "http://app.localhost:8080", false, "http://app.localhost:8080/verify"},
		{"this machine by IPv4", "http://127.0.0.1:8080", false, "http://127.0.0.1:8080/verify"},
		{"this machine by IPv6", "http://[::1]:8080", false, "http://[::1]:8080/verify"},
		{"in clear on purpose", "http://192.0.2.1:8080", true, "http://192.0.2.1:8080/verify"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			hooks, outbox := hooksTo(t, Config{AppURL: test.url, InsecureAppURL: test.insecure})
			if err := hooks.Send(t.Context(), user.Mail{Kind: Verify, To: arthur().Email, Token: "a+b c"}); err != nil {
				t.Fatal(err)
			}
			if got, want := outbox.Messages()[0].URL, test.want+"#token=a%2Bb+c"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestParseServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		url  secrets.Secret
		want server
	}{
		{"defaults", "smtp://mail.example.com", server{host: "mail.example.com", port: "587", security: startTLS}},
		{"slash", "smtp://mail.example.com/", server{host: "mail.example.com", port: "587", security: startTLS}},
		{"implicit TLS", "smtps://mail.example.com", server{host: "mail.example.com", port: "465", security: implicitTLS}},
		{"implicit TLS on this machine", "smtps://localhost:4650", server{host: "localhost", port: "4650", security: implicitTLS, loopback: true}},
		{"port", "smtp://mail.example.com:25", server{host: "mail.example.com", port: "25", security: startTLS}},
		{"password", "smtp://me%40example.com:p%40ss%2Fw%3Ard@mail.example.com",
			server{host: "mail.example.com", port: "587", security: startTLS, name: "me@example.com", password: "p@ss/w:rd"}},
		{"this machine", "smtp://localhost:1025", server{host: "localhost", port: "1025", security: noTLS, loopback: true}},
		{"this machine by IPv6", "smtp://[::1]:1025", server{host: "::1", port: "1025", security: noTLS, loopback: true}},
		{"this machine with TLS", "smtp://127.0.0.1?tls=starttls", server{host: "127.0.0.1", port: "587", security: startTLS, loopback: true}},
		{"in clear on purpose", "smtp://mail:1025?tls=none", server{host: "mail", port: "1025", security: noTLS}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseServer(test.url)
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

func TestTLSConfigIsCopied(t *testing.T) {
	t.Parallel()
	own := &tls.Config{}
	got := server{host: "mail.example.com"}.tlsConfig(own)
	if got.ServerName != "mail.example.com" || own.ServerName != "" {
		t.Errorf("got ServerName %q and the caller's %q, want mail.example.com and empty", got.ServerName, own.ServerName)
	}
	named := server{host: "192.0.2.1"}.tlsConfig(&tls.Config{ServerName: "mail.example.com"})
	if named.ServerName != "mail.example.com" {
		t.Errorf("got ServerName %q, want the caller's", named.ServerName)
	}
	if got := (server{host: "x"}).tlsConfig(nil).MinVersion; got != tls.VersionTLS12 {
		t.Errorf("got MinVersion %d, want TLS 1.2", got)
	}
}

func TestConfigPrintsNoPassword(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%v", "%+v", "%#v"} {
		config := good()
		m, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf(format, config) + fmt.Sprintf(format, m) + fmt.Sprintf(format, *m); strings.Contains(got, "hunter2") {
			t.Errorf("%s: got %s, want no password in it", format, got)
		}
	}
}
