package routes

import (
	"fmt"
	"strings"
	"testing"
)

func TestMalformedJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body           string
		offset, line, column int
	}{
		{"word", `hello`, 0, 1, 1},
		{"white space", " \n\t ", 4, 2, 3},
		{"one space", " ", 1, 1, 2},
		{"line break", "\n", 1, 2, 1},
		{"byte order mark", "\ufeff{}", 0, 1, 1},
		{"cut off in the object", `{`, 1, 1, 2},
		{"cut off after a key", `{"email"`, 8, 1, 9},
		{"cut off after the colon", `{"email":`, 9, 1, 10},
		{"cut off in a string", `{"email":"a`, 11, 1, 12},
		{"cut off in a literal", `nul`, 3, 1, 4},
		{"trailing comma", `{"email":"a",}`, 12, 1, 13},
		{"trailing comma in a list", `{"x":[1,]}`, 7, 1, 8},
		{"trailing comma in an object", `{"x":{"y":1,}}`, 11, 1, 12},
		{"no colon", `{"email" "a"}`, 9, 1, 10},
		{"no comma", `{"a":1 "b":2}`, 7, 1, 8},
		{"key without quotes", `{email:"a"}`, 1, 1, 2},
		{"number as a key", `{1:2}`, 1, 1, 2},
		{"single quotes", `{'email':1}`, 1, 1, 2},
		{"leading zero", `{"a":01}`, 6, 1, 7},
		{"NaN", `{"a":NaN}`, 5, 1, 6},
		{"comment", `{/*x*/}`, 1, 1, 2},
		{"bad escape", `{"a":"\q"}`, 6, 1, 7},
		{"half an escape", `{"a":"\u12"}`, 6, 1, 7},
		{"control character", "{\"a\":\"\n\"}", 6, 1, 7},
		{"NUL between tokens", "{\"a\":1\x00}", 6, 1, 7},
		{"wrong bracket", `{"a":1]`, 6, 1, 7},
		{"second line", "{\n  \"a\": x\n}", 9, 2, 8},
		{"carriage return is no line", "{\r\n\r\n!", 5, 3, 1},
		{"columns are bytes", `{"é":x}`, 6, 1, 7},
		{"key twice", `{"email":"a","email":"b"}`, 13, 1, 14},
		{"key twice, once escaped", `{"email":"a","\u0065mail":"b"}`, 13, 1, 14},
		{"unknown key twice", `{"zz":1,"zz":1}`, 8, 1, 9},
		{"key twice deep inside", `{"zz":[{"y":1,"y":2}]}`, 14, 1, 15},
		{"second value", `{} {}`, 3, 1, 4},
		{"second value at once", `{}[]`, 2, 1, 3},
		{"second value, malformed", `{} x`, 3, 1, 4},
		{"second value on a new line", "{}\n\n  1", 6, 3, 3},
		{"second value after null", `null null`, 5, 1, 6},
		{"comma after the value", `{},`, 2, 1, 3},
		{"brace too many", `{}}`, 2, 1, 3},
		{"before invalid UTF-8", "{\"email\":\"\xff\",}", 12, 1, 13},
		{"invalid UTF-8 between tokens", "{\xff}", 1, 1, 2},
		{"invalid UTF-8 after the value", "{}\xff", 2, 1, 3},
		{"lone surrogate and a second value", `{"a":"\ud800"}{}`, 14, 1, 15},
		{"nested too deep", strings.Repeat("[", 10_001), 10_000, 1, 10_001},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			message := fmt.Sprintf("%d: Invalid JSON: line %d column %d (char %d) (value_error.jsondecode)",
				tt.offset, tt.line, tt.column, tt.offset)
			v9, v15 := newDecoder(WireV9, nil), newDecoder(WireV15, nil)
			_, err := v9.register(jsonRequest(tt.body))
			wantTold(t, err, message)
			_, err = v9.login(jsonRequest(tt.body), false)
			wantTold(t, err, message)
			_, err = v15.reset(jsonRequest(tt.body))
			wantTold(t, err, fmt.Sprintf("%d: JSON decode error (json_invalid)", tt.offset))
		})
	}
}

