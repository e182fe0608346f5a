package refresh_test

import (
	"fmt"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
)

func ExampleStrategy() {
	app := backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}}
	web := backends.Backend{Name: "app_web", Transport: backends.Cookie{Name: "app_web"}, Strategy: refresh.Strategy{}}
	fmt.Println(app.Name, web.Name)
	// Output: app app_web
}
