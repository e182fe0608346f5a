package mails

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"
)

//go:embed templates
var builtIn embed.FS

// maxSubject bounds a subject, in code points: a header line ends at 998 bytes.
const maxSubject = 200

// templates are the templates of all kinds in one language.
type templates struct {
	text *texttemplate.Template
	html *htmltemplate.Template
}

func subjectFile(k Kind) string { return string(k) + ".subject.txt" }
func textFile(k Kind) string    { return string(k) + ".txt" }
func htmlFile(k Kind) string    { return string(k) + ".html" }

// loadTemplates returns the built-in templates of a folder with those of further kinds and
// then those of own, which may be nil, over them. The folder "." has the first language.
func loadTemplates(folder string, own fs.FS, further ...fs.FS) (*templates, []Kind, error) {
	plain, err := fs.Sub(builtIn, path.Join("templates", folder))
	if err != nil {
		return nil, nil, err
	}
	all := map[string]string{}
	for _, files := range append([]fs.FS{plain}, further...) {
		sources, err := readSources(files)
		if err != nil {
			return nil, nil, fmt.Errorf("Config.Kinds: %w", err)
		}
		maps.Copy(all, sources)
	}
	sources, err := ownSources(folder, own, all)
	if err != nil {
		return nil, nil, err
	}
	usesProfile := slices.ContainsFunc(slices.Collect(maps.Values(sources)), func(source string) bool {
		return strings.Contains(source, ".Profile")
	})
	maps.Copy(all, sources)
	t, err := parseTemplates(all)
	if err != nil || usesProfile {
		// The type of the profile is not known here, so a trial would fail without a
		// mistake.
		return t, kindsOf(all), err
	}
	return t, kindsOf(all), t.try(kindsOf(all))
}

// kindsOf returns the kinds that have a subject, sorted.
func kindsOf(sources map[string]string) []Kind {
	var kinds []Kind
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if kind, is := strings.CutSuffix(name, subjectFile("")); is {
			kinds = append(kinds, Kind(kind))
		}
	}
	return kinds
}

// ownSources reads the application's templates of a folder. If it has none of the names in
// known in the first language, and no folder of another one, that is a mistake: the files
// would be silently ignored.
func ownSources(folder string, own fs.FS, known map[string]string) (map[string]string, error) {
	if own == nil {
		return nil, nil
	}
	sources, err := readSources(own)
	if err != nil {
		return nil, fmt.Errorf("Config.Templates: %w", err)
	}
	if folder != "." || len(foldersOf(own)) > 0 {
		return sources, nil
	}
	for name := range sources {
		if _, found := known[name]; found {
			return sources, nil
		}
	}
	names := slices.Sorted(maps.Keys(known))
	return nil, fmt.Errorf("Config.Templates has none of the files %s", strings.Join(names, ", "))
}

// readSources returns the texts of the .txt and .html files in files, by name.
func readSources(files fs.FS) (map[string]string, error) {
	sources := map[string]string{}
	for _, pattern := range []string{"*.txt", "*.html"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			source, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			sources[name] = string(source)
		}
	}
	return sources, nil
}

func parseTemplates(sources map[string]string) (*templates, error) {
	t := &templates{text: texttemplate.New(""), html: htmltemplate.New("")}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		source := sources[name]
		if strings.TrimSpace(source) == "" {
			source = `{{""}}` // the template packages treat an empty text as a missing template
		}
		var err error
		if strings.HasSuffix(name, ".html") {
			_, err = t.html.New(name).Parse(source)
		} else {
			_, err = t.text.New(name).Parse(source)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("Config.Templates: %w", err))
		}
	}
	return t, errors.Join(problems...)
}

// try renders every kind once, so that a misspelt field or a missing template is
// reported by New and not at the first mail.
func (t *templates) try(kinds []Kind) error {
	var problems []error
	for _, kind := range kinds {
		err := t.render(&Message{Kind: kind}, Data{
			AppName: "Example", URL: "https://example.com/page#token=token", Token: "token",
			Code: "123456", Email: "somebody@example.com", Lifetime: Lifetime(time.Hour),
			At: time.Unix(0, 0).UTC(), IP: "192.0.2.1", Device: "Firefox on Linux", Browser: "Firefox", System: "Linux",
		})
		if err != nil {
			problems = append(problems, fmt.Errorf("Config.Templates: %w", err))
		}
	}
	return errors.Join(problems...)
}

// render fills in subject and bodies of m.
func (t *templates) render(m *Message, data Data) error {
	var subject string
	parts := []struct {
		file     string
		template interface {
			ExecuteTemplate(w io.Writer, name string, data any) error
		}
		target *string
	}{
		{subjectFile(m.Kind), t.text, &subject},
		{textFile(m.Kind), t.text, &m.Text},
		{htmlFile(m.Kind), t.html, &m.HTML},
	}
	for _, part := range parts {
		var b strings.Builder
		if err := part.template.ExecuteTemplate(&b, part.file, data); err != nil {
			return fmt.Errorf("mails: %w", err)
		}
		*part.target = b.String()
	}
	m.Subject = oneLine(subject)
	if strings.TrimSpace(m.HTML) == "" {
		m.HTML = ""
	}
	if m.Subject == "" || strings.TrimSpace(m.Text) == "" {
		return fmt.Errorf("mails: %s or %s comes out empty", subjectFile(m.Kind), textFile(m.Kind))
	}
	return nil
}

// oneLine makes a header's value of a text: a line break in it, which may come from
// a user's profile, must not begin another header.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxSubject {
		text = string(runes[:maxSubject-1]) + "…"
	}
	return text
}
