package passkeys

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func (o own) optionsRoute() routes.Route {
	return routes.Route{Method: http.MethodPost, Path: "/passkeys/options", Operation: "create_options", Guard: o.change, Doc: routes.Doc{
		Summary:     "Options for a new passkey",
		Description: "`publicKey` is what `PublicKeyCredential.parseCreationOptionsFromJSON` takes. `ceremony` is sent back with the answer, within five minutes.",
		Successes:   []routes.Success{{Status: http.StatusOK, Description: "The options.", Body: o.sampleCreation()}},
		Refusals:    []routes.Refused{*errLimit},
	}}
}

// options is POST /passkeys/options.
func (o own) options(c *gin.Context) error {
	u, _, err := o.who(c)
	if err != nil {
		return err
	}
	var me account
	var all []held
	err = o.stored(c.Request.Context(), func(ctx context.Context) (err error) {
		me, all, err = o.account(ctx, u)
		return err
	})
	if err != nil {
		return err
	}
	if len(all) >= o.config.Limit {
		return errLimit
	}
	creation, session, err := o.party.BeginRegistration(me,
		webauthn.WithCredentialParameters(webauthn.CredentialParametersRecommendedL3()),
		webauthn.WithExclusions(webauthn.Credentials(me.credentials).CredentialDescriptors()),
		webauthn.WithExtensions(webauthn.WithExtensionCredProps()))
	if err != nil {
		return err
	}
	sealed, err := o.seal(registering, ceremony{User: u.ID, Session: *session})
	if err != nil {
		return err
	}
	return routes.JSON(c, http.StatusOK, creationOf(sealed, creation.Response, me.handle))
}

// account returns u as the library knows one, and u's passkeys. The caller is within the
// budget.
func (p *Passkeys) account(ctx context.Context, u *user.User) (me account, all []held, err error) {
	if all, err = p.of(ctx, u); err != nil {
		return me, nil, err
	}
	if me.handle, err = p.handle(ctx, u); err != nil {
		return me, nil, err
	}
	me.address = u.Email
	for _, h := range all {
		one, err := h.library()
		if err != nil {
			return me, nil, err
		}
		me.credentials = append(me.credentials, one)
	}
	return me, all, nil
}

func (o own) createRoute() routes.Route {
	doc := routes.Doc{
		Summary: "Create a passkey",
		Description: "With what the authenticator answered to the options. A passkey of an authenticator that has not verified its user can be a " +
			"second factor only.",
		Body: &routes.Body{Name: "CreatePasskeyRequest", Fields: []routes.Field{
			{Name: ceremonyField, Required: true, Description: "Of the options."},
			{Name: nameField, Nullable: true, Example: "Phone", Description: "1 to 64 characters. Defaults to the authenticator's name, where it is known."},
			{Name: credentialField, Type: "object", Required: true, Description: "What `toJSON()` of the new credential returns.", Sample: registrationResponseJSON{}},
		}},
		Successes: []routes.Success{{Status: http.StatusCreated, Description: "The passkey.", Body: passkeyCreated{passkeyItem: sampleItem()}}},
		Refusals:  []routes.Refused{*errLimit},
		Vetoed:    o.vetoes(),
	}
	if o.config.AsSecondFactor {
		doc.Description += " Logins without a passkey ask for a second factor from now on; the first one brings recovery codes, and the user's other sessions end."
	}
	return routes.Route{Method: http.MethodPost, Path: "/passkeys", Operation: "create", Event: EventPasskeyAdded, Guard: o.change, Doc: doc}
}

