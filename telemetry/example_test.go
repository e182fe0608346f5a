package telemetry_test

import (
	"fmt"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/telemetry"
	"github.com/ginauth/ginauth/user/usertest"
)

func ExampleWrap() {
	config := ginauth.Config{
		Store:    usertest.NewStore(),
		Secret:   secret,
		Backends: []backends.Backend{{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}},
	}
	config = telemetry.Wrap(config) // the last line before ginauth.New
	_, err := ginauth.New(config)
	fmt.Println(err)
	// Output: <nil>
}
