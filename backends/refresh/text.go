package refresh

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// keyInfo is what the keys of the MACs are derived for.
const keyInfo = "ginauth:refresh"

const (
	familyBytes = 16
	textBytes   = familyBytes + 4 + sha256.Size
)

// spelling is that of refresh tokens and sessions; Strict leaves each only one.
var spelling = base64.RawURLEncoding.Strict()

// family names one login. It is in every access token of the login, and no secret.
type family [familyBytes]byte

func newFamily() (f family) {
	rand.Read(f[:]) // never fails: it ends the process instead
	return f
}

// session is the claim "sid".
func (f family) session() string { return spelling.EncodeToString(f[:]) }

// hash is what the record of the login is stored under.
func (f family) hash() string { return records.HashToken(f.session()) }

// readSession reads the claim "sid" of an access token.
func readSession(text string) (f family, ok bool) {
	ok = decode(f[:], text)
	return f, ok
}

// refreshToken is a refresh token as its client sends it. Nothing of it is known to be
// true before its MAC was compared.
type refreshToken struct {
	family     family
	generation uint32
	mac        [sha256.Size]byte
}

func readToken(text string) (t refreshToken, ok bool) {
	var all [textBytes]byte
	if !decode(all[:], text) {
		return refreshToken{}, false
	}
	copy(t.family[:], all[:])
	t.generation = binary.BigEndian.Uint32(all[familyBytes:])
	copy(t.mac[:], all[familyBytes+4:])
	return t, true
}

// decode fills to with what text spells, and reports whether that is exactly as much.
func decode(to []byte, text string) bool {
	if len(text) != spelling.EncodedLen(len(to)) {
		return false
	}
	// The decoder skips line breaks, so the length of what it yields decides too.
	decoded, err := spelling.DecodeString(text)
	return err == nil && copy(to, decoded) == len(to) && len(decoded) == len(to)
}

// macs makes and compares the MACs of one backend. The database alone makes no token, as
// it has no key, nor does the secret alone, as it has no salt.
type macs struct {
	keys    [][]byte // the first makes, all compare
	backend string
}

// text returns the token of a generation.
func (m macs) text(f family, r records.Rotation) string {
	all := binary.BigEndian.AppendUint32(append(make([]byte, 0, textBytes), f[:]...), r.Generation)
	return spelling.EncodeToString(append(all, m.sum(m.keys[0], f, r.Generation, r.Salt)...))
}

// authentic reports whether t is one of the tokens that were made for a record. It
// compares with every key, whichever fits.
func (m macs) authentic(t refreshToken, salt secrets.Secret) bool {
	found := false
	for _, key := range m.keys {
		if hmac.Equal(m.sum(key, t.family, t.generation, salt), t.mac[:]) {
			found = true
		}
	}
	return found && salt != ""
}

func (m macs) sum(key []byte, f family, generation uint32, salt secrets.Secret) []byte {
	text := binary.BigEndian.AppendUint16([]byte("refresh"), uint16(len(m.backend)))
	text = append(append(text, m.backend...), f[:]...)
	text = append(binary.BigEndian.AppendUint32(text, generation), salt...)
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}

// newSalt returns the salt of a new record.
func newSalt() secrets.Secret {
	random := make([]byte, sha256.Size)
	rand.Read(random) // never fails: it ends the process instead
	return secrets.Secret(spelling.EncodeToString(random))
}
