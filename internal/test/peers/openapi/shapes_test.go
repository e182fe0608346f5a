package openapi_test

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/user/usertest"
)

type odd struct {
	Base
	Session Session            `json:"session"` // as ginauth has one, too
	User    User               `json:"user"`
	Address netip.Addr         `json:"address"`
	Raw     json.RawMessage    `json:"raw"`
	Bytes   []byte             `json:"bytes"`
	Any     any                `json:"any"`
	Seen    *time.Time         `json:"seen"`
	Levels  map[string][]int8  `json:"levels"`
	Point   struct{ X, Y int } `json:"point"`
	Generic box[string]        `json:"generic"`
	Count   json.Number        `json:"count"`
	hidden  int
}

// Base is embedded, and so flat.
type Base struct {
	Nickname string `json:"nickname"`
}

// Session has the name of a schema of ginauth.
type Session struct {
	Seat     int        `json:"seat,omitempty"`
	Children []*Session `json:"children"`
	Skipped  string     `json:"-"`
}

// User has the name of a schema of ginauth.
type User struct {
	Name string `json:"name"`
}

type box[T any] struct{ Value T }

func TestOddTypes(t *testing.T) {
	t.Parallel()
	_ = odd{hidden: 1}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(usertest.WithProfile[odd]()), Secret: secret, Backends: []backends.Backend{web},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.SessionsRoutes().Attach(r.Group("/users/me"))
	doc, err := openapi.Document(auth)
	if err != nil {
		t.Fatal(err)
	}
	if ok, problems := judgeOf(t, doc).ValidateDocument(); !ok {
		t.Errorf("the document is not valid: %v", problems)
	}
	text, err := json.Marshal(doc.Components.Schemas)
	if err != nil {
		t.Fatal(err)
	}
	var schemas map[string]struct{ Properties map[string]any }
	if err := json.Unmarshal(text, &schemas); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"nickname": `{"type":"string"}`,
		"session":  `{"$ref":"#/components/schemas/Session"}`,
		"user":     `{"$ref":"#/components/schemas/openapi_test.User"}`,
		"address":  `{"type":"string"}`,
		"raw":      `{"type":["null","boolean","number","string","array","object"]}`,
		"bytes":    `{"contentEncoding":"base64","type":["string","null"]}`,
		"any":      `{"type":["null","boolean","number","string","array","object"]}`,
		"seen":     `{"format":"date-time","type":["string","null"]}`,
		"levels":   `{"additionalProperties":{"items":{"type":"integer"},"type":["array","null"]},"type":["object","null"]}`,
		"point":    `{"properties":{"X":{"format":"int64","type":"integer"},"Y":{"format":"int64","type":"integer"}},"required":["X","Y"],"type":"object"}`,
		"generic":  `{"$ref":"#/components/schemas/Box_string_"}`,
		"count":    `{"type":"number"}`,
	} {
		got, err := json.Marshal(schemas["User"].Properties[name])
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if _, found := schemas["User"].Properties["hidden"]; found {
		t.Error("a field that is not exported is described")
	}
	if got := doc.Components.Schemas["Session"].Value.Required; len(got) != 1 || got[0] != "children" {
		t.Errorf("got %v required, want children", got)
	}
	if schemas["routes.Session"].Properties["user_agent"] == nil {
		t.Error("ginauth's own sessions have no schema")
	}
}
