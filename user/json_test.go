package user

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

type wireProfile struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	Plan      string  `json:"plan" ginauth:"readonly"`
}

// shout has a JSON form of its own, on the value.
type shout string

func (s shout) MarshalJSON() ([]byte, error) {
	return json.Marshal(strings.ToUpper(string(s)) + "<>&\u2028")
}

// whisper has one on the pointer, as text.
type whisper struct{ text string }

func (w *whisper) MarshalText() ([]byte, error) { return []byte(strings.ToLower(w.text) + "é"), nil }

type stubborn struct{}

func (stubborn) MarshalJSON() ([]byte, error) { return nil, errStubborn }

var errStubborn = errors.New("stubborn")

type bag map[string]int

func (bag) MarshalJSON() ([]byte, error) { return []byte(`"bag"`), nil }

type everyKind struct {
	Bool     bool              `json:"bool,omitempty"`
	Int      int8              `json:"int,omitempty"`
	Uint     uint64            `json:"uint,omitzero"`
	Float    float64           `json:"float"`
	Float32  *float32          `json:"float32"`
	Text     string            `json:"text,omitempty"`
	TextP    *string           `json:"text_p,omitempty"`
	BoolP    *bool             `json:"bool_p"`
	Time     time.Time         `json:"time"`
	TimeP    *time.Time        `json:"time_p"`
	Bytes    []byte            `json:"bytes"`
	Array    [2]byte           `json:"array"`
	List     []string          `json:"list"`
	Shouts   []shout           `json:"shouts"`
	Nested   address           `json:"nested"`
	NestedP  *address          `json:"nested_p"`
	Map      map[string]string `json:"map,omitempty"`
	Any      any               `json:"any"`
	Raw      json.RawMessage   `json:"raw"`
	Number   json.Number       `json:"number"`
	Shout    shout             `json:"shout"`
	Whisper  whisper           `json:"whisper"`
	WhisperP *whisper          `json:"whisper_p"`
	Bag      bag               `json:"bag"`
	Hidden   string            `json:"-"`
}

