package routes

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// OptionsFactor is an optional interface of a [user.Factor] whose client needs options
// first, such as the challenge of a passkey.
type OptionsFactor interface {
	user.Factor

	// Options returns what the client needs to answer, as a JSON value. login is the
	// hash of the login token, empty in a re-authentication.
	Options(ctx context.Context, u *user.User, login string) (any, error)
}

// DescribedFactor is an optional interface of an [OptionsFactor]: samples of its JSON, from
// which the OpenAPI document has its schemas.
type DescribedFactor interface {
	// SampleOptions is what Options returns.
	SampleOptions() any
	// SampleCredential is what Credential of an answer holds.
	SampleCredential() any
}

// StandingFactor is an optional interface of a [user.Factor] that a user sets up in order to
// be asked for it. Recovery codes are no such factor: they stand in for others.
type StandingFactor interface {
	user.Factor

	// Stands reports whether u has set the factor up, so that logins have to go on
	// asking for a second factor. An error means that it is unknown.
	Stands(ctx context.Context, u *user.User) (bool, error)
}

// RecoveryFactor is an optional interface of a [user.Factor] that stands in for others that
// were lost: recovery codes. A package whose factor can be the first one of a user makes
// them with it, so that no user has a second factor without them. The methods are called
// with the budget of a request.
type RecoveryFactor interface {
	user.Factor

	// MakeCodes replaces the codes of u by new ones and returns those. It is called
	// before the second factor is turned on. It returns nil where another enrolment,
	// which has been completed meanwhile, has brought codes.
	MakeCodes(ctx context.Context, u *user.User) (codes []string, err error)

	// EnforceCodes is called when the second factor of u was turned on. It returns the
	// codes that are in force: those that MakeCodes returned, or new ones where another
	// enrolment, which was not completed, has replaced them.
	EnforceCodes(ctx context.Context, u *user.User, codes []string) ([]string, error)

	// EndCodes is called before the second factor of u is turned off. It returns what
	// removes the codes that u has now, and all else that goes with the last factor;
	// what a later enrolment makes stays.
	EndCodes(ctx context.Context, u *user.User) (end func(context.Context) error, err error)
}
