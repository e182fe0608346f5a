package factors

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	recoveryKind = records.CredentialKind("recovery")
	recoveryName = "recovery_code"
	// recoverySet is how many codes there are in a set, recoveryBytes how long each is:
	// 120 random bits, so that an unsalted hash is enough.
	recoverySet   = 10
	recoveryBytes = 15
	recoveryGroup = 6
)

// crockford is the alphabet of Douglas Crockford's base 32, which leaves out letters that
// look like others.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

var recoveryText = base32.NewEncoding(crockford).WithPadding(base32.NoPadding)

// codes is what is stored of a set of recovery codes.
type codes struct {
	Hashes []string `json:"hashes"`
	// Since is the user's token version with which the set came into force. An enrolment
	// that began before does not replace it.
	Since int64 `json:"since,omitzero"`
}

// recovery is the factor that stands in for one that was lost.
type recovery struct{ *Factors }

var _ routes.RecoveryFactor = recovery{}

// MakeCodes implements [routes.RecoveryFactor].
func (r recovery) MakeCodes(ctx context.Context, u *user.User) ([]string, error) {
	texts, err := r.makeCodes(ctx, u, 0)
	if errors.Is(err, errInForce) {
		return nil, nil
	}
	return texts, err
}

// EnforceCodes implements [routes.RecoveryFactor].
func (r recovery) EnforceCodes(ctx context.Context, u *user.User, texts []string) ([]string, error) {
	return r.enforceCodes(ctx, u, texts)
}

// EndCodes implements [routes.RecoveryFactor]. The trusted browsers go with the codes.
func (r recovery) EndCodes(ctx context.Context, u *user.User) (end func(context.Context) error, err error) {
	record, set, err := r.codesOf(ctx, u)
	without := errors.Is(err, user.ErrNotFound)
	if err != nil && !without {
		return nil, err
	}
	return func(ctx context.Context) error {
		if !without {
			if err := r.dropCodes(ctx, record, set); err != nil {
				return err
			}
		}
		return r.store.DeleteCredentialsOf(ctx, u.ID, deviceKind)
	}, nil
}

// Name implements [user.Factor].
func (recovery) Name() string { return recoveryName }

// Usable implements [user.Factor].
func (r recovery) Usable(ctx context.Context, u *user.User) (bool, error) {
	left, err := r.codesLeft(ctx, u)
	return left > 0, err
}

// codesLeft returns how many codes of u are not used.
func (f *Factors) codesLeft(ctx context.Context, u *user.User) (int, error) {
	_, set, err := f.codesOf(ctx, u)
	if errors.Is(err, user.ErrNotFound) {
		return 0, nil
	}
	return len(set.Hashes), err
}

// codesOf returns the record of u's codes and what is in it, which is nothing if the
// account had another owner then.
func (f *Factors) codesOf(ctx context.Context, u *user.User) (c records.Credential, set codes, err error) {
	c, err = f.store.CredentialByKey(ctx, recoveryKind, string(u.ID))
	if err != nil || !f.isValid(u, c) {
		return c, codes{}, err
	}
	if err = json.Unmarshal(c.Data, &set); err != nil {
		return c, codes{}, fmt.Errorf("factors: %v is damaged: %w", c, err)
	}
	return c, set, nil
}

// Check implements [user.Factor].
func (r recovery) Check(ctx context.Context, u *user.User, a user.Answer) ([]user.Method, error) {
	hash, ok := recoveryHash(a.Code)
	if !ok {
		return nil, user.ErrBadFactor
	}
	for range tries {
		c, set, err := r.codesOf(ctx, u)
		if errors.Is(err, user.ErrNotFound) {
			return nil, user.ErrBadFactor
		}
		if err != nil {
			return nil, err
		}
		at := indexOf(set.Hashes, hash)
		if at < 0 {
			return nil, user.ErrBadFactor
		}
		set.Hashes = slices.Delete(set.Hashes, at, at+1)
		e := usedCode(u, len(set.Hashes))
		if err := r.require(ctx, &e); err != nil {
			return nil, err
		}
		used := c
		used.LastUsedAt = r.now()
		swapped, err := r.swapCodes(ctx, c, used, set)
		if err != nil {
			return nil, err
		}
		if swapped {
			r.emit(ctx, e)
			r.notify(ctx, user.MailRecoveryCodeUsed, u, len(set.Hashes))
			return []user.Method{user.MethodRecoveryCode}, nil
		}
	}
	return nil, errContended
}

