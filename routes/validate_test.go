package routes

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
)

type place struct {
	City string `json:"city" binding:"required,max=5"`
}

type contact struct {
	Phone string `json:"phone" binding:"omitempty,numeric"`
}

type ruledProfile struct {
	contact
	Name     string           `json:"name" binding:"required,min=2,alpha"`
	Nick     *string          `json:"nick" binding:"omitempty,max=5"`
	Plan     string           `json:"plan" binding:"required,oneof=free gold" ginauth:"readonly"`
	Hidden   string           `json:"-" binding:"required"`
	Kind     string           `binding:"omitempty,oneof=a b"`
	Home     *place           `json:"home"`
	Places   []place          `json:"places" binding:"max=2,dive"`
	Tags     []string         `json:"tags" binding:"dive,max=3"`
	Labels   map[string]int   `json:"labels" binding:"dive,keys,max=3,endkeys,max=10"`
	Atlas    map[string]place `json:"atlas" binding:"dive"`
	Mail     string           `json:"mail" binding:"omitempty,email"`
	MailTwin string           `json:"mail_twin" binding:"eqfield=Mail"`
	Color    string           `json:"color" binding:"omitempty,iscolor"`
	Country  string           `json:"country" binding:"omitempty,country_code"`
	Private  string           `json:"private" bson:"private" binding:"-"`
}

func TestRules(t *testing.T) {
	t.Parallel()
	longKey := strings.Repeat("k", 300)
	tests := []struct {
		name, fields string
		want         []string
	}{
		{"all good", `"name":"Arthur","nick":"Art","home":{"city":"Paris"},"places":[{"city":"x"}],"tags":["a"],"labels":{"a":1},"phone":"12","color":"#fff"`, nil},
		{"required", ``, []string{"name: name is a required field (value_error)"}},
		{"null where there is no nil", `"name":null`, []string{"name: name is a required field (value_error)"}},
		{"first rule of several", `"name":"1"`, []string{"name: name must be at least 2 characters in length (value_error)"}},
		{"pointer", `"name":"Arthur","nick":"Pendragon"`, []string{"nick: nick must be a maximum of 5 characters in length (value_error)"}},
		{"characters, not bytes", `"name":"Arthur","nick":"ééééé"`, nil},
		{"name of the Go field", `"name":"Arthur","Kind":"c"`, []string{"Kind: Kind must be one of [a b] (value_error)"}},
		{"embedded", `"name":"Arthur","phone":"x"`, []string{"phone: phone must be a valid numeric value (value_error)"}},
		{"read-only", `"name":"Arthur","plan":"silver"`, nil},
		{"struct", `"name":"Arthur","home":{"city":"Camelot"}`, []string{"home: city must be a maximum of 5 characters in length (value_error)"}},
		{"list", `"name":"Arthur","places":[{"city":"a"},{"city":"b"},{"city":"c"}]`, []string{"places: places must contain at most 2 items (value_error)"}},
		{"struct in a list", `"name":"Arthur","places":[{"city":"a"},{}]`, []string{"places: city is a required field (value_error)"}},
		{"element of a list", `"name":"Arthur","tags":["a","long","longer"]`, []string{"tags: tags must be a maximum of 3 characters in length (value_error)"}},
		{"key of a map", `"name":"Arthur","labels":{"<secret>":1}`, []string{"labels: labels must be a maximum of 3 characters in length (value_error)"}},
		{"long key of a map", `"name":"Arthur","labels":{"` + longKey + `":1}`, []string{"labels: labels must be a maximum of 3 characters in length (value_error)"}},
		{"value of a map", `"name":"Arthur","labels":{"k":11}`, []string{"labels: labels must be 10 or less (value_error)"}},
		{"struct in a map", `"name":"Arthur","atlas":{"].city":{"city":"Camelot"}}`, []string{"atlas: city must be a maximum of 5 characters in length (value_error)"}},
		{"several fields", `"phone":"x","labels":{"k":11},"tags":["long"]`, []string{
			"phone: phone must be a valid numeric value (value_error)",
			"name: name is a required field (value_error)",
			"tags: tags must be a maximum of 3 characters in length (value_error)",
			"labels: labels must be 10 or less (value_error)",
		}},
		{"rule and type", `"name":1,"nick":"Pendragon"`, []string{
			"name: str type expected (type_error.str)",
			"nick: nick must be a maximum of 5 characters in length (value_error)",
		}},
		{"two fields together", `"name":"Arthur","mail":"a@camelot.bt","mail_twin":"a@camelot.bt"`, nil},
		{"two fields that differ", `"name":"Arthur","mail":"a@camelot.bt","mail_twin":"b@camelot.bt"`, []string{"mail_twin: mail_twin must be equal to Mail (value_error)"}},
		{"rule without a translation", `"name":"Arthur","country":"Camelot"`, []string{"country: country is not valid (value_error)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := `{"email":"a@camelot.bt","password":"b"`
			if tt.fields != "" {
				body += "," + tt.fields
			}
			for _, wire := range []Wire{WireV9, WireV15} {
				_, err := newTestDecoder[ruledProfile](t, wire).register(jsonRequest(body + "}"))
				if wire == WireV15 && strings.Contains(strings.Join(tt.want, ""), "type_error") {
					continue // the wording of types differs
				}
				wantTold(t, err, tt.want...)
			}
		})
	}
}

