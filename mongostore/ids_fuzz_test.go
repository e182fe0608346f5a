package mongostore

import (
	"regexp"
	"strings"
	"testing"
)

var (
	uuidForm = regexp.MustCompile(`^(?:(?i:urn:uuid:)?U|\{U\}|[0-9a-fA-F]{32})$`)
	hexForm  = regexp.MustCompile(`^[0-9a-fA-F]{24}$`)
	bareUUID = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)
)

// FuzzParseID has IDs as they stand in paths, cursors and tokens: what is taken has
// one of the known forms, becomes the canonical one, and that stays as it is.
func FuzzParseID(f *testing.F) {
	const id = "c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b"
	for _, seed := range []string{
		"", "me", id, strings.ToUpper(id), "{" + id + "}", "urn:uuid:" + id, "URN:UUID:" + id, strings.ReplaceAll(id, "-", ""),
		"(" + id + ")", id + " ", id[:35] + "g", "65a1b2c3d4e5f60718293a4b", "65A1B2C3D4E5F60718293A4B", "65a1b2c3d4e5f60718293a4", "\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		form := bareUUID.ReplaceAllString(text, "U")
		if strings.Count(text, "U") != 0 && form == text {
			form = "" // a U of the client's own
		}
		checkID(t, uuids, text, uuidForm.MatchString(form), 36)
		checkID(t, objectIDs, text, hexForm.MatchString(text), 24)
	})
}

func checkID(t *testing.T, kind idKind, text string, want bool, length int) {
	t.Helper()
	canonical, ok := kind.parse(text)
	if ok != want {
		t.Errorf("parse(%q): got %q, %v, want %v", text, canonical, ok, want)
	}
	_, stored := kind.value(text)
	if !ok {
		if stored {
			t.Errorf("value(%q): got a value of what is no ID", text)
		}
		return
	}
	again, ok := kind.parse(canonical)
	if !ok || again != canonical || len(canonical) != length || canonical != strings.ToLower(canonical) {
		t.Errorf("parse(%q): got %q, which becomes %q", text, canonical, again)
	}
	if stored != (text == canonical) {
		t.Errorf("value(%q): got %v, want %v", text, stored, text == canonical)
	}
}