// indexOf compares with all hashes, in the same time wherever it is found.
func indexOf(hashes []string, hash string) int {
	found := -1
	for i, one := range hashes {
		if subtle.ConstantTimeCompare([]byte(one), []byte(hash)) == 1 {
			found = i
		}
	}
	return found
}

func (f *Factors) swapCodes(ctx context.Context, before, after records.Credential, set codes) (swapped bool, err error) {
	after = following(after)
	if after.Data, err = json.Marshal(set); err != nil {
		return false, err
	}
	return f.store.SwapCredential(ctx, before, after)
}

// errInForce says that an enrolment came too late: another one has made codes that are in
// force by now.
var errInForce = errors.New("factors: other recovery codes are in force")

// makeCodes replaces the codes of u. since, if it is not 0, is the token version with which
// the new ones are in force; otherwise it stays as it was.
func (f *Factors) makeCodes(ctx context.Context, u *user.User, since int64) ([]string, error) {
	texts, hashes := newCodes()
	for range tries {
		before, set, err := f.codesOf(ctx, u)
		if errors.Is(err, user.ErrNotFound) {
			err = f.createCodes(ctx, u, codes{hashes, since})
			if errors.Is(err, user.ErrExists) {
				continue
			}
			return texts, err
		}
		if err != nil {
			return nil, err
		}
		if set.Since > u.TokenVersion {
			return nil, errInForce
		}
		after := before
		after.OwnerVersion, after.ExpiresAt = u.OwnerVersion, records.Credential{}.ExpiresAt
		swapped, err := f.swapCodes(ctx, before, after, codes{hashes, max(since, set.Since)})
		if err != nil {
			return nil, err
		}
		if swapped {
			return texts, nil
		}
	}
	return nil, errContended
}

func (f *Factors) createCodes(ctx context.Context, u *user.User, set codes) error {
	data, err := json.Marshal(set)
	if err != nil {
		return err
	}
	return f.store.CreateCredential(ctx, records.Credential{
		ID: records.NewCredentialID(), UserID: u.ID, Kind: recoveryKind, Key: string(u.ID), Data: data,
		OwnerVersion: u.OwnerVersion, Rev: 1, CreatedAt: f.now(),
	})
}

// enforceCodes notes that the codes which texts shows are in force for u, whose second
// factor was turned on just now. If another enrolment has replaced them meanwhile, which
// did not turn it on, new ones are made.
func (f *Factors) enforceCodes(ctx context.Context, u *user.User, texts []string) ([]string, error) {
	before, set, err := f.codesOf(ctx, u)
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return nil, err
	}
	if err == nil && len(texts) > 0 && len(set.Hashes) == len(texts) && set.Hashes[0] == records.HashToken(plain(texts[0])) {
		set.Since = u.TokenVersion
		if swapped, err := f.swapCodes(ctx, before, before, set); err != nil || swapped {
			return texts, err
		}
	}
	return f.makeCodes(ctx, u, u.TokenVersion)
}

// dropCodes makes the codes of a record worthless, unless they have been replaced since.
func (f *Factors) dropCodes(ctx context.Context, c records.Credential, set codes) error {
	_, err := f.swapCodes(ctx, c, c, codes{Hashes: []string{}, Since: set.Since})
	return err
}

// newCodes returns a set of codes as people see them, and the hashes to store.
func newCodes() (texts, hashes []string) {
	random := make([]byte, recoveryBytes)
	for range recoverySet {
		rand.Read(random) // never fails: it ends the process instead
		text := recoveryText.EncodeToString(random)
		hashes = append(hashes, records.HashToken(text))
		groups := make([]string, 0, 4)
		for group := range slices.Chunk([]byte(text), recoveryGroup) {
			groups = append(groups, string(group))
		}
		texts = append(texts, strings.Join(groups, "-"))
	}
	return texts, hashes
}

// lookalikes are characters that are read as others of the alphabet.
var lookalikes = strings.NewReplacer("i", "1", "l", "1", "o", "0")

func plain(text string) string {
	return lookalikes.Replace(strings.ToLower(typed(secrets.Secret(text))))
}

// recoveryHash returns the hash of a code as it was typed. It reports false for a text
// that can be no code.
func recoveryHash(code secrets.Secret) (hash string, ok bool) {
	text := plain(string(code))
	if len(text) != recoveryText.EncodedLen(recoveryBytes) || strings.Trim(text, crockford) != "" {
		return "", false
	}
	return records.HashToken(text), true
}
