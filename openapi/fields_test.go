package openapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/user/usertest"
)

// Arms is embedded by a pointer, and its fields are there only with it.
type Arms struct {
	Sword  string `json:"sword"`
	Number int    `json:"number"`
}

// Kin has a field that the struct around it has, too.
type Kin struct {
	Number int      `json:"number"`
	Names  []string `json:"names"`
}

type nestedKin struct {
	*Arms
	Kin
	Names  int     `json:"names"` // shadows that of Kin
	Quoted *int    `json:"quoted,string"`
	Plain  int     `json:"plain,string"`
	List   []Kin   `json:"list"`
	Lists  [][]int `json:"lists"`
}

func TestNestedStructsFollowEncodingJSON(t *testing.T) {
	t.Parallel()
	type profile struct {
		Nested nestedKin `json:"nested"`
	}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(usertest.WithProfile[profile]()), Secret: secret, Backends: []backends.Backend{web},
	})
	if err != nil {
		t.Fatal(err)
	}
	auth.RegisterRoutes().Attach(gin.New().Group("/auth"))
	doc, err := openapi.Document(auth)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"NestedKin": `{"properties":{` +
			`"list":{"items":{"$ref":"#/components/schemas/Kin"},"type":["array","null"]},` +
			`"lists":{"items":{"items":{"format":"int64","type":"integer"},"type":["array","null"]},"type":["array","null"]},` +
			`"names":{"format":"int64","type":"integer"},"plain":{"type":"string"},"quoted":{"type":["string","null"]},` +
			`"sword":{"type":"string"}},"required":["names","quoted","plain","list","lists"],"type":"object"}`,
		"NestedKinInput": `{"properties":{` +
			`"list":{"items":{"$ref":"#/components/schemas/KinLooseInput"},"type":["array","null"]},` +
			`"lists":{"items":{"items":{"format":"int64","type":"integer"},"type":["array","null"]},"type":["array","null"]},` +
			`"names":{"format":"int64","type":"integer"},"plain":{"type":"string"},"quoted":{"type":["string","null"]},` +
			`"sword":{"type":"string"}},"type":"object"}`,
		"KinLooseInput": `{"properties":{"names":{"items":{"type":"string"},"type":["array","null"]},` +
			`"number":{"format":"int64","type":"integer"}},"type":"object"}`,
	} {
		ref := doc.Components.Schemas[name]
		if ref == nil {
			t.Errorf("%s: got no schema", name)
			continue
		}
		got, err := json.Marshal(ref.Value)
		if err != nil || string(got) != want {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", name, got, err, want)
		}
	}
}

// A field whose rule has no form in JSON Schema is described as anything, and the log
// says so. All the others are described as ever.
func TestFieldThatCannotBeDescribed(t *testing.T) {
	t.Parallel()
	type profile struct {
		Name  string `json:"name" binding:"max=80"`
		Score int    `json:"score" binding:"omitempty,oneof=NaN 1"`
	}
	var log strings.Builder
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(usertest.WithProfile[profile]()), Secret: secret, Backends: []backends.Backend{web},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	auth.RegisterRoutes().Attach(gin.New().Group("/auth"))
	doc, err := openapi.Document(auth)
	if err != nil {
		t.Fatal(err)
	}
	sent := doc.Paths.Value("/auth/register").Post.RequestBody.Value.Content["application/json"].Schema.Value
	for name, want := range map[string]string{
		"name": `{"maxLength":80,"type":"string"}`, "score": `{"type":["null","boolean","number","string","array","object"]}`,
	} {
		if got, err := json.Marshal(sent.Properties[name]); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
	if got := log.String(); strings.Count(got, "could not be described") != 1 || !strings.Contains(got, "fields=[score]") {
		t.Errorf("got the log %s, want one warning about score", got)
	}
}

// Lists and maps may contain themselves.
type (
	tree map[string]tree
	nest []*nest
)

func TestTypesThatContainThemselves(t *testing.T) {
	t.Parallel()
	type profile struct {
		Tree tree `json:"tree"`
		Nest nest `json:"nest" binding:"omitempty,max=3,dive"`
	}
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(usertest.WithProfile[profile]()), Secret: secret, Backends: []backends.Backend{web},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	doc, err := openapi.Document(auth)
	if err != nil {
		t.Fatal(err)
	}
	const whatever = `{"type":["null","boolean","number","string","array","object"]}`
	for name, want := range map[string]string{
		"tree": `{"additionalProperties":` + whatever + `,"type":["object","null"]}`, "nest": `{"items":` + whatever + `,"type":["array","null"]}`,
	} {
		if got, err := json.Marshal(doc.Components.Schemas["User"].Value.Properties[name]); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
	w := httptest.NewRecorder()
	body := `{"email":"arthur@camelot.bt","password":"guinevere","tree":{"a":{"b":{}}},"nest":[[],[[]]]}`
	request := httptest.NewRequest("POST", "/auth/register", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	r.ServeHTTP(w, request)
	if got := w.Body.String(); w.Code != 201 || !strings.Contains(got, `"tree":{"a":{"b":{}}},"nest":[[],[[]]]`) {
		t.Errorf("got %d %s, want what was sent", w.Code, got)
	}
}
