package contract

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// hostileFile is the cases of one subject.
type hostileFile struct {
	name string
	// strict says that they are for an application with the options of the full bar.
	strict bool
	cases  []hostileCase
}

// hostileCase is one request and what must come of it.
type hostileCase struct {
	name string
	// line is the request line without protocol, headers the lines after it.
	line    string
	headers []string
	// payload is the body, nil for none.
	payload *string

	status int
	body   string
	// effects are what changes in the store, mails what is mailed, and headersSet
	// what the answer has of Set-Cookie and Location.
	effects, mails, answered []string
}

func hostileFiles(t *testing.T) []hostileFile {
	t.Helper()
	paths, err := filepath.Glob("testdata/hostile/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	var files []hostileFile
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		f := hostileFile{name: name, strict: strings.HasPrefix(name, "full-bar")}
		for i, part := range strings.Split("\n"+string(text), "\n=== ") {
			if i == 0 {
				continue // what the file is about
			}
			c := parseHostile(t, path, part)
			if names[name+": "+c.name] {
				t.Fatalf("%s: there are two cases %q", path, c.name)
			}
			names[name+": "+c.name] = true
			f.cases = append(f.cases, c)
		}
		files = append(files, f)
	}
	return files
}

// parseHostile reads a case: its name, the request as it travels (without protocol
// and Content-Length), a line "--- STATUS", the answer's body, and lines "> …" for
// everything else that happens.
func parseHostile(t *testing.T, path, text string) hostileCase {
	t.Helper()
	name, rest, _ := strings.Cut(text, "\n")
	request, answer, found := strings.Cut(rest, "\n--- ")
	if !found {
		t.Fatalf("%s: %s: no line with the status", path, name)
	}
	head, payload, hasPayload := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	c := hostileCase{name: name, line: lines[0], headers: lines[1:]}
	if hasPayload {
		c.payload = &payload
	}
	lines = strings.Split(strings.TrimRight(answer, "\n"), "\n")
	var err error
	if c.status, err = strconv.Atoi(lines[0]); err != nil {
		t.Fatalf("%s: %s: %v", path, name, err)
	}
	var body []string
	for _, line := range lines[1:] {
		effect, found := strings.CutPrefix(line, "> ")
		switch kind, what, _ := strings.Cut(effect, " "); {
		case !found:
			body = append(body, line)
		case kind == "mail":
			c.mails = append(c.mails, what)
		case kind == "set" || kind == "clear" || kind == "location":
			c.answered = append(c.answered, effect)
		default:
			c.effects = append(c.effects, effect)
		}
	}
	c.body = strings.Join(body, "\n")
	return c
}