// create is POST /passkeys.
func (o own) create(c *gin.Context) error {
	if _, _, err := o.who(c); err != nil {
		return err
	}
	in, err := o.routes.Input(c)
	if err != nil {
		return err
	}
	sealed, name := in.Text(ceremonyField), in.Name(nameField, "")
	credential := in.OptionalObject(credentialField)
	if credential == nil && in.Err() == nil {
		in.Missing(credentialField)
	}
	if err := in.Err(); err != nil {
		return err
	}
	// The body may have been long on its way: a session that was ended meanwhile must not
	// leave a way in behind.
	u, keep, err := o.who(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	begun, err := o.open(registering, sealed)
	if err == nil && begun.User != u.ID {
		err = errBadCeremony
	}
	if err == nil {
		err = o.use(ctx, begun)
	}
	if err != nil {
		return err
	}
	h, err := o.register(ctx, u, begun, credential)
	if err != nil {
		return err
	}
	if h.Name = name; name == "" {
		h.Name = nameOf(h.AAGUID)
	}
	codes, err := o.add(ctx, u, keep, h)
	if err != nil {
		return err
	}
	return routes.JSON(c, http.StatusCreated, passkeyCreated{h.item(), codes})
}

// register verifies the answer to a registration (WebAuthn level 3, section 7.1).
func (p *Passkeys) register(ctx context.Context, u *user.User, begun ceremony, answer []byte) (held, error) {
	handle, err := records.StoreCall(ctx, func(ctx context.Context) ([]byte, error) { return p.handle(ctx, u) })
	if err != nil {
		return held{}, err
	}
	parsed, err := guarded(func() (*protocol.ParsedCredentialCreationData, error) {
		return protocol.ParseCredentialCreationResponseBytes(answer)
	})
	if err == nil {
		err = p.checkClientData(parsed.Raw.AttestationResponse.ClientDataJSON)
	}
	if err != nil {
		return held{}, errBadCredential
	}
	got, err := guarded(func() (*webauthn.Credential, error) {
		return p.party.CreateCredential(account{handle: handle, address: u.Email}, begun.Session, parsed)
	})
	if err != nil || len(got.ID) > maxCredentialID || len(got.PublicKey) > maxPublicKey || !p.isKept(got) {
		return held{}, errBadCredential
	}
	return p.newHeld(u, handle, got), nil
}

// isKept reports whether the authenticator stores the credential, if that is required. A
// browser that does not report it was asked to require it.
func (p *Passkeys) isKept(got *webauthn.Credential) bool {
	return p.config.AllowSecurityKeys || got.Extensions.RK == nil || *got.Extensions.RK
}

func (p *Passkeys) newHeld(u *user.User, handle []byte, got *webauthn.Credential) held {
	// A passkey is a way in only if a login with it alone is certain to be accepted: the
	// key is stored in an authenticator that verifies its user.
	kept := !p.config.AllowSecurityKeys || got.Extensions.RK != nil && *got.Extensions.RK
	return held{
		records.Credential{
			ID: records.NewCredentialID(), UserID: u.ID, Kind: passkeyKind, Key: keyOf(got.ID), WayIn: kept && got.Flags.UserVerified,
			OwnerVersion: u.OwnerVersion, Rev: 1, CreatedAt: p.now(),
		},
		passkey{
			PublicKey: got.PublicKey, Handle: handle, AAGUID: got.Authenticator.AAGUID, SignCount: got.Authenticator.SignCount,
			Transports: transportsOf(got.Transport), UVInitialized: got.Flags.UserVerified,
			BackupEligible: got.Flags.BackupEligible, BackupState: got.Flags.BackupState, Attestation: got.AttestationFormat,
		},
	}
}

const (
	maxTransports = 8
	maxTransport  = 32
)

// transportsOf returns the transports to store of those that a client sent. Browsers get
// them back as hints.
func transportsOf(all []protocol.AuthenticatorTransport) []string {
	kept := []string{}
	for _, one := range all {
		text := string(one)
		known := text != "" && len(text) <= maxTransport && !slices.ContainsFunc([]byte(text), func(b byte) bool { return (b < 'a' || b > 'z') && b != '-' })
		if known && len(kept) < maxTransports && !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// add stores a passkey, and makes logins ask for a second factor if it is one. A
// request that is interrupted in between leaves a passkey that works, and a user without
// a second factor.
func (o own) add(ctx context.Context, u *user.User, keep string, h held) (codes []string, err error) {
	if err := o.vetoed(ctx, u, user.CredentialChange{Name: h.Name}); err != nil {
		return nil, err
	}
	e := event(EventPasskeyAdded, u, h.ID)
	if err := o.routes.Manager().Require(ctx, &e); err != nil {
		return nil, err
	}
	made := user.Event{Kind: eventCodesMade, User: u.ID}
	if o.config.AsSecondFactor && !u.SecondFactor {
		if err := o.routes.Manager().Require(ctx, &made); err != nil {
			return nil, err
		}
	}
	if err := o.insert(ctx, u, h); err != nil {
		return nil, err
	}
	if err := o.stillIn(ctx, u, keep, h); err != nil {
		return nil, err
	}
	if o.config.AsSecondFactor || u.SecondFactor {
		if codes, err = o.begin(ctx, u, keep, h); err != nil {
			return nil, err
		}
	}
	o.emit(ctx, e)
	if len(codes) > 0 { // the notice of the passkey is one of the codes, too
		o.emit(ctx, made)
	}
	o.notify(ctx, user.MailPasskeyAdded, u)
	return codes, nil
}

// insert stores a passkey unless the limit is reached. Of concurrent calls over the limit
// the last ones remove theirs again.
func (p *Passkeys) insert(ctx context.Context, u *user.User, h held) error {
	c, err := h.following()
	if err != nil {
		return err
	}
	c.Rev, c.Change = h.Rev, ""
	tooMany := false
	err = p.stored(ctx, func(ctx context.Context) error {
		all, err := p.of(ctx, u)
		if tooMany = len(all) >= p.config.Limit; err != nil || tooMany {
			return err
		}
		if err := p.store.CreateCredential(ctx, c); err != nil {
			return err
		}
		all, err = p.of(ctx, u)
		if tooMany = len(all) > p.config.Limit; err != nil || !tooMany {
			return err
		}
		return p.store.DeleteCredential(ctx, u.ID, c.ID, records.KeepNone)
	})
	switch {
	case errors.Is(err, user.ErrExists):
		return errRegistered
	case err == nil && tooMany:
		return errLimit
	}
	return err
}

// begin makes logins of u ask for a second factor, now that there is a passkey, and ends
// u's other tokens. The first factor brings recovery codes.
func (o own) begin(ctx context.Context, u *user.User, keep string, h held) (codes []string, err error) {
	if !u.SecondFactor {
		codes, err = records.StoreCall(ctx, func(ctx context.Context) ([]string, error) { return o.recovery.MakeCodes(ctx, u) })
		if err != nil {
			return nil, err
		}
	}
	after, first, err := o.routes.BeginFactor(ctx, u, keep)
	if errors.Is(err, user.ErrNotFound) {
		return nil, o.undo(ctx, u, h)
	}
	if err != nil {
		return nil, err
	}
	if !first {
		codes = nil
	} else if codes, err = records.StoreCall(ctx, func(ctx context.Context) ([]string, error) { return o.recovery.EnforceCodes(ctx, after, codes) }); err != nil {
		return nil, err
	}
	if _, err := o.find(ctx, after, h.ID); errors.Is(err, user.ErrNotFound) { // it was removed at the same time
		if _, err := o.routes.SettleSecondFactor(ctx, u.ID); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	return codes, nil
}

// stillIn removes a passkey if all the user's tokens, or all but another one, were ended while
// it was being stored. A client that hangs up does not stop that.
func (o own) stillIn(ctx context.Context, u *user.User, keep string, h held) error {
	ctx = context.WithoutCancel(ctx)
	now, err := o.routes.Manager().ByID(ctx, u.ID)
	if err == nil && (now.TokenVersion == u.TokenVersion || keep != "" && now.KeptToken == keep) {
		return nil
	}
	undone := o.undo(ctx, u, h)
	if err == nil || errors.Is(err, user.ErrNotFound) || !errors.Is(undone, errEnded) {
		return undone
	}
	return err
}

// undo removes a passkey whose owner is no longer logged in.
func (o own) undo(ctx context.Context, u *user.User, h held) error {
	err := o.stored(ctx, func(ctx context.Context) error { return o.store.DeleteCredential(ctx, u.ID, h.ID, records.KeepNone) })
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return err
	}
	if _, err := o.routes.SettleSecondFactor(ctx, u.ID); err != nil && !errors.Is(err, user.ErrNotFound) {
		return err
	}
	return errEnded
}
