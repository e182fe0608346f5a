package routes

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
)

type level int

// UnmarshalText reads a level by its name.
func (l *level) UnmarshalText(text []byte) error {
	switch string(text) {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return fmt.Errorf("unknown level")
	}
	return nil
}

type named string

type street struct {
	Name string        `json:"name"`
	Wait time.Duration `json:"wait"`
}

type base struct {
	Text string `json:"text"`
}

type manyTypes struct {
	base
	Named    named           `json:"named"`
	TextP    *string         `json:"text_p"`
	Bool     bool            `json:"bool"`
	BoolP    *bool           `json:"bool_p"`
	Int      int             `json:"int"`
	Int8     int8            `json:"int8"`
	IntP     **int64         `json:"int_p"`
	Uint16   uint16          `json:"uint16"`
	Float32  float32         `json:"float32"`
	Float    *float64        `json:"float"`
	Strings  []string        `json:"strings"`
	Bytes    []byte          `json:"bytes"`
	Pair     [2]int          `json:"pair"`
	Map      map[string]int  `json:"map"`
	Street   street          `json:"street"`
	Streets  []*street       `json:"streets"`
	Any      any             `json:"any"`
	Time     time.Time       `json:"time"`
	TimeP    *time.Time      `json:"time_p"`
	Level    level           `json:"level"`
	Number   json.Number     `json:"number"`
	Numbers  []json.Number   `json:"numbers"`
	Raw      json.RawMessage `json:"raw"`
	Duration time.Duration   `json:"duration"`
}

