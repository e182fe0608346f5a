package ginauth_test

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user/usertest"
)

// Limits are on without a word; this is what can be said about them.
func ExampleConfig_limits() {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})
	defer client.Close()
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}

	_, err := ginauth.New(ginauth.Config{
		Store:    usertest.NewStore(),
		Secret:   secret,
		Backends: []backends.Backend{api},

		// The reverse proxies in front of the application; only they are believed.
		TrustedProxies: []string{"10.0.0.0/24"},
		Limits: limits.Config{
			Store:           redisstrategy.NewLimits(client, ""), // instead of the store of users
			FreeFailures:    3,
			MaxDelay:        time.Hour,
			LoginsPerMinute: 60, // many people behind one address
		},
	})
	if err != nil {
		panic(err)
	}
	// Output:
}
