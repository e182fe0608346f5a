package factors

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const (
	deviceKind = records.CredentialKind("device")

	deviceCookie = "device_"
	deviceBytes  = 32
	// maxDevices is how many browsers a user may trust; the oldest goes. maxBrowserUsers
	// is of how many users a browser may be trusted.
	maxDevices      = 20
	maxBrowserUsers = 5
	// maxDeviceName is enough for what browsers say of themselves, whose last words are
	// their names.
	maxDeviceName = 256
)

// device is what is stored of a trusted browser. It is trusted while the token version is
// the user's: whatever ends all tokens ends it in the same write.
type device struct {
	TokenVersion int64 `json:"token_version"`
}

// isCurrent reports whether c is a browser that u still trusts, apart from its expiry.
func isCurrent(u *user.User, c records.Credential) bool {
	var d device
	return json.Unmarshal(c.Data, &d) == nil && d.TokenVersion == u.TokenVersion
}

// devices decides which browsers are trusted.
type devices struct{ *Factors }

// mayTrust reports whether browsers of u are trusted at all.
func (d devices) mayTrust(u *user.User) bool {
	return d.config.TrustDeviceFor == nil || d.config.TrustDeviceFor(u)
}

// Trusted implements [github.com/ginauth/ginauth/routes.Devices].
func (d devices) Trusted(c *gin.Context, b *backends.Running, login user.Login) (bool, error) {
	side, ok := b.Carrier.(backends.SideCookies)
	u := login.User
	if !ok || !d.mayTrust(u) {
		return false, nil
	}
	ctx := c.Request.Context()
	for _, suffix := range d.suffixes(u.ID) {
		secret := side.SideCookie(c, suffix)
		if secret == "" {
			continue
		}
		found, err := records.StoreCall(ctx, func(ctx context.Context) (records.Credential, error) {
			return d.store.CredentialByKey(ctx, deviceKind, records.HashToken(secret))
		})
		switch {
		case errors.Is(err, user.ErrNotFound):
		case err != nil:
			return false, err
		case d.isValid(u, found) && isCurrent(u, found):
			d.noteUse(ctx, found)
			return true, nil
		}
	}
	return false, nil
}

// noteUse notes for the list when a browser was used. Nothing depends on it.
func (d devices) noteUse(ctx context.Context, c records.Credential) {
	after := following(c)
	after.LastUsedAt = d.now()
	err := d.stored(ctx, func(ctx context.Context) error {
		_, err := d.store.SwapCredential(ctx, c, after)
		return err
	})
	if err != nil {
		d.logFailure(ctx, &user.User{ID: c.UserID}, "the use of a trusted browser was not noted", err)
	}
}

// suffixes returns the name that the cookie of a user has, for each secret of the key ring:
// a browser may have several users. It does not show whose it is.
func (d devices) suffixes(id user.ID) []string {
	var names []string
	for _, key := range d.routes.Keys("ginauth:device-cookie") {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id))
		names = append(names, deviceCookie+hex.EncodeToString(mac.Sum(nil)[:4]))
	}
	return names
}

// Trust implements [github.com/ginauth/ginauth/routes.Devices].
func (d devices) Trust(c *gin.Context, b *backends.Running, u *user.User) error {
	side, ok := b.Carrier.(backends.SideCookies)
	if !ok || !d.mayTrust(u) {
		return nil
	}
	random := make([]byte, deviceBytes)
	rand.Read(random) // never fails: it ends the process instead
	secret := base64.RawURLEncoding.EncodeToString(random)
	ctx := c.Request.Context()
	e := event(EventDeviceTrusted, u, nil)
	if err := d.require(ctx, &e); err != nil {
		return fmt.Errorf("factors: trust browser: %w", err)
	}
	if err := d.stored(ctx, func(ctx context.Context) error { return d.keep(ctx, u, secret, deviceName(c.Request)) }); err != nil {
		return fmt.Errorf("factors: trust browser: %w", err)
	}
	suffix := d.suffixes(u.ID)[0]
	if err := side.SetSideCookie(c, suffix, secret, d.config.TrustDevice); err != nil {
		return fmt.Errorf("factors: trust browser: %w", err)
	}
	d.emit(ctx, e)
	return d.forgetOthers(c, b.Carrier.Cookies()[0], side, suffix)
}

// keep stores a trusted browser, and removes those that are too many.
func (d devices) keep(ctx context.Context, u *user.User, secret, name string) error {
	data, err := json.Marshal(device{u.TokenVersion})
	if err != nil {
		return err
	}
	all, err := d.store.CredentialsOf(ctx, u.ID, deviceKind)
	if err != nil {
		return err
	}
	living := slices.DeleteFunc(slices.Clone(all), func(c records.Credential) bool { return !d.isValid(u, c) || !isCurrent(u, c) })
	spared := living[max(0, len(living)-maxDevices+1):]
	for _, c := range all {
		if slices.ContainsFunc(spared, func(other records.Credential) bool { return other.ID == c.ID }) {
			continue
		}
		if err := d.store.DeleteCredential(ctx, u.ID, c.ID, records.KeepNone); err != nil && !errors.Is(err, user.ErrNotFound) {
			return err
		}
	}
	now := d.now()
	return d.store.CreateCredential(ctx, records.Credential{
		ID: records.NewCredentialID(), UserID: u.ID, Kind: deviceKind, Key: records.HashToken(secret), Name: name, Data: data,
		OwnerVersion: u.OwnerVersion, Rev: 1, CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(d.config.TrustDevice),
	})
}

// forgetOthers clears the cookies of other users where a browser has too many.
func (d devices) forgetOthers(c *gin.Context, name string, side backends.SideCookies, own string) error {
	var others []string
	for _, cookie := range c.Request.Cookies() {
		suffix, ok := strings.CutPrefix(cookie.Name, name+"_")
		if ok && strings.HasPrefix(suffix, deviceCookie) && suffix != own && !slices.Contains(others, suffix) {
			others = append(others, suffix)
		}
	}
	for _, suffix := range others[min(len(others), maxBrowserUsers-1):] {
		if err := side.ClearSideCookie(c, suffix); err != nil {
			return fmt.Errorf("factors: forget browser: %w", err)
		}
	}
	return nil
}

// deviceName is what a client says of itself, shortened, for the list.
func deviceName(r *http.Request) string {
	shown := []rune(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, r.UserAgent()))
	return cmp.Or(strings.TrimSpace(string(shown[:min(len(shown), maxDeviceName)])), "Browser")
}
