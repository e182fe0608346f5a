package backends

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/user"
)

// commonMethods are the values of "amr" that nearly all tokens have, so that reading
// one allocates nothing. They are shared, and so never modified.
var commonMethods = func() map[string][]user.Method {
	known := map[string][]user.Method{}
	for _, methods := range [][]user.Method{
		{user.MethodPassword},
		{user.MethodFederated},
		{user.MethodMail},
		user.Login{}.With(user.MethodPassword, user.MethodTOTP).Methods,
		user.Login{}.With(user.MethodPassword, user.MethodRecoveryCode).Methods,
		user.Login{}.With(user.MethodFederated, user.MethodTOTP).Methods,
		user.Login{}.With(user.MethodPasskey, user.MethodUserVerified).Methods,
	} {
		text, err := json.Marshal(methods)
		if err != nil {
			panic(err) // strings always marshal
		}
		known[string(text)] = methods
	}
	return known
}()

// methodsOf reads the claim "amr" (RFC 8176): an array of strings, or absent.
func methodsOf(raw jsontext.Value) (methods []user.Method, ok bool) {
	if len(raw) == 0 {
		return nil, true
	}
	if known, ok := commonMethods[string(raw)]; ok {
		return known, true
	}
	if raw.Kind() != '[' || json.Unmarshal(raw, &methods) != nil || slices.Contains(methods, "") {
		return nil, false
	}
	slices.Sort(methods)
	return slices.Compact(methods), true
}
