package telemetry

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/ginauth/ginauth/user"
)

// count counts what an event is about.
func (i *instruments) count(ctx context.Context, e user.Event) {
	outcome := outcomeOf(e.Outcome)
	switch e.Kind {
	case user.EventLogin, user.EventLoginFailed, user.EventLoginLimited, user.EventLoginFactorRequired:
		i.logins.Add(ctx, 1, loginAttributes(e))
	case user.EventOAuthFailed:
		if e.Backend != "" { // a flow that links has no backend to log in through
			i.logins.Add(ctx, 1, loginAttributes(e))
		}
	case user.EventRegistered, user.EventRegisterRefused:
		i.registrations.Add(ctx, 1, metric.WithAttributes(outcome))
	case user.EventRefreshed:
		i.refreshes.Add(ctx, 1, metric.WithAttributes(outcome))
	case user.EventRefreshReused:
		i.refreshes.Add(ctx, 1, metric.WithAttributes(keyOutcome.String("reused")))
	}
	if e.Outcome == user.OutcomeLimited {
		i.limited.Add(ctx, 1, metric.WithAttributes(keyLimit.String(string(e.Kind))))
	}
}

// loginAttributes are those of a login, or of what should have become one.
func loginAttributes(e user.Event) metric.MeasurementOption {
	outcome := outcomeOf(e.Outcome)
	if e.Kind == user.EventLoginFactorRequired {
		outcome = keyOutcome.String("factor_required")
	}
	return metric.WithAttributes(keyBackend.String(e.Backend), methodOf(e), outcome, codeOf(e.Code))
}

// first are the methods that a login begins with, in the order in which one stands for
// all that it has.
var first = []user.Method{user.MethodPasskey, user.MethodMail, user.MethodFederated, user.MethodPassword, user.MethodApplication}

// methodOf returns by what a login began: one method, though it may have more; "none"
// where it did not get so far.
func methodOf(e user.Event) attribute.KeyValue {
	for _, m := range first {
		if slices.Contains(e.Methods, m) {
			return keyMethod.String(string(m))
		}
	}
	switch {
	case len(e.Methods) > 0:
		return keyMethod.String("other")
	case e.Note["provider"] != "":
		return keyMethod.String(string(user.MethodFederated))
	}
	return keyMethod.String("none")
}

// codeOf returns the code of an answer, if it is one of ginauth's: those of an
// application's hooks may be without number.
func codeOf(code string) attribute.KeyValue {
	if _, known := slices.BinarySearch(codesKnown, code); !known && code != "" {
		code = "other"
	}
	return keyCode.String(code)
}
