package mails

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ginauth/ginauth/user"
)

// shipped are the languages that are built in.
var shipped = []string{"de"}

// Every kind of mail that a package declares has all its templates in every language.
func TestEveryKindHasEveryLanguage(t *testing.T) {
	t.Parallel()
	declared := regexp.MustCompile(`MailKind = "([a-z-]+)"`)
	kinds := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		slashed := filepath.ToSlash(path)
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(slashed, "../example") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range declared.FindAllStringSubmatch(string(text), -1) {
			kinds++
			for _, folder := range append([]string{"."}, shipped...) {
				for _, file := range []string{subjectFile(Kind(match[1])), textFile(Kind(match[1])), htmlFile(Kind(match[1]))} {
					if _, err := fs.Stat(builtIn, filepath.ToSlash(filepath.Join("templates", folder, file))); err != nil {
						t.Errorf("%s: mails/templates/%s/%s is missing", slashed, folder, file)
					}
				}
			}
		}
		return err
	})
	if err != nil || kinds < 14 {
		t.Errorf("found %d kinds, %v", kinds, err)
	}
}

// All templates have the same links and conditions in every language.
func TestLanguagesAgree(t *testing.T) {
	t.Parallel()
	outbox := &Outbox{}
	m, err := New(Config{Sender: outbox, AppURL: "https://example.com", AppName: "Round Table", Locale: func(*user.User) string { return "de_CH" }})
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := fs.Sub(builtIn, "templates")
	sources, err := readSources(plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kindsOf(sources) {
		mail := user.Mail{
			Kind: kind, To: arthur().Email, User: arthur(), Token: "TOKEN-text", Code: "123456", Lifetime: 90 * time.Minute, Left: 1, At: testTime, IP: "192.0.2.1",
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0 <b>https://evil.example</b>",
		}
		message, err := m.write(mail)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		mail.User = nil
		english, err := m.write(mail)
		if err != nil || english.Language != "" || message.Language != "de" || english.Subject == message.Subject || english.Text == message.Text {
			t.Errorf("%s: got the languages %q and %q, %v", kind, english.Language, message.Language, err)
		}
		for _, part := range []struct{ name, german, english string }{{"text", message.Text, english.Text}, {"HTML", message.HTML, english.HTML}} {
			for _, fact := range []string{message.URL, "123", "192.0.2.1", "15:04", "04:06", "Firefox", "90 ", "king.arthur", "Round Table", "evil"} {
				if strings.Contains(part.german, fact) != strings.Contains(part.english, fact) {
					t.Errorf("%s: %s: %q is in one language only", kind, part.name, fact)
				}
			}
			if strings.Contains(part.german, "evil") {
				t.Errorf("%s: what the client sent is in the mail", kind)
			}
		}
		if !strings.Contains(message.HTML, `<html lang="de">`) {
			t.Errorf("%s: the HTML is not marked as German", kind)
		}
	}
}

func TestLocale(t *testing.T) {
	t.Parallel()
	templates := fstest.MapFS{
		"fr/verify.subject.txt": {Data: []byte("Confirmez")}, "fr/verify.txt": {Data: []byte("{{.URL}}")}, "fr/verify.html": {Data: []byte("")},
		"de-ch/verify.subject.txt": {Data: []byte("Grüezi")}, "de-ch/verify.txt": {Data: []byte("{{.URL}}")}, "de-ch/verify.html": {Data: []byte("")},
		"pictures of ours/README.txt": {Data: []byte("{{not a template")},
	}
	for _, test := range []struct{ tag, kind, language string }{
		{"", "verify", ""}, {"en", "verify", ""}, {"de", "verify", "de"}, {"de-AT", "verify", "de"}, {"DE_ch", "verify", "de-ch"}, {"de-CH-1996", "verify", "de-ch"},
		{"de-CH", "reset", "de"}, {"fr-CA", "verify", "fr"}, {"fr", "reset", ""}, {"tlh", "verify", ""}, {"../../x", "verify", ""}, {strings.Repeat("-", 5000), "verify", ""},
	} {
		m, err := New(Config{Sender: &Outbox{}, AppURL: "https://example.com", Templates: templates, Locale: func(*user.User) string { return test.tag }})
		if err != nil {
			t.Fatal(err)
		}
		message, err := m.write(tokenMail(Kind(test.kind), arthur()))
		if err != nil || message.Language != test.language {
			t.Errorf("%.20q: got %q, %v, want %q", test.tag, message.Language, err, test.language)
		}
	}
}

// A mistake in one language is found when the Mailer is made.
func TestLanguageWithMistake(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Sender: &Outbox{}, AppURL: "https://example.com", Templates: fstest.MapFS{"fr/verify.subject.txt": {Data: []byte("{{.Nom}}")}}})
	if err == nil || !strings.Contains(err.Error(), "language fr: Config.Templates") {
		t.Errorf("got %v", err)
	}
}

func TestLifetimeUnits(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration]string{
		time.Hour: "1 hour", 90 * time.Minute: "90 minutes", 48 * time.Hour: "2 days", 90 * time.Second: "90 seconds", 1500 * time.Millisecond: "1 second", 0: "0s",
	} {
		if got := Lifetime(length).String(); got != want {
			t.Errorf("%v: got %s, want %s", length, got, want)
		}
	}
	if !slices.Contains(shipped, "de") {
		t.Error("German is shipped")
	}
}
