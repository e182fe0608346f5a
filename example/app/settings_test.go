package app

import (
	"errors"
	"flag"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
)

// environment returns a getenv of these variables.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestSettingsByDefault(t *testing.T) {
	t.Parallel()
	got, err := ParseSettings(nil, environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Addr: "127.0.0.1:8080", DataDir: "./ginauth-data", Wire: "v9", Limits: "on", AssociateByEmail: "off", ExposeDemo: "no", Registration: "open", Usernames: "off", NotifyLogins: "off",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	variables := map[string]string{
		"ADDR":               "0.0.0.0:9000",
		"DATA_DIR":           "/var/lib/example",
		"MONGODB_URI":        "mongodb://db/app",
		"REDIS_URL":          "redis://cache:6379/0",
		"SECRET":             strings.Repeat("s", 32),
		"WIRE":               "v15",
		"SUPERUSER_EMAIL":    "king.arthur@camelot.bt",
		"SUPERUSER_PASSWORD": "excalibur",
		"SMTP_URL":           "smtp://localhost:2525",
		"PUBLIC_URL":         "https://camelot.bt",
		"LIMITS":             "off",
		"ASSOCIATE_BY_EMAIL": "on",
		"EXPOSE_DEMO":        "yes",
		"REGISTRATION":       "invitation",
		"NOTIFY_LOGINS":      "on",
	}
	want := Settings{
		Addr: "0.0.0.0:9000", DataDir: "/var/lib/example", MongoURI: "mongodb://db/app", RedisURL: "redis://cache:6379/0",
		Secret: "ssssssssssssssssssssssssssssssss", Wire: "v15", SuperuserEmail: "king.arthur@camelot.bt", SuperuserPassword: "excalibur",
		SMTPURL: "smtp://localhost:2525", PublicURL: "https://camelot.bt", Limits: "off", AssociateByEmail: "on",
		ExposeDemo: "yes", Registration: "invitation", Usernames: "off", NotifyLogins: "on",
	}
	flags := []string{
		"-addr", "0.0.0.0:9000", "-data", "/var/lib/example", "-mongodb-uri", "mongodb://db/app", "-redis-url", "redis://cache:6379/0",
		"-secret", strings.Repeat("s", 32), "-wire", "v15", "-superuser-email", "king.arthur@camelot.bt", "-superuser-password", "excalibur",
		"-smtp-url", "smtp://localhost:2525", "-public-url", "https://camelot.bt", "-limits", "off", "-associate-by-email", "on",
		"-expose-demo", "yes", "-registration", "invitation", "-notify-logins", "on",
	}
	others := map[string]string{
		"ADDR": "x", "DATA_DIR": "x", "MONGODB_URI": "x", "REDIS_URL": "x", "SECRET": "x", "WIRE": "x", "SUPERUSER_EMAIL": "x",
		"SUPERUSER_PASSWORD": "x", "SMTP_URL": "x", "PUBLIC_URL": "x", "LIMITS": "x", "ASSOCIATE_BY_EMAIL": "x", "EXPOSE_DEMO": "x",
	}
	tests := []struct {
		name string
		args []string
		env  map[string]string
	}{
		{"environment", nil, variables},
		{"flags", flags, nil},
		{"flags before the environment", flags, others},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseSettings(test.args, environment(test.env))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestMistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := ParseSettings([]string{"serve"}, environment(map[string]string{
		"ADDR":               "8080",
		"REDIS_URL":          "http://user:hidden@cache",
		"SECRET":             "too short",
		"WIRE":               "v10",
		"LIMITS":             "maybe",
		"ASSOCIATE_BY_EMAIL": "yes",
		"EXPOSE_DEMO":        "on",
		"SUPERUSER_EMAIL":    "king.arthur@camelot.bt",
		"PUBLIC_URL":         "camelot.bt",
		"GITHUB_CLIENT_ID":   "id",
		"GITLAB_CLIENT_ID":   "id",
	}))
	if err == nil {
		t.Fatal("got no error")
	}
	want := []string{
		`unknown argument "serve"`,
		`ADDR is "8080", want host:port`,
		`SECRET has 9 bytes, want at least 32`,
		`REDIS_URL is not a redis:// URL`,
		`WIRE is "v10", want v9 or v15`,
		`LIMITS is "maybe", want on or off`,
		`ASSOCIATE_BY_EMAIL is "yes", want on or off`,
		`EXPOSE_DEMO is "on", want yes or no`,
		`SUPERUSER_EMAIL and SUPERUSER_PASSWORD go together`,
		`PUBLIC_URL is "camelot.bt", want http://… or https:// and a host, without a path`,
		`GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET go together`,
		`GITLAB_CLIENT_ID and GITLAB_CLIENT_SECRET go together`,
	}
	if got := strings.Split(err.Error(), "\n"); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDatabaseURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"postgres://arthur:excalibur@db/app": "",
		"postgresql://db/app":                "",
		"sqlite:///var/lib/app/users.db":     "",
		"mysql://arthur:excalibur@db/app":    "want postgres://… or sqlite:///path",
		"sqlite://users.db":                  "want postgres://… or sqlite:///path",
		"://excalibur":                       "DATABASE_URL is not a URL",
	} {
		_, err := ParseSettings(nil, environment(map[string]string{"DATABASE_URL": url}))
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "excalibur")) {
			t.Errorf("%s: got error %v, want %q", url, err, want)
		}
	}
	_, err := ParseSettings(nil, environment(map[string]string{"DATABASE_URL": "postgres://db", "MONGODB_URI": "mongodb://db"}))
	if err == nil {
		t.Error("two databases: got no error")
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url  string
		good bool
	}{
		{"https://camelot.bt", true},
		{"http://127.0.0.1:8080/", true},
		{"https://camelot.bt/app", false},
		{"https://camelot.bt?x", false},
		{"https://camelot.bt#x", false},
		{"https://king@camelot.bt", false},
		{"ftp://camelot.bt", false},
		{"https://", false},
	}
	for _, test := range tests {
		_, err := ParseSettings([]string{"-public-url", test.url}, environment(nil))
		if (err == nil) != test.good {
			t.Errorf("%s: got error %v, want accepted: %v", test.url, err, test.good)
		}
	}
}

