package openapi_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/user/usertest"
)

func exampleApp() (*ginauth.Auth, *gin.Engine) {
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api}})
	if err != nil {
		panic(err)
	}
	r := gin.New()
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	return auth, r
}

// The document, and a page on which to try what it describes.
func ExampleHandler() {
	auth, r := exampleApp()
	r.GET("/openapi.json", openapi.Handler(auth, openapi.Title("Camelot"), openapi.Version("1.2")))
	openapi.Page("/openapi.json").Attach(r.Group("/docs"))

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output:
	// 200 application/json
}

func ExampleDocument() {
	auth, _ := exampleApp()
	doc, err := openapi.Document(auth)
	if err != nil {
		panic(err)
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		fmt.Println(path)
	}
	// Unordered output:
	// /auth/api/login
	// /auth/api/logout
	// /users/me
	// /users/{id}
}

// An application's own operations may speak of ginauth's users and security schemes.
func ExampleDocument_ownRoutes() {
	auth, _ := exampleApp()
	doc, err := openapi.Document(auth)
	if err != nil {
		panic(err)
	}
	knights := openapi3.NewOperation()
	knights.OperationID = "list_knights"
	knights.Security = openapi3.NewSecurityRequirements().With(openapi3.NewSecurityRequirement().Authenticate("api"))
	knights.AddResponse(200, openapi3.NewResponse().WithDescription("The knights.").
		WithJSONSchemaRef(openapi3.NewSchemaRef("#/components/schemas/User", nil)))
	doc.AddOperation("/knights", "GET", knights)

	fmt.Println(doc.Paths.Value("/knights").Get.OperationID)
	// Output:
	// list_knights
}

// An application that has a document already gets one of both.
func ExampleBase() {
	auth, r := exampleApp()
	own, err := openapi3.NewLoader().LoadFromData([]byte(`{
		"openapi": "3.1.0", "info": {"title": "Camelot", "version": "7"},
		"paths": {"/knights": {"get": {"responses": {"200": {"description": "The knights."}}}}}
	}`))
	if err != nil {
		panic(err)
	}
	r.GET("/openapi.json", openapi.Handler(auth, openapi.Base(own)))

	doc, err := openapi.Document(auth, openapi.Base(own))
	if err != nil {
		panic(err)
	}
	fmt.Println(doc.Info.Title, doc.Paths.Len())
	// Output:
	// Camelot 5
}

func ExampleStatuses() {
	auth, _ := exampleApp()
	fmt.Println(openapi.Statuses(auth, "GET", "/users/:id"))
	// Output:
	// [200 401 403 404 500 503]
}