func TestInvalidUTF8(t *testing.T) {
	t.Parallel()
	const badEmail = "email: value is not a valid email address (value_error.email)"
	tests := []struct{ name, body, want string }{
		{"in the e-mail", "{\"email\":\"a\xff@camelot.bt\",\"password\":\"x\"}", badEmail},
		{"lone surrogate in the e-mail", `{"email":"\ud800@camelot.bt","password":"x"}`, badEmail},
		{"lone low surrogate in the e-mail", `{"email":"\udc00@camelot.bt","password":"x"}`, badEmail},
		{"surrogates in the wrong order", `{"email":"\ude00\ud83d@camelot.bt","password":"x"}`, badEmail},
		{"overlong", "{\"email\":\"\xc0\xaf@camelot.bt\",\"password\":\"x\"}", badEmail},
		{"surrogate as bytes", "{\"email\":\"\xed\xa0\x80@camelot.bt\",\"password\":\"x\"}", badEmail},
		{"in the e-mail, key escaped", "{\"\\u0065mail\":\"\xff\",\"password\":\"x\"}", badEmail},
		{"in the e-mail, with other mistakes", "{\"email\":\"\xff\",\"password\":1}", badEmail + "\npassword: str type expected (type_error.str)"},
		{"in the password", "{\"email\":\"a@camelot.bt\",\"password\":\"\xff\"}", "400"},
		{"lone surrogate in the password", `{"email":"a@camelot.bt","password":"\ud800"}`, "400"},
		{"in both", "{\"email\":\"\xff\",\"password\":\"\xff\"}", "400"},
		{"in an unknown field", "{\"email\":\"a@camelot.bt\",\"password\":\"x\",\"zz\":\"\xff\"}", "400"},
		{"in an unknown field and the e-mail", "{\"email\":\"\xff\",\"password\":\"x\",\"zz\":\"\xff\"}", "400"},
		{"deep inside", "{\"email\":\"a@camelot.bt\",\"password\":\"x\",\"zz\":[{\"y\":\"\xff\"}]}", "400"},
		{"in a flag", "{\"email\":\"a@camelot.bt\",\"password\":\"x\",\"is_active\":\"\xff\"}", "400"},
		{"in a key", "{\"email\":\"a@camelot.bt\",\"password\":\"x\",\"z\xff\":1}", "400"},
		{"lone surrogate in a key", `{"email":"a@camelot.bt","password":"x","\udc00":1}`, "400"},
		{"in a key and the e-mail", "{\"email\":\"\xff\",\"password\":\"x\",\"z\xff\":1}", "400"},
		{"in the e-mail field, but no string", "{\"email\":[\"\xff\"],\"password\":\"x\"}", "400"},
		{"in the same key of another letter case", "{\"Email\":\"\xff\",\"email\":\"a@camelot.bt\",\"password\":\"x\"}", "400"},
		{"in an e-mail deep inside", "{\"zz\":{\"email\":\"\xff\"},\"email\":\"a@camelot.bt\",\"password\":\"x\"}", "400"},
		{"in a body that is no object", "\"\xff\"", "400"},
		{"in a list", "[\"\xff\"]", "400"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := newDecoder(WireV9, nil).register(jsonRequest(tt.body))
			wantTold(t, err, tt.want)
		})
	}
}

func TestInvalidUTF8WhereNoFieldIsAnEmail(t *testing.T) {
	t.Parallel()
	d := newDecoder(WireV9, nil)
	for _, body := range []string{
		"{\"token\":\"\xff\",\"password\":\"x\"}",
		"{\"token\":\"x\",\"password\":\"\xff\"}",
		"{\"token\":\"x\",\"password\":\"x\",\"email\":\"\xff\"}",
		"{\"token\":\"x\",\"password\":\"x\",\"\":\"\xff\"}",
	} {
		_, err := d.reset(jsonRequest(body))
		wantTold(t, err, "400")
		_, err = d.verify(jsonRequest(body))
		wantTold(t, err, "400")
	}
}