func TestUserJSON(t *testing.T) {
	t.Parallel()
	yes, small, text := true, float32(1e-7), "a<b>&c\u2028\u2029é\"\\\b\f\n\r\t\x01\x7f\xff"
	born := time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600))
	const flags = `"is_active":true,"is_superuser":false,"is_verified":false`
	arthur := func(profile any) *User {
		return &User{ID: "c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b", Email: "king.arthur@camelot.bt", IsActive: true,
			HashedPassword: "secret-hash", EmailKey: "secret-key", KeptToken: "secret-token", Profile: profile}
	}
	const start = `{"id":"c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b","email":"king.arthur@camelot.bt",` + flags
	tests := []struct {
		name string
		user *User
		want string
	}{
		{"nobody", nil, "null"},
		{"no profile", arthur(nil), start + `}`},
		{"unset", arthur(&wireProfile{}), start + `,"first_name":null,"plan":""}`},
		{"nil profile", arthur((*wireProfile)(nil)), start + `,"first_name":null,"plan":""}`},
		{"set", arthur(&wireProfile{FirstName: &text, Plan: "gold"}), start +
			`,"first_name":"a<b>&c` + "\u2028\u2029é" + `\"\\\b\f\n\r\t\u0001` + "\x7f\ufffd" + `","plan":"gold"}`},
		{"flags", &User{ID: "1", Email: "é<>&\u2028@exämple.bt", IsSuperuser: true, IsVerified: true},
			`{"id":"1","email":"é<>&` + "\u2028" + `@exämple.bt","is_active":false,"is_superuser":true,"is_verified":true}`},
		{"empty profile", arthur(&struct{}{}), start + `}`},
		{"embedded", arthur(&knight{Billing: Billing{"gold", 5}, Note: "secret-note"}), start +
			`,"first_name":null,"LastName":"","plan":"gold","credit":5,"born":null,` +
			`"home":{"street":"","tags":null},"quests":null,"titles":null,"-":false}`},
		{"every kind, unset", arthur(&everyKind{}), start + `,"bool":false,"int":0,"uint":0,"float":0,"float32":null,` +
			`"text":"","text_p":null,"bool_p":null,"time":"0001-01-01T00:00:00Z","time_p":null,"bytes":null,"array":[0,0],` +
			`"list":null,"shouts":null,"nested":{"street":"","tags":null},"nested_p":null,"map":null,"any":null,` +
			`"raw":null,"number":0,"shout":"<>&` + "\u2028" + `","whisper":"é","whisper_p":null,"bag":"bag"}`},
		{"every kind, set", arthur(&everyKind{
			Bool: true, Int: -128, Uint: math.MaxUint64, Float: 1e21, Float32: &small, Text: "t", TextP: &text, BoolP: &yes,
			Time: born, TimeP: &born, Bytes: []byte{0xff, 0xfe}, Array: [2]byte{1, 2}, List: []string{"<", "\u2028"},
			Shouts: []shout{"a"}, Nested: address{"\u2029<\\u003c>", []string{}}, NestedP: &address{},
			Map: map[string]string{"b<": "\\u2028", "a": "\u2028"}, Any: []any{nil, "&", 1.5, true},
			Raw: json.RawMessage(` { "a" : "\u00e9\u0041\ud83d\ude00\/\u0022\u005c\u000a\u001f\ud800" } `), Number: "12.50",
			Shout: "b", Whisper: whisper{"W"}, WhisperP: &whisper{"P"}, Bag: bag{}, Hidden: "secret-hidden",
		}), start + `,"bool":true,"int":-128,"uint":18446744073709551615,"float":1e+21,"float32":1e-7,` +
			`"text":"t","text_p":"a<b>&c` + "\u2028\u2029é" + `\"\\\b\f\n\r\t\u0001` + "\x7f\ufffd" + `","bool_p":true,` +
			`"time":"2026-01-02T03:04:05.0000006+01:00","time_p":"2026-01-02T03:04:05.0000006+01:00","bytes":"//4=",` +
			`"array":[1,2],"list":["<","` + "\u2028" + `"],"shouts":["A<>&` + "\u2028" + `"],` +
			`"nested":{"street":"` + "\u2029" + `<\\u003c>","tags":[]},"nested_p":{"street":"","tags":null},` +
			`"map":{"a":"` + "\u2028" + `","b<":"\\u2028"},"any":[null,"&",1.5,true],` +
			`"raw":{"a":"éA😀/\"\\\n\u001f` + "\ufffd" + `"},"number":12.50,"shout":"B<>&` + "\u2028" + `","whisper":"wé",` +
			`"whisper_p":"pé","bag":"bag"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := appendUserJSON([]byte("before:"), tt.user, false)
			if err != nil || string(got) != "before:"+tt.want {
				t.Fatalf("got\n%s, %v, want\n%s", got, err, "before:"+tt.want)
			}
			if !json.Valid([]byte(tt.want)) || strings.Contains(tt.want, "secret") {
				t.Error("the expectation is wrong")
			}
		})
	}
}

func TestUserJSONRefuses(t *testing.T) {
	t.Parallel()
	type stubbornProfile struct {
		Plan string `json:"plan"`
		Bad  stubborn
	}
	type collision struct {
		Super bool `json:"is_superuser"`
	}
	type number struct {
		F *float64 `json:"f"`
	}
	type timed struct {
		At time.Time `json:"at"`
	}
	nan := math.NaN()
	tests := []struct {
		name    string
		profile any
		want    string
	}{
		{"no pointer", wireProfile{}, "profile: got a user.wireProfile, want a pointer to a struct"},
		{"pointer to another thing", new(int), "profile: type int is not a struct"},
		{"field that cannot be encoded", &stubbornProfile{}, "profile: encode field Bad: "},
		{"NaN", &number{&nan}, "profile: encode field f: json: unsupported value: NaN"},
		{"time without a JSON form", &timed{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "profile: encode field at: "},
		{"name of ginauth", &collision{},
			`profile: type user.collision: field Super: JSON name "is_superuser" belongs to ginauth`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := appendUserJSON([]byte("before"), &User{Profile: tt.profile}, false)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got error %v, want %v", err, tt.want)
			}
			if string(got) != "before" {
				t.Errorf("got %q, want the buffer as it was", got)
			}
		})
	}
	if _, err := appendUserJSON(nil, &User{Profile: &stubbornProfile{}}, false); !errors.Is(err, errStubborn) {
		t.Errorf("got error %v, want the field's own inside", err)
	}
}

// FuzzUserJSON compares with encoding/json, which reads the text back and, but for its escapes, writes the same.
func FuzzUserJSON(f *testing.F) {
	f.Add("Arthur", 0.0, int64(0))
	f.Add("a<b>&c\u2028\u2029\"\\\\u2028\\u003c\x00\x1f\x7f\xff\xed\xa0\x80", 1e-7, int64(-1))
	f.Add("😀é", -1.5e300, int64(math.MinInt64))
	f.Add("\\", 123456789e12, int64(7))
	f.Fuzz(func(t *testing.T, text string, float float64, integer int64) {
		if math.IsNaN(float) || math.IsInf(float, 0) {
			return
		}
		type fields struct {
			Text    string            `json:"text"`
			TextP   *string           `json:"text_p"`
			Float   float64           `json:"float"`
			Float32 float32           `json:"float32"`
			Integer int64             `json:"integer"`
			List    []string          `json:"list"`
			Map     map[string]string `json:"map"`
			Any     any               `json:"any"`
		}
		profile := &fields{text, &text, float, float32(math.Mod(float, 1e30)), integer, []string{text}, map[string]string{text: text},
			[]any{text}}
		got, err := appendUserJSON(nil, &User{ID: ID(text), Email: text, Profile: profile}, false)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := json.Marshal(struct {
			ID          string `json:"id"`
			Email       string `json:"email"`
			IsActive    bool   `json:"is_active"`
			IsSuperuser bool   `json:"is_superuser"`
			IsVerified  bool   `json:"is_verified"`
			*fields
		}{ID: text, Email: text, fields: profile})
		if err != nil {
			t.Fatal(err)
		}
		var escaped bytes.Buffer
		json.HTMLEscape(&escaped, got)
		if want := strings.ReplaceAll(string(theirs), `\ufffd`, "\ufffd"); strings.ReplaceAll(escaped.String(), `\ufffd`, "\ufffd") != want {
			t.Errorf("got\n%s, want but for escapes\n%s", got, want)
		}
	})
}

func BenchmarkUserJSON(b *testing.B) {
	first := "Arthur"
	u := &User{ID: "c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b", Email: "king.arthur@camelot.bt", IsActive: true,
		Profile: &wireProfile{FirstName: &first, Plan: "free"}}
	var buffer []byte
	b.Run("new buffer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := appendUserJSON(nil, u, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("kept buffer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if buffer, err = appendUserJSON(buffer[:0], u, false); err != nil {
				b.Fatal(err)
			}
		}
	})
}
