package mails

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// languages are the templates of all languages.
type languages struct {
	first  *templates // English, or what the application has in its place
	others map[string]language
}

// language is one other than the first.
type language struct {
	*templates
	kinds []Kind
}

// foldersOf returns the folders of files, each of which has the templates of one language.
func foldersOf(files fs.FS) []string {
	var folders []string
	entries, err := fs.ReadDir(files, ".")
	if err != nil { // found when the templates are read
		return nil
	}
	for _, entry := range entries {
		if entry.IsDir() && isTag(entry.Name()) {
			folders = append(folders, entry.Name())
		}
	}
	return folders
}

// isTag reports whether a name has the form of a language tag (RFC 5646) in lower case,
// such as "de" or "pt-br".
func isTag(name string) bool {
	first, _, _ := strings.Cut(name, "-")
	if len(first) < 2 || len(first) > 3 || len(name) > 35 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
}

// loadLanguages returns the templates of all languages: the built-in ones, those of further
// kinds, and those of own, which may be nil.
func loadLanguages(own fs.FS, further ...fs.FS) (*languages, error) {
	first, _, err := loadTemplates(".", own, further...)
	problems := []error{err}
	l := &languages{first: first, others: map[string]language{}}
	plain, err := fs.Sub(builtIn, "templates")
	problems = append(problems, err)
	sources := append([]fs.FS{plain}, further...)
	if own != nil {
		sources = append(sources, own)
	}
	named := map[string]bool{}
	for _, files := range sources {
		for _, name := range foldersOf(files) {
			named[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		t, kinds, err := loadLanguage(name, own, further)
		if err != nil {
			problems = append(problems, fmt.Errorf("language %s: %w", name, err))
			continue
		}
		l.others[name] = language{t, kinds}
	}
	return l, errors.Join(problems...)
}

func loadLanguage(name string, own fs.FS, further []fs.FS) (*templates, []Kind, error) {
	within := func(files fs.FS) (fs.FS, error) {
		if files == nil {
			return nil, nil
		}
		return fs.Sub(files, name)
	}
	mine, err := within(own)
	problems := []error{err}
	var others []fs.FS
	for _, files := range further {
		sub, err := within(files)
		problems, others = append(problems, err), append(others, sub)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, nil, err
	}
	return loadTemplates(name, mine, others...)
}

// of returns the templates of a kind in the language of a tag, in the one that the tag's
// first parts name, or else in the first language.
func (l *languages) of(tag string, kind Kind) (t *templates, name string) {
	tag = strings.ReplaceAll(strings.ToLower(tag), "_", "-")
	for tag != "" {
		if found, ok := l.others[tag]; ok && slices.Contains(found.kinds, kind) {
			return found.templates, tag
		}
		cut := strings.LastIndexByte(tag, '-')
		if cut < 0 {
			break
		}
		tag = tag[:cut]
	}
	return l.first, ""
}
