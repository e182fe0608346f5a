package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/user/usertest"
)

type texts struct {
	Required string  `json:"required" binding:"required"`
	Max      string  `json:"max" binding:"max=3"`
	Min      string  `json:"min" binding:"omitempty,min=3"`
	Len      *string `json:"len" binding:"omitempty,len=3"`
	Gt       *string `json:"gt" binding:"omitempty,gt=2,lt=5"`
	OneOf    string  `json:"oneof" binding:"omitempty,oneof=free 'very dear'"`
	Pointer  *string `json:"pointer" binding:"omitempty,oneof=a b"`
	Must     *string `json:"must" binding:"required,max=3"`
	Ne       string  `json:"ne" binding:"ne=no"`
	Eq       *string `json:"eq" binding:"omitnil,eq=yes"`
	Comma    *string `json:"comma" binding:"omitempty,contains=0x2C"`
	Both     *string `json:"both" binding:"omitempty,startswith=a.,endswith=z"`
	Alpha    *string `json:"alpha" binding:"omitempty,alpha"`
	Number   *string `json:"number" binding:"omitempty,number"`
	Numeric  *string `json:"numeric" binding:"omitempty,numeric"`
	E164     *string `json:"e164" binding:"omitempty,e164"`
	Contact  *string `json:"contact" binding:"omitempty,email"`
	URL      *string `json:"url" binding:"omitempty,url"`
	UUID     *string `json:"uuid" binding:"omitempty,uuid"`
	IPv4     *string `json:"ipv4" binding:"omitempty,ipv4"`
	Date     *string `json:"date" binding:"omitempty,datetime=2006-01-02"`
}

type others struct {
	Age     int            `json:"age" binding:"omitempty,gte=18,lt=150"`
	Score   *float64       `json:"score" binding:"omitempty,gt=0,max=1.5"`
	Dice    int            `json:"dice" binding:"oneof=0 1 2 3 4 5 6"`
	NotZero int            `json:"not_zero" binding:"required"`
	Small   uint8          `json:"small"`
	Agrees  bool           `json:"agrees" binding:"required"`
	Tags    []string       `json:"tags" binding:"omitempty,min=1,max=2,unique,dive,min=2"`
	Plain   []string       `json:"plain"`
	Scores  map[string]int `json:"scores" binding:"omitempty,max=1,dive,gte=0"`
	Pair    [2]int         `json:"pair"`
	Nested  nested         `json:"nested"`
	List    []nested       `json:"list"`
	Ruled   []nested       `json:"ruled" binding:"dive"`
}

type nested struct {
	Name  string  `json:"name" binding:"max=3"`
	Alias *string `json:"alias" binding:"omitempty,min=2"`
}

