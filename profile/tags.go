package profile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// reservedNames are the names, in JSON and in MongoDB, of ginauth's own fields.
var reservedNames = []string{
	"id", "_id", "password", "oauth_accounts", "email", "email_key", "hashed_password", "is_active", "is_superuser",
	"is_verified", "token_version", "kept_token", "second_factor", "owner_version", "key_version", "roles", "ban", "created_at", "updated_at",
}

// fieldTags are the tags of a struct field, taken apart.
type fieldTags struct {
	jsonName, bsonName   string // "" if the tag gives none
	noJSON, noBSON       bool   // tag "-"
	bsonInline, readOnly bool
	hasJSON, hasBSON     bool
	hasGinauth           bool
	binding              string
	mistakes             []string
}

// parseTags reads the tags of a field. What it does not know is a mistake: an option that were ignored would look as
// if it worked.
func parseTags(field reflect.StructField) fieldTags {
	var t fieldTags
	t.binding = field.Tag.Get("binding")
	t.parseJSON(field.Tag)
	t.parseBSON(field.Tag)
	var value string
	if value, t.hasGinauth = field.Tag.Lookup("ginauth"); t.hasGinauth {
		t.readOnly = value == "readonly"
		if !t.readOnly {
			t.mistake("tag ginauth:%q is unknown, want ginauth:\"readonly\"", value)
		}
	}
	return t
}

func (t *fieldTags) mistake(format string, args ...any) {
	t.mistakes = append(t.mistakes, fmt.Sprintf(format, args...))
}

func (t *fieldTags) parseJSON(tag reflect.StructTag) {
	var text string
	text, t.hasJSON = tag.Lookup("json")
	if t.noJSON = text == "-"; t.noJSON {
		return
	}
	name, options := cutTag(text)
	t.jsonName = name
	if strings.ContainsFunc(name, func(r rune) bool { return !isJSONNameRune(r) }) {
		t.mistake("JSON name %q has characters encoding/json does not take", name)
	}
	for _, option := range options {
		if option != "omitempty" && option != "omitzero" { // without effect: every field is sent
			t.mistake("json option %q is not supported", option)
		}
	}
}

func (t *fieldTags) parseBSON(tag reflect.StructTag) {
	var text string
	text, t.hasBSON = tag.Lookup("bson")
	if t.noBSON = text == "-"; t.noBSON {
		return
	}
	name, options := cutTag(text)
	t.bsonName = name
	if strings.HasPrefix(name, "$") || strings.ContainsAny(name, ".\x00") {
		t.mistake("BSON name %q begins with $ or has a dot or NUL", name)
	}
	for _, option := range options {
		switch option {
		case "inline":
			t.bsonInline = true
		case "omitempty", "minsize", "truncate":
		default:
			t.mistake("bson option %q is not supported", option)
		}
	}
}

// cutTag takes a tag such as "name,option,option" apart.
func cutTag(text string) (name string, options []string) {
	name, rest, found := strings.Cut(text, ",")
	if !found || rest == "" { // encoding/json lets a bare comma follow the name
		return name, nil
	}
	return name, strings.Split(rest, ",")
}

func isJSONNameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r)
}

func isReserved(name string) bool { return slices.Contains(reservedNames, name) }
