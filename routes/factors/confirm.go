package factors

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// inFlight is longer than any request takes.
const inFlight = time.Minute

func (o own) confirmRoute() routes.Route {
	return routes.Route{Method: http.MethodPost, Path: "/factors/totp/:id/confirm", Operation: "confirm_totp", Event: EventFactorAdded, Guard: o.change, Doc: routes.Doc{
		Summary: "Confirm an authenticator app",
		Description: "By a code that the app shows, which is used up by this. From now on logins ask for a second factor; the session that asks goes " +
			"on, the user's others end. The first app brings recovery codes.",
		Body: &routes.Body{Name: "ConfirmTOTPRequest", Fields: []routes.Field{{Name: codeField, Required: true, Example: "287082"}}},
		Successes: []routes.Success{{
			Status: http.StatusOK, Description: "Recovery codes, shown this once, with the first app; else nothing.", Body: totpConfirmed{exampleCodes},
		}},
		Refusals: []routes.Refused{*errLimit},
	}}
}

type totpConfirmed struct {
	Codes []string `json:"recovery_codes,omitempty"`
}

// confirm is POST /factors/totp/:id/confirm. Its steps can each be repeated, and the one
// that decides comes after those that it relies on: a request that dies in the middle
// leaves a user who is not asked for a factor yet.
func (o own) confirm(c *gin.Context) error {
	if _, _, err := o.who(c); err != nil {
		return err
	}
	in, err := o.routes.Input(c)
	if err != nil {
		return err
	}
	code := in.Text(codeField)
	if len(code) > maxCode {
		in.Invalid(codeField, "must not be longer than 64 bytes")
	}
	if err := in.Err(); err != nil {
		return err
	}
	// The body may have been long on its way: a session that was ended meanwhile must not
	// turn a factor on.
	u, keep, err := o.who(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	var key records.Credential
	var texts []string
	d := &confirmation{u: u, added: event(EventFactorAdded, u, nil), made: event(EventRecoveryCodesMade, u, nil)}
	err = o.stored(ctx, func(ctx context.Context) (err error) {
		if key, err = o.confirmKey(ctx, d, c.Param("id"), typed(secrets.Secret(code))); err != nil || u.SecondFactor {
			return err
		}
		texts, err = recovery{o.Factors}.MakeCodes(ctx, u)
		return err
	})
	if errors.Is(err, errLimit) {
		return errLimit
	}
	if err != nil {
		return err
	}
	after, first, err := o.routes.BeginFactor(ctx, u, keep)
	if errors.Is(err, user.ErrNotFound) {
		return o.undo(ctx, u, key)
	}
	if err != nil {
		return err
	}
	if !first {
		texts = nil
	}
	if err := o.finish(ctx, after, key, first, &texts); err != nil {
		return err
	}
	o.emit(ctx, d.added)
	o.notify(ctx, user.MailFactorAdded, after, 0)
	if len(texts) > 0 { // the notice of the app is one of the codes, too
		o.emit(ctx, d.made)
	}
	return routes.JSON(c, http.StatusOK, totpConfirmed{texts})
}

// confirmation is the decision that a code was right, with its events.
type confirmation struct {
	u           *user.User
	added, made user.Event
}

// record records it before it takes effect.
func (f *Factors) record(ctx context.Context, d *confirmation, c records.Credential) error {
	d.added.Note = credential(c)
	if err := f.require(ctx, &d.added); err != nil || d.u.SecondFactor {
		return err
	}
	return f.require(ctx, &d.made)
}

// confirmKey is the part of a confirmation that is about the key alone.
func (f *Factors) confirmKey(ctx context.Context, d *confirmation, id, code string) (records.Credential, error) {
	u := d.u
	c, err := f.find(ctx, u, id, totpKind)
	if err != nil {
		return c, err
	}
	if c.Key != newKey(u.ID) {
		return f.confirmAgain(ctx, d, c, code)
	}
	key, err := f.readKey(c)
	if err != nil {
		return c, err
	}
	if key.Tries >= confirmTries {
		return c, user.ErrNotFound
	}
	step, matches, err := matchingStep(key.secret, code, f.routes.Now())
	if err != nil {
		return c, err
	}
	if !matches {
		return c, f.noteWrong(ctx, c)
	}
	if err := f.record(ctx, d, c); err != nil {
		return c, err
	}
	key.LastStep, key.ConfirmedAt, key.Tries = step, f.now(), 0
	return f.settleKey(ctx, u, c, key)
}

// confirmAgain goes on with a confirmation that ended in the middle: the key has its place,
// but logins do not ask for it yet.
func (f *Factors) confirmAgain(ctx context.Context, d *confirmation, c records.Credential, code string) (records.Credential, error) {
	if d.u.SecondFactor {
		return c, user.ErrNotFound
	}
	matched, err := f.matching([]records.Credential{c}, code)
	if err == nil && matched == nil {
		err = user.ErrBadFactor
	}
	if err == nil {
		err = f.record(ctx, d, c)
	}
	if err != nil {
		return c, err
	}
	return c, f.use(ctx, *matched)
}

// noteWrong notes a wrong code, of which a new key takes few.
func (f *Factors) noteWrong(ctx context.Context, c records.Credential) error {
	for range tries {
		key, err := f.readKey(c)
		if err != nil {
			return err
		}
		key.Tries++
		if swapped, err := f.swapKey(ctx, c, key); err != nil || swapped {
			return errors.Join(err, onlyIf(swapped, user.ErrBadFactor))
		}
		again, err := f.store.CredentialByKey(ctx, c.Kind, c.Key)
		if err != nil {
			return err
		}
		if again.ID != c.ID {
			return user.ErrNotFound
		}
		c = again
	}
	return errContended
}

func onlyIf(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

// settleKey moves a key to the first free place for those that are confirmed. Of several
// requests that confirm it one gets through.
func (f *Factors) settleKey(ctx context.Context, u *user.User, c records.Credential, key totpKey) (records.Credential, error) {
	for slot := range maxKeys {
		after := following(c)
		after.Key, after.ExpiresAt = slotKey(u.ID, slot), time.Time{}
		after, err := f.withKey(after, key)
		if err != nil {
			return c, err
		}
		swapped, err := f.store.SwapCredential(ctx, c, after)
		if errors.Is(err, user.ErrExists) {
			if err = f.vacate(ctx, u, after.Key); err == nil {
				swapped, err = f.store.SwapCredential(ctx, c, after)
			}
		}
		switch {
		case errors.Is(err, user.ErrExists):
			continue
		case err != nil:
			return c, err
		case !swapped:
			return c, user.ErrNotFound
		}
		return after, nil
	}
	return c, errLimit
}

// vacate removes the key in a place if it was left by a former owner of the account, and
// could not be tidied away then. It returns [user.ErrExists] if the place is u's.
func (f *Factors) vacate(ctx context.Context, u *user.User, place string) error {
	there, err := f.store.CredentialByKey(ctx, totpKind, place)
	switch {
	case err == nil && there.OwnerVersion >= u.OwnerVersion:
		return user.ErrExists
	case err == nil:
		err = f.store.DeleteCredential(ctx, u.ID, there.ID, records.KeepNone)
	}
	return onlyIf(!errors.Is(err, user.ErrNotFound), err)
}

// finish is what follows the decision.
func (f *Factors) finish(ctx context.Context, u *user.User, key records.Credential, first bool, texts *[]string) error {
	err := f.stored(ctx, func(ctx context.Context) (err error) {
		if first {
			if *texts, err = f.enforceCodes(ctx, u, *texts); err != nil {
				return err
			}
			f.dropRemains(ctx, u, key)
		}
		_, err = f.find(ctx, u, key.ID, totpKind)
		return err
	})
	if errors.Is(err, user.ErrNotFound) { // it was removed at the same time
		if _, settleErr := f.routes.SettleSecondFactor(ctx, u.ID); settleErr != nil {
			return settleErr
		}
	}
	return err
}

// dropRemains removes keys that an earlier removal left, when it ended in the middle: who
// has one of them must not get a second factor by the enrolment of another. A key of this
// very moment is another enrolment's.
func (f *Factors) dropRemains(ctx context.Context, u *user.User, enrolled records.Credential) {
	all, err := f.keysOf(ctx, u)
	for _, c := range all {
		key, readErr := f.readKey(c)
		if c.ID == enrolled.ID || readErr == nil && f.now().Sub(key.ConfirmedAt) < inFlight {
			continue
		}
		err = errors.Join(err, f.store.DeleteCredential(ctx, u.ID, c.ID, records.KeepNone))
	}
	if err != nil {
		f.logFailure(ctx, u, "what a removed factor left was not deleted", err)
	}
}

// undo takes a key back whose owner is not logged in any more.
func (f *Factors) undo(ctx context.Context, u *user.User, key records.Credential) error {
	if err := f.delete(ctx, key); err != nil && !errors.Is(err, user.ErrNotFound) {
		return err
	}
	if _, err := f.routes.SettleSecondFactor(ctx, u.ID); err != nil && !errors.Is(err, user.ErrNotFound) {
		return err
	}
	return errEnded
}