func TestProviderSettings(t *testing.T) {
	t.Parallel()
	got, err := ParseSettings(nil, environment(map[string]string{
		"GITHUB_CLIENT_ID": "hub", "GITHUB_CLIENT_SECRET": "1",
		"MICROSOFT_CLIENT_ID": "soft", "MICROSOFT_CLIENT_SECRET": "2", "MICROSOFT_TENANT": "camelot.bt",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := []ProviderSettings{
		{Name: "github", ClientID: "hub", ClientSecret: "1"},
		{Name: "microsoft", ClientID: "soft", ClientSecret: "2", Issuer: "camelot.bt"},
	}
	if !reflect.DeepEqual(got.Providers, want) {
		t.Errorf("got %+v, want %+v", got.Providers, want)
	}
}

// The help is printed to standard error, which only one test may take over.
func TestHelpShowsNoSecret(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = write
	_, helpErr := ParseSettings([]string{"-h"}, environment(map[string]string{
		"SECRET": "secret-1", "SUPERUSER_PASSWORD": "secret-2", "MONGODB_URI": "mongodb://a:secret-3@b", "REDIS_URL": "redis://a:secret-4@b",
		"SMTP_URL": "smtp://a:secret-5@b",
	}))
	os.Stderr = stderr
	_ = write.Close()
	help, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(helpErr, flag.ErrHelp) {
		t.Errorf("got error %v, want flag.ErrHelp", helpErr)
	}
	if !strings.Contains(string(help), "-public-url") || !strings.Contains(string(help), "$PUBLIC_URL") {
		t.Errorf("help: got %s, want -public-url and $PUBLIC_URL in it", help)
	}
	if strings.Contains(string(help), "secret-") {
		t.Errorf("help: got a secret in it: %s", help)
	}
}

func TestPublicURLIsASCII(t *testing.T) {
	t.Parallel()
	_, err := ParseSettings(nil, environment(map[string]string{"PUBLIC_URL": "https://bücher.example"}))
	if want := `PUBLIC_URL is "https://bücher.example", want the host in ASCII, as xn--…`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