func TestRulesOfChanges(t *testing.T) {
	t.Parallel()
	d := newTestDecoder[ruledProfile](t, WireV9)
	stored := &ruledProfile{Name: "?", Mail: "a@camelot.bt", MailTwin: "b@camelot.bt"} // from before there were rules
	tests := []struct {
		name, body string
		want       []string
	}{
		{"nothing sent", `{}`, nil},
		{"other field sent", `{"tags":["a"]}`, nil},
		{"good", `{"name":"Arthur"}`, nil},
		{"broken", `{"name":""}`, []string{"name: name is a required field (value_error)"}},
		{"null where there is no nil", `{"name":null}`, nil},
		{"cleared", `{"nick":null,"home":null,"labels":null}`, nil},
		{"embedded", `{"phone":"x"}`, []string{"phone: phone must be a valid numeric value (value_error)"}},
		{"together with what is stored", `{"mail_twin":"a@camelot.bt"}`, nil},
		{"against what is stored", `{"mail_twin":"c@camelot.bt"}`, []string{"mail_twin: mail_twin must be equal to Mail (value_error)"}},
		{"inside a struct", `{"home":{}}`, []string{"home: city is a required field (value_error)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := d.changes(jsonRequest(tt.body), &user.User{Profile: stored})
			wantTold(t, err, tt.want...)
		})
	}
}

type generic[T any] struct {
	Value T `json:"value" binding:"required"`
}

func TestRulesOfOddTypes(t *testing.T) {
	t.Parallel()
	const want = "value: value is a required field (value_error)"
	_, err := newTestDecoder[generic[map[string]place]](t, WireV9).register(jsonRequest(goodBodyWith("", "")))
	wantTold(t, err, want)
	_, err = newTestDecoder[struct {
		generic[string]
		Other int `json:"other"`
	}](t, WireV9).register(jsonRequest(goodBodyWith("", "")))
	wantTold(t, err, want)
}

func TestCheckProfile(t *testing.T) {
	t.Parallel()
	type deep struct {
		X string `binding:"nonsense_below"`
	}
	tests := []struct {
		name  string
		check func() error
		want  string // part of the message; "" for no error
	}{
		{"none", func() error { return CheckProfile(nil) }, ""},
		{"good", checkOf[testProfile], ""},
		{"all types", checkOf[manyTypes], ""},
		{"many rules", checkOf[ruledProfile], ""},
		{"unknown rule", checkOf[struct {
			A string `binding:"nonsense"`
		}], "nonsense"},
		{"unknown rule after omitempty", checkOf[struct {
			A *string `binding:"omitempty,nonsense"`
		}], "nonsense"},
		{"unknown rule below", checkOf[struct{ A []*deep }], ""},
		{"unknown rule below, reached", checkOf[struct {
			A []*deep `binding:"dive"`
		}], "nonsense_below"},
		{"rule that does not fit the type", checkOf[struct {
			A *bool `binding:"omitempty,max=5"`
		}], "bool"},
		{"parameter that is no number", checkOf[struct {
			A string `binding:"omitempty,max=x"`
		}], "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.check()
			if tt.want == "" && err != nil {
				t.Errorf("got %v", err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want it to name %s", err, tt.want)
			}
		})
	}
}

func checkOf[P any]() error {
	profile, err := profile.TypeOf[P]()
	if err != nil {
		return err
	}
	return CheckProfile(profile)
}

func TestNewDecoderPanics(t *testing.T) {
	t.Parallel()
	bad, err := profile.TypeOf[struct {
		A string `binding:"nonsense"`
	}]()
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range map[string]func(){
		"unknown wire": func() { newDecoder(2, nil) },
		"bad profile":  func() { newDecoder(WireV9, bad) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("got no panic")
				}
			}()
			build()
		})
	}
}
