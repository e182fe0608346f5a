// Outside is a program that works on the stores for tests, which it must not.
package main

import (
	"testing"

	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/user/usertest"
)

// notATest passes for a test.
type notATest struct{ testing.TB }

func (notATest) Helper() {}

func main() {
	authtest.New(notATest{})
	authtest.New(notATest{}, authtest.WithStore(usertest.NewStore()))
	usertest.NewStore()
}
