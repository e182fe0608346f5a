package openapi_test

import (
	"encoding/json"
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
