// Package passkeys adds passkeys to an application (WebAuthn, level 3): users create
// them, log in with them alone, and answer with them where a second factor is asked for.
//
// [New] registers the factor. It is called after ginauth.New, after factors.New where the
// application has both, and before the routes of the backends are made. [Passkeys.Own],
// [Passkeys.Login] and [Passkeys.Admin] are the route groups.
//
// Requests and answers have the JSON forms that browsers read and write themselves:
// PublicKeyCredential.parseCreationOptionsFromJSON, parseRequestOptionsFromJSON and toJSON.
package passkeys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	defaultFresh  = 10 * time.Minute
	defaultLimit  = 20
	maxLimit      = 100
	defaultCookie = "ginauth_passkey"
	// ceremonyTime is how long people may take to use their authenticator.
	ceremonyTime = 5 * time.Minute
)

// UserVerification says whether an authenticator has to verify its user, by a PIN, a
// fingerprint or the like.
type UserVerification string

// The choices of [Config].UserVerificationAtRegistration.
const (
	UserVerificationPreferred UserVerification = "preferred"
	UserVerificationRequired  UserVerification = "required"
)

// Config is what passkeys are made of.
type Config struct {
	// RPID is the relying party: the domain that passkeys belong to, such as
	// "example.com". They work there and on all sub-domains only; changing it makes all
	// existing ones useless. "localhost" is for development. Required.
	RPID string
	// Name is the application's name as authenticators show it, of at most 64
	// characters. Required.
	Name string
	// Origins are the origins of the application's pages, as browsers send them, such as
	// "https://app.example.com". The host of each is RPID or below it. Required, unless
	// there are AppOrigins.
	Origins []string
	// RelatedOrigins are origins of pages on other domains that use the same passkeys. At
	// most five different domains; [Passkeys.WellKnown] publishes them. Defaults to none.
	RelatedOrigins []string
	// AppOrigins are the origins of Android applications: "android:apk-key-hash:" and the
	// SHA-256 of the signing certificate in base64url without padding. Applications on
	// iOS have the origin "https://" and RPID. Defaults to none.
	AppOrigins []string

	// AsSecondFactor makes logins of users who have a passkey ask for a second factor
	// wherever they log in without one. The first passkey brings recovery codes, so it
	// needs package routes/factors. Without it a passkey can be used as a second factor, but
	// does not turn it on. Defaults to false.
	AsSecondFactor bool
	// Limit is how many passkeys a user may have, at most 100. Defaults to 20.
	Limit int
	// UserVerificationAtRegistration says whether authenticators that cannot verify their
	// user are refused. Such a passkey can be a second factor only. Defaults to
	// [UserVerificationPreferred]: they are not.
	UserVerificationAtRegistration UserVerification
	// AllowSecurityKeys lets users register security keys that store no credentials. Such a key
	// can be a second factor only. Defaults to false.
	AllowSecurityKeys bool
	// Fresh is how recent a login must be to add or remove a passkey. Defaults to 10
	// minutes.
	Fresh time.Duration
	// Cookie is what binds a login to its browser at backends that have no cookie of
	// their own: the name is Name and "_ceremony". Name defaults to "ginauth_passkey", the
	// rest as [backends.Cookie] says; MaxAge is not used. Set Insecure for development
	// over plain HTTP.
	Cookie backends.Cookie
}

// Passkeys are the passkeys of one application. It is safe for concurrent use.
type Passkeys struct {
	config   Config
	routes   *routes.Routes
	store    records.CredentialStore
	used     records.UsedStore
	sealer   *secrets.Sealer
	party    *webauthn.WebAuthn
	origins  []string // all of them
	recovery routes.RecoveryFactor
	cookie   backends.Carrier
	decoy    decoy
}

// New adds passkeys to auth and prepares the store. The error joins all mistakes, each
// naming its field. Panics if AuthRoutes or New was called before: the groups of the
// backends have the routes of the factors that exist when they are made.
func New(ctx context.Context, auth *ginauth.Auth, config Config) (*Passkeys, error) {
	p := &Passkeys{config: config.withDefaults(), routes: auth.Routes(), sealer: auth.Routes().Sealer(), recovery: auth.Routes().Recovery()}
	problems := p.config.problems()
	if p.config.AsSecondFactor && p.recovery == nil {
		problems = append(problems, errors.New("Config.AsSecondFactor needs recovery codes: call factors.New of routes/factors before"))
	}
	store := auth.Manager().Store()
	problems = append(problems, records.Ensure(ctx, store, records.NeedCredentials, records.NeedPending))
	p.store, _ = records.As[records.CredentialStore](store)
	var ok bool
	if p.used, ok = records.As[records.UsedStore](store); !ok {
		problems = append(problems, fmt.Errorf("the store, a %T, is not a records.UsedStore, as mongostore.Store is", store))
	}
	carrier, err := p.config.Cookie.SetUp(backends.Setup{})
	if err != nil {
		problems = append(problems, fmt.Errorf("Config.Cookie: %w", err))
	}
	p.cookie = carrier
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("passkeys: invalid configuration:\n%w", err)
	}
	if p.party, err = p.config.party(); err != nil {
		return nil, fmt.Errorf("passkeys: invalid configuration:\n%w", err)
	}
	p.origins = slices.Concat(p.config.Origins, p.config.RelatedOrigins, p.config.AppOrigins)
	p.decoy = newDecoy()
	p.routes.AddFactor(factor{p})
	return p, nil
}

func (c Config) withDefaults() Config {
	c.Origins, c.RelatedOrigins, c.AppOrigins = slices.Clone(c.Origins), slices.Clone(c.RelatedOrigins), slices.Clone(c.AppOrigins)
	if c.Fresh == 0 {
		c.Fresh = defaultFresh
	}
	if c.Limit == 0 {
		c.Limit = defaultLimit
	}
	if c.UserVerificationAtRegistration == "" {
		c.UserVerificationAtRegistration = UserVerificationPreferred
	}
	if c.Cookie.Name == "" {
		c.Cookie.Name = defaultCookie
	}
	return c
}

// party configures the library. Its own timeouts, which read the wall clock, are off: a
// ceremony carries its own expiry.
func (c Config) party() (*webauthn.WebAuthn, error) {
	timeout := webauthn.TimeoutConfig{Timeout: ceremonyTime, TimeoutUVD: ceremonyTime}
	residentKey := protocol.ResidentKeyRequirementRequired
	if c.AllowSecurityKeys {
		residentKey = protocol.ResidentKeyRequirementPreferred
	}
	required := !c.AllowSecurityKeys
	origins := slices.Concat(c.Origins, c.RelatedOrigins)
	if len(origins) == 0 {
		origins = []string{"https://" + c.RPID} // the library requires one; checkClientData compares origins again
	}
	return webauthn.New(&webauthn.Config{
		RPID: c.RPID, RPDisplayName: c.Name, RPOrigins: origins, RPOpaqueOrigins: c.AppOrigins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: residentKey,
			UserVerification: protocol.UserVerificationRequirement(c.UserVerificationAtRegistration),
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
}

// now is the present as it is stored.
func (p *Passkeys) now() time.Time { return p.routes.Now().UTC().Truncate(time.Millisecond) }

// stored runs calls of the store within the budget of the request.
func (p *Passkeys) stored(ctx context.Context, call func(context.Context) error) error {
	return routes.CallStore(ctx, call)
}

// errContended means that a conditional write lost to other requests too often.
var errContended = fmt.Errorf("%w: too many changes at once", user.ErrUnavailable)

// tries is how often a conditional write that lost to another one is repeated.
const tries = 3
