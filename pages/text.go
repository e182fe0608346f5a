package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"
)

// lingua is one language: texts by their keys. English has those that it lacks.
type lingua struct {
	tag     string
	texts   map[string]string
	english map[string]string
}

// say returns a text, with args in the places of its %s and %d. A key without a text is
// returned as it is, so that it is seen.
func (l *lingua) say(key string, args ...any) string {
	text, ok := l.find(key)
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

func (l *lingua) find(key string) (string, bool) {
	if text, ok := l.texts[key]; ok {
		return text, true
	}
	text, ok := l.english[key]
	return text, ok
}

// linguas are the languages that the pages speak, English first.
type linguas struct {
	all     []*lingua
	matcher language.Matcher
}

// choose returns the language of a request.
func (l linguas) choose(by func(*gin.Context) string, c *gin.Context) *lingua {
	if by != nil {
		if wanted := by(c); wanted != "" {
			if tag, err := language.Parse(wanted); err == nil {
				if _, i, confidence := l.matcher.Match(tag); confidence > language.No {
					return l.all[i]
				}
			}
		}
	}
	header := c.GetHeader("Accept-Language")
	if len(header) > 500 {
		header = ""
	}
	_, i := language.MatchStrings(l.matcher, header)
	return l.all[i]
}

const english = "en"

// readLanguages reads languages/*.json of each of files. Of two files of one language the
// later one replaces the texts that it has.
func readLanguages(files ...fs.FS) (linguas, error) {
	byTag := map[string]*lingua{}
	var problems []error
	for _, f := range files {
		names, err := fs.Glob(f, "languages/*.json")
		problems = append(problems, err)
		for _, name := range names {
			one, err := readLanguage(f, name)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			if before := byTag[one.tag]; before != nil {
				maps.Copy(before.texts, one.texts)
				continue
			}
			byTag[one.tag] = one
		}
	}
	if err := errors.Join(problems...); err != nil {
		return linguas{}, err
	}
	l := linguas{all: []*lingua{byTag[english]}}
	delete(byTag, english)
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		l.all = append(l.all, byTag[tag])
	}
	return l, errors.Join(l.complete()...)
}

func readLanguage(files fs.FS, name string) (*lingua, error) {
	tag := strings.TrimSuffix(path.Base(name), ".json")
	if _, err := language.Parse(tag); err != nil {
		return nil, fmt.Errorf("Config.Files: %s is not named after a language, as de.json is", name)
	}
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("Config.Files: %w", err)
	}
	one := &lingua{tag: tag, texts: map[string]string{}}
	if err := json.Unmarshal(content, &one.texts); err != nil {
		return nil, fmt.Errorf("Config.Files: %s: %w", name, err)
	}
	return one, nil
}

// placeholder is what a text has a value put in for.
var placeholder = regexp.MustCompile(`%(\[\d+\])?[sd]`)

// complete gives every language English for what it lacks, and compares their
// placeholders.
func (l *linguas) complete() []error {
	var problems []error
	var tags []language.Tag
	base := l.all[0].texts
	for _, one := range l.all {
		one.english = base
		tags = append(tags, language.Make(one.tag))
		for _, key := range slices.Sorted(maps.Keys(one.texts)) {
			want, known := base[key]
			if known && len(placeholder.FindAllString(one.texts[key], -1)) != len(placeholder.FindAllString(want, -1)) {
				problems = append(problems, fmt.Errorf("Config.Files: languages/%s.json: %q has other placeholders than %q", one.tag, key, want))
			}
		}
	}
	l.matcher = language.NewMatcher(tags)
	return problems
}
