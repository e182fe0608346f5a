package maillogin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/ginauth/ginauth/user/records"
)

const (
	requestKind records.PendingKind = "mail_login"
	pointerKind records.PendingKind = "mail_pointer"

	secretBytes = 32
	// secretLength is the length of a secret as text.
	secretLength = 43
)

// secretText is the spelling of secrets; Strict allows one spelling for each value.
var secretText = base64.RawURLEncoding.Strict()

// newSecret returns 256 random bits as text.
func newSecret() string {
	var secret [secretBytes]byte
	rand.Read(secret[:]) // never fails: it ends the process instead
	return secretText.EncodeToString(secret[:])
}

// isSecret reports whether a text has the form of a secret.
func isSecret(text string) bool {
	decoded, err := secretText.DecodeString(text)
	return err == nil && len(text) == secretLength && len(decoded) == secretBytes
}

// newCode returns a random code of so many digits.
func newCode(digits int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil { // never: the reader ends the process instead
		panic(err)
	}
	return fmt.Sprintf("%0*d", digits, n)
}

// asked is what is stored of a request for a mail. It is the same for every address, and
// holds nothing that logs in.
type asked struct {
	Email    string `json:"email"`
	EmailKey string `json:"email_key"`
	// Link is the SHA-256 of the secret in the link.
	Link string `json:"link"`
	// Code is the HMAC of request and code: the database alone does not
	// allow trying all codes.
	Code string `json:"code"`
	// Bind is the SHA-256 of the browser's cookie.
	Bind string `json:"bind"`
	// Browser says that a browser asked, which has the cookie when it sends the code.
	Browser bool `json:"browser"`
}

// pointer names the one request of an address whose mail may be used. It is changed when
// a mail is sent, so requests that send none invalidate no earlier mail.
type pointer struct {
	// Request is the ID of the request's record.
	Request string `json:"request"`
	// TokenVersion is the user's when the mail was sent: whatever ends the user's tokens
	// also invalidates the mail.
	TokenVersion int64 `json:"token_version"`
}

// linkToken returns the token in the link of a mail. Its first half names the record, so
// that one record is found by link and code.
func linkToken(request, secret string) string {
	sum := sha256.Sum256([]byte(request))
	return secretText.EncodeToString(sum[:]) + "." + secret
}

// splitLink returns the ID of the record that a link names and the link's secret.
func splitLink(token string) (id, secret string, ok bool) {
	first, secret, found := strings.Cut(token, ".")
	if !found || !isSecret(first) || !isSecret(secret) {
		return "", "", false
	}
	sum, err := secretText.DecodeString(first)
	return hex.EncodeToString(sum), secret, err == nil
}

func codeMAC(key []byte, request, code string) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%d:%s%s", len(request), request, code)
	return hex.EncodeToString(mac.Sum(nil))
}

// codeFits compares with the code of every key of the ring: after a rotation the codes of
// the key before stay valid.
func (m *MailLogin) codeFits(stored, request, code string) bool {
	fits := false
	for _, key := range m.codes {
		if equal(stored, codeMAC(key, request, code)) {
			fits = true
		}
	}
	return fits
}

// pointerID returns the ID of an address's pointer. It does not show the address.
func pointerID(key []byte, emailKey string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(emailKey))
	return "mail:" + hex.EncodeToString(mac.Sum(nil))
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// decode reads what a record holds.
func decode[T any](p records.Pending) (value T, err error) {
	if err = json.Unmarshal(p.Data, &value); err != nil {
		err = fmt.Errorf("maillogin: %v is damaged: %w", p, err)
	}
	return value, err
}