func TestProfileValues(t *testing.T) {
	t.Parallel()
	const (
		noText    = "str type expected (type_error.str)"
		noInteger = "value is not a valid integer (type_error.integer)"
		noFloat   = "value is not a valid float (type_error.float)"
		noList    = "value is not a valid list (type_error.list)"
		noDict    = "value is not a valid dict (type_error.dict)"
		noBoolean = "value could not be parsed to a boolean (type_error.bool)"
		unfitting = "@ is not valid (value_error)"
	)
	tests := []struct {
		field, json string
		want        string // "" if accepted
		stored      string // as fmt prints it; checked if accepted
	}{
		{"text", `"é\u0000"`, "", "é\x00"},
		{"text", `""`, "", ""},
		{"text", `1`, noText, ""},
		{"text", `true`, noText, ""},
		{"text", `[]`, noText, ""},
		{"text", `{}`, noText, ""},
		{"named", `"x"`, "", "x"},
		{"named", `1`, noText, ""},
		{"text_p", `"x"`, "", "x"},
		{"text_p", `1`, noText, ""},
		{"bool", `true`, "", "true"},
		{"bool", `"YES"`, "", "true"},
		{"bool", `0`, "", "false"},
		{"bool", `2`, noBoolean, ""},
		{"bool", `"x"`, noBoolean, ""},
		{"bool_p", `1`, "", "true"},
		{"bool_p", `[]`, noBoolean, ""},
		{"int", `-12`, "", "-12"},
		{"int", `-0`, "", "0"},
		{"int", `9223372036854775807`, "", "9223372036854775807"},
		{"int", `9223372036854775808`, noInteger, ""},
		{"int", `1.0`, noInteger, ""},
		{"int", `1e2`, noInteger, ""},
		{"int", `0.5`, noInteger, ""},
		{"int", `"1"`, noInteger, ""},
		{"int", `true`, noInteger, ""},
		{"int", `[]`, noInteger, ""},
		{"int", `{}`, noInteger, ""},
		{"int8", `127`, "", "127"},
		{"int8", `128`, noInteger, ""},
		{"int8", `-129`, noInteger, ""},
		{"int_p", `7`, "", "7"},
		{"int_p", `7.5`, noInteger, ""},
		{"uint16", `65535`, "", "65535"},
		{"uint16", `65536`, noInteger, ""},
		{"uint16", `-1`, noInteger, ""},
		{"float32", `1.5`, "", "1.5"},
		{"float32", `1e39`, noFloat, ""},
		{"float", `12`, "", "12"},
		{"float", `-1.5e3`, "", "-1500"},
		{"float", `1e400`, noFloat, ""},
		{"float", `"1.5"`, noFloat, ""},
		{"float", `true`, noFloat, ""},
		{"strings", `["a","b"]`, "", "[a b]"},
		{"strings", `[]`, "", "[]"},
		{"strings", `"a"`, noList, ""},
		{"strings", `{}`, noList, ""},
		{"strings", `["a",1]`, unfitting, ""},
		{"bytes", `"aGk="`, "", "[104 105]"},
		{"bytes", `"aGk"`, unfitting, ""},
		{"bytes", `"a\nGk="`, unfitting, ""},
		{"bytes", `[104]`, noText, ""},
		{"pair", `[1,2]`, "", "[1 2]"},
		{"pair", `[1]`, unfitting, ""},
		{"pair", `[1,2,3]`, unfitting, ""},
		{"pair", `1`, noList, ""},
		{"map", `{"a":1}`, "", "map[a:1]"},
		{"map", `{"a":"1"}`, unfitting, ""},
		{"map", `{"a":1.5}`, unfitting, ""},
		{"map", `{"a\u0000":1}`, unfitting, ""},
		{"map", `[]`, noDict, ""},
		{"map", `1`, noDict, ""},
		{"street", `{"name":"x","wait":5,"other":true}`, "", "{x 5ns}"},
		{"street", `{"NAME":"x","Name":"y"}`, "", "{ 0s}"},
		{"street", `{"name":1}`, unfitting, ""},
		{"street", `[]`, noDict, ""},
		{"streets", `[{"name":1}]`, unfitting, ""},
		{"streets", `[null]`, "", "[<nil>]"},
		{"any", `{"a":[1,"x",null,{"b":true}]}`, "", "map[a:[1 x <nil> map[b:true]]]"},
		{"any", `"x"`, "", "x"},
		{"any", `1e400`, unfitting, ""},
		{"any", `[[[[[[[1]]]]]]]`, "", "[[[[[[[1]]]]]]]"},
		{"any", `[[[[[[[[1]]]]]]]]`, unfitting, ""},
		{"any", `[{"a":{"\u0000":1}}]`, unfitting, ""},
		{"any", `["\u0000"]`, "", "[\x00]"},
		{"time", `"2026-01-02T03:04:05Z"`, "", "2026-01-02 03:04:05 +0000 UTC"},
		{"time", `"2026-1-2"`, unfitting, ""},
		{"time", `1767225600`, unfitting, ""},
		{"time_p", `"2026-01-02T03:04:05Z"`, "", "2026-01-02 03:04:05 +0000 UTC"},
		{"time_p", `"x"`, unfitting, ""},
		{"level", `"high"`, "", "2"},
		{"level", `"x"`, unfitting, ""},
		{"level", `2`, unfitting, ""},
		{"number", `12.50`, "", "12.50"},
		{"number", `true`, unfitting, ""},
		{"number", `"12"`, unfitting, ""},
		{"numbers", `[1e400,-0]`, "", "[1e400 -0]"},
		{"numbers", `["1"]`, unfitting, ""},
		{"raw", `{"a": [1]}`, "", `{"a": [1]}`},
		{"duration", `5`, "", "5ns"},
		{"duration", `"5s"`, noInteger, ""},
	}
	profile, err := profile.TypeOf[manyTypes]()
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(WireV9, profile)
	for _, tt := range tests {
		t.Run(tt.field+" "+tt.json, func(t *testing.T) {
			t.Parallel()
			want := ""
			if tt.want != "" {
				want = tt.field + ": " + strings.ReplaceAll(tt.want, "@", tt.field)
			}
			got, err := d.register(jsonRequest(goodBodyWith(tt.field, tt.json)))
			wantTold(t, err, want)
			changes, err := d.changes(jsonRequest(`{"`+tt.field+`":`+tt.json+`}`), &user.User{})
			wantTold(t, err, want)
			if err != nil {
				return
			}
			field, _ := profile.Field(tt.field)
			for _, value := range []any{got.Profile, changes.Profile} {
				stored := reflect.ValueOf(value).Elem().FieldByIndex(field.Index)
				for stored.Kind() == reflect.Pointer {
					stored = stored.Elem()
				}
				if text := printed(stored); text != tt.stored {
					t.Errorf("got %s, want %s", text, tt.stored)
				}
			}
			if want := []string{tt.field}; !reflect.DeepEqual(changes.ProfileFields, want) {
				t.Errorf("got %v as fields sent, want %v", changes.ProfileFields, want)
			}
		})
	}
}