// What the document says of a field is what a registration really does with it.
func TestRulesAreAsDescribed(t *testing.T) {
	t.Parallel()
	for _, test := range []ruledCase{
		ruled[texts](t, "texts", map[string]string{"required": `"x"`, "must": `"x"`}, map[string][]string{
			"required": {`"x"`, `""`, "null"},
			"max":      {`"abc"`, `"abcd"`, `"äöü"`, `"äöüß"`, `""`},
			"min":      {`"abc"`, `"ab"`, `""`},
			"len":      {`"abc"`, `"ab"`, `"abcd"`, "null", `""`},
			"gt":       {`"abc"`, `"ab"`, `"abcd"`, `"abcde"`},
			"oneof":    {`"free"`, `"very dear"`, `"very"`, `""`},
			"pointer":  {`"a"`, `"c"`, `""`, "null"},
			"must":     {`"abc"`, `"abcd"`, `""`, "null"},
			"ne":       {`"no"`, `"yes"`, `""`},
			"eq":       {`"no"`, `"yes"`, "null"},
			"comma":    {`"a,b"`, `"ab"`},
			"both":     {`"a.z"`, `"abz"`, `"a.b"`},
			"alpha":    {`"Ab"`, `"a1"`, `"ä"`},
			"number":   {`"01"`, `"1.5"`, `"-1"`},
			"numeric":  {`"-1.5"`, `"1."`, `"x"`},
			"e164":     {`"+97517123456"`, `"12"`},
			"contact":  {`"a@b.bt"`, `"a"`},
			"url":      {`"https://camelot.bt/a?b=c"`, `"camelot"`},
			"uuid":     {`"c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b"`, `"c430b0fe"`},
			"ipv4":     {`"203.0.113.7"`, `"203.0.113"`, `"::1"`},
			"date":     {`"2026-02-28"`, `"2026-02-30"`, `"28.2.2026"`},
		}),
		ruled[others](t, "others", map[string]string{"not_zero": "1", "agrees": "true"}, map[string][]string{
			"age":      {"18", "17", "149", "150", "0", `"18"`},
			"score":    {"1.5", "1.6", "0", "-1", "0.1", "null"},
			"dice":     {"0", "6", "7"},
			"not_zero": {"0", "-1", "7"},
			"small":    {"0", "7", "-1"},
			"agrees":   {"true", "false"},
			"tags":     {`["ab"]`, `["a"]`, `["ab","ab"]`, `["ab","cd"]`, `["ab","cd","ef"]`, `[]`, "null", `"ab"`},
			"plain":    {`["a","b"]`, `[1]`, "null"},
			"scores":   {`{"a":0}`, `{"a":-1}`, `{"a":1,"b":2}`, `{"a":"x"}`, "null"},
			"pair":     {"[1,2]", "[1]", "[1,2,3]"},
			"nested":   {`{"name":"abc"}`, `{"name":"abcd"}`, `{}`, `{"alias":"a"}`, `{"alias":null}`, `[]`},
			"list":     {`[{"name":"abcd"}]`, `[{"name":1}]`, `[]`},
			"ruled":    {`[{"name":"abcd"}]`, `[{"name":"abc"}]`, `[]`, "null"},
		}),
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			verdicts := map[bool]int{}
			for field, values := range test.values {
				for _, value := range values {
					taken, said := test.taken(t, field, value), test.said(field, value)
					verdicts[said]++
					if taken != said {
						t.Errorf("%s: %s: taken is %v, the document says %v", field, value, taken, said)
					}
				}
			}
			if verdicts[true] < 10 || verdicts[false] < 10 {
				t.Errorf("got verdicts %v; the test has seen too little", verdicts)
			}
		})
	}
}

// ruledCase is an application whose users have a profile with rules.
type ruledCase struct {
	name   string
	values map[string][]string // by field
	always map[string]string   // what has to be sent
	engine *gin.Engine
	judge  validator.Validator
}

func ruled[P any](t *testing.T, name string, always map[string]string, values map[string][]string) ruledCase {
	t.Helper()
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(usertest.WithProfile[P]()), Secret: secret, Backends: []backends.Backend{api},
		Limits: limits.Config{Off: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Shutdown(context.Background()) })
	engine := gin.New()
	auth.RegisterRoutes().Attach(engine)
	doc, err := openapi.Document(auth)
	if err != nil {
		t.Fatal(err)
	}
	return ruledCase{name, values, always, engine, judgeOf(t, doc)}
}

// request returns a registration with one field, and what has to be sent.
func (c ruledCase) request(field, value string) *http.Request {
	fields := map[string]json.RawMessage{
		"email":    json.RawMessage(`"lancelot@camelot.bt"`),
		"password": json.RawMessage(`"short"`), // refused after the fields, which spares the hashing
	}
	for name, good := range c.always {
		fields[name] = json.RawMessage(good)
	}
	fields[field] = json.RawMessage(value)
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err) // a mistake in the table
	}
	r := httptest.NewRequest(http.MethodPost, "/register", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func (c ruledCase) taken(t *testing.T, field, value string) bool {
	t.Helper()
	w := httptest.NewRecorder()
	c.engine.ServeHTTP(w, c.request(field, value))
	if w.Code != http.StatusBadRequest && w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%s: %s: got %d %s", field, value, w.Code, w.Body)
	}
	return w.Code == http.StatusBadRequest
}

func (c ruledCase) said(field, value string) bool {
	ok, _ := c.judge.ValidateHttpRequest(c.request(field, value))
	return ok
}
