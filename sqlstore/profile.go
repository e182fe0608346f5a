package sqlstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth is how deep a profile may be nested; SQLite reads no JSON that is deeper than
// 1000.
const maxDepth = 500

// maxExponent bounds the numbers in a profile, which PostgreSQL stores with all their
// digits.
const maxExponent = 1000

var errProfile = errors.New("the profile has a value that a database cannot store as JSON")

// ReadBack implements [user.ReadBackStore]. What one engine cannot store both refuse: half
// of a surrogate pair, and numbers with more than a thousand digits.
func (s *Store) ReadBack(profile any) (any, error) {
	if s.profile == nil {
		return nil, nil
	}
	stored, err := s.encoded(profile)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: read profile back: %w", err)
	}
	return s.profile.DecodeStored(unescapedJSON([]byte(stored)))
}

// encoded returns a profile as the JSON object that is stored.
func (s *Store) encoded(profile any) (string, error) {
	if s.profile == nil {
		if profile != nil {
			return "", fmt.Errorf("profile is a %T, but the store was opened without WithProfile", profile)
		}
		return "{}", nil
	}
	object, err := s.profile.EncodeStored(profile, nil)
	if err != nil {
		return "", err
	}
	return storedJSON(object)
}

// members returns the members of a profile that keys name, as they are stored.
func (s *Store) members(profile any, keys []string) (map[string]json.RawMessage, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	object, err := s.encoded(profile)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &all); err != nil {
		return nil, err
	}
	named := map[string]json.RawMessage{}
	for _, key := range keys {
		stored := escapes.Replace(key)
		member, ok := all[stored]
		if !ok {
			return nil, fmt.Errorf("the profile has no field %q", key)
		}
		named[stored] = member
	}
	return named, nil
}

// storedJSON returns JSON as PostgreSQL's jsonb has it, but for the order of members: the
// last of members with one name, and no negative zero. Texts have the escapes of [name].
func storedJSON(text []byte) (string, error) {
	if !onlyCharacters(text) {
		return "", errProfile
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	value, ok := storedValue(value, 0)
	if !ok {
		return "", errProfile
	}
	var stored strings.Builder
	encoder := json.NewEncoder(&stored)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(stored.String(), "\n"), err
}

func storedValue(value any, depth int) (any, bool) {
	if depth > maxDepth {
		return nil, false
	}
	ok := true
	switch value := value.(type) {
	case string:
		return escapes.Replace(value), true
	case json.Number:
		return storedNumber(value)
	case []any:
		for i := range value {
			if value[i], ok = storedValue(value[i], depth+1); !ok {
				return nil, false
			}
		}
	case map[string]any:
		stored := make(map[string]any, len(value))
		for key := range value {
			if stored[escapes.Replace(key)], ok = storedValue(value[key], depth+1); !ok {
				return nil, false
			}
		}
		return stored, true
	}
	return value, true
}

// jsonOne is how both engines and package json write U+0001 in a text of JSON, with which
// all escapes of [name] begin.
var jsonOne = []byte(`\u0001`)

// unescapedJSON takes the escapes of [name] out of JSON that was stored.
func unescapedJSON(text []byte) []byte {
	if !bytes.Contains(text, jsonOne) {
		return text
	}
	var plain bytes.Buffer
	for len(text) > 0 {
		size := 1
		if text[0] == '\\' && len(text) > 1 {
			size = 2
		}
		if bytes.HasPrefix(text, jsonOne) {
			switch rest := text[len(jsonOne):]; {
			case bytes.HasPrefix(rest, jsonOne):
				plain.Write(jsonOne)
				text = rest[len(jsonOne):]
				continue
			case bytes.HasPrefix(rest, []byte(`\u0002`)):
				plain.WriteString(`\u0000`)
				text = rest[len(jsonOne):]
				continue
			}
		}
		plain.Write(text[:size])
		text = text[size:]
	}
	return plain.Bytes()
}

func storedNumber(number json.Number) (json.Number, bool) {
	digits, exponent, _ := strings.Cut(strings.ToLower(string(number)), "e")
	if exponent != "" {
		if n, err := strconv.Atoi(exponent); err != nil || n > maxExponent || n < -maxExponent {
			return "", false
		}
	}
	if len(digits) > maxExponent {
		return "", false
	}
	if strings.HasPrefix(digits, "-") && strings.Trim(digits, "-0.") == "" {
		return number[1:], true
	}
	return number, true
}

// onlyCharacters reports whether all escapes in a JSON text stand for characters:
// surrogates are in pairs.
func onlyCharacters(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		code, ok := escapeAt(text, i)
		switch {
		case !ok: // another escape, such as \n
		case code >= 0xDC00 && code <= 0xDFFF:
			return false
		case code >= 0xD800 && code <= 0xDBFF:
			low, ok := uint64(0), i+5 < len(text) && text[i+5] == '\\'
			if ok {
				low, ok = escapeAt(text, i+6)
			}
			if !ok || low < 0xDC00 || low > 0xDFFF {
				return false
			}
			i += 10
		}
	}
	return true
}

// escapeAt reads the u0000 of an escape.
func escapeAt(text []byte, i int) (code uint64, ok bool) {
	if i+4 >= len(text) || text[i] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(string(text[i+1:i+5]), 16, 32)
	return code, err == nil
}