func printed(v reflect.Value) string {
	if raw, ok := v.Interface().(json.RawMessage); ok {
		return string(raw)
	}
	return fmt.Sprint(v.Interface())
}

func TestProfileNull(t *testing.T) {
	t.Parallel()
	profile, err := profile.TypeOf[manyTypes]()
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(WireV9, profile)
	nilable := map[string]bool{
		"text_p": true, "bool_p": true, "int_p": true, "float": true, "strings": true, "bytes": true, "map": true,
		"streets": true, "any": true, "time_p": true, "numbers": true, "raw": true,
	}
	text, number, yes, float := "x", int64(1), true, 1.5
	pointer := &number
	old := &user.User{Profile: &manyTypes{
		base: base{Text: "x"}, Named: "x", TextP: &text, Bool: true, BoolP: &yes, Int: 1, Int8: 1, IntP: &pointer, Uint16: 1,
		Float32: 1, Float: &float, Strings: []string{"x"}, Bytes: []byte("x"), Pair: [2]int{1, 2},
		Map: map[string]int{"a": 1}, Street: street{Name: "x"}, Streets: []*street{{Name: "x"}}, Any: 1,
		Time: time.Unix(1, 0), TimeP: &time.Time{}, Level: 1, Number: "1", Numbers: []json.Number{"1"}, Raw: json.RawMessage("1"), Duration: 1,
	}}
	for _, field := range profile.Fields() {
		t.Run(field.Name, func(t *testing.T) {
			t.Parallel()
			registration, err := d.register(jsonRequest(goodBodyWith(field.Name, "null")))
			wantTold(t, err)
			if !reflect.DeepEqual(registration.Profile, &manyTypes{}) {
				t.Errorf("got %+v", registration.Profile)
			}
			changes, err := d.changes(jsonRequest(`{"`+field.Name+`":null}`), old)
			wantTold(t, err)
			var want []string
			if nilable[field.Name] {
				want = []string{field.Name}
			}
			if !reflect.DeepEqual(changes.ProfileFields, want) {
				t.Errorf("got %v as fields sent, want %v", changes.ProfileFields, want)
			}
			value := reflect.ValueOf(changes.Profile).Elem().FieldByIndex(field.Index)
			if value.IsZero() != nilable[field.Name] {
				t.Errorf("got %v", value)
			}
		})
	}
}

// TestChangesLeaveTheUserAlone has a change of every field that refers to something.
func TestChangesLeaveTheUserAlone(t *testing.T) {
	t.Parallel()
	d := newTestDecoder[manyTypes](t, WireV9)
	text := "x"
	u := &user.User{Profile: &manyTypes{TextP: &text, Map: map[string]int{"a": 1}, Strings: []string{"x"}, Street: street{Name: "x", Wait: 1}}}
	changes, err := d.changes(jsonRequest(`{"text_p":"y","map":{"b":2},"strings":["y"],"street":{"name":"y"}}`), u)
	wantTold(t, err)
	old, changed := u.Profile.(*manyTypes), changes.Profile.(*manyTypes)
	if *old.TextP != "x" || len(old.Map) != 1 || old.Map["a"] != 1 || old.Strings[0] != "x" || old.Street.Name != "x" {
		t.Errorf("the user has changed: %+v", old)
	}
	if len(changed.Map) != 1 || changed.Map["b"] != 2 || changed.Street.Wait != 0 {
		t.Errorf("old and new values are mixed: %+v", changed)
	}
}
