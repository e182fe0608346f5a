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
	var common [][]user.Method
	for _, first := range []user.Method{user.MethodPassword, user.MethodFederated, user.MethodMail, user.MethodApplication} {
		common = append(common, []user.Method{first})
		for _, second := range []user.Method{user.MethodTOTP, user.MethodRecoveryCode} {
			common = append(common, user.Login{}.With(first, second).Methods)
		}
	}
	common = append(common, user.Login{}.With(user.MethodPasskey).Methods, user.Login{}.With(user.MethodPasskey, user.MethodUserVerified).Methods)
	known := map[string][]user.Method{}
	for _, methods := range common {
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
