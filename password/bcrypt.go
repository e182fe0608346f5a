package password

import (
	"errors"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	bcryptLen = 60 // "$2b$12$", 22 characters of salt, 31 of hash
	// maxBcryptCost takes about two seconds; each step more doubles it.
	maxBcryptCost = 15
	// bcryptMaxPassword is where bcrypt stops reading.
	bcryptMaxPassword = 72
	// bcryptMemory is generous for the 4 KiB of state and its copy.
	bcryptMemory = 16
)

const bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// bcryptHash is a stored bcrypt hash, checked to be well formed.
type bcryptHash string

var _ storedHash = bcryptHash("")

// parseBcrypt reads the forms 2a, 2b and 2y. They differ in the bugs of the
// programs that wrote them, not in the right result.
func parseBcrypt(encoded string) (storedHash, error) {
	if len(encoded) != bcryptLen || encoded[6] != '$' {
		return nil, ErrUnknownHash
	}
	if p := encoded[:4]; p != "$2a$" && p != "$2b$" && p != "$2y$" {
		return nil, ErrUnknownHash
	}
	if strings.Trim(encoded[7:], bcryptAlphabet) != "" {
		return nil, ErrUnknownHash
	}
	tens, ones := encoded[4]-'0', encoded[5]-'0'
	if tens > 9 || ones > 9 {
		return nil, ErrUnknownHash
	}
	if cost := int(tens)*10 + int(ones); cost < bcrypt.MinCost || cost > maxBcryptCost {
		return nil, ErrHashParameters
	}
	return bcryptHash(encoded), nil
}

func (bcryptHash) scheme() string { return "bcrypt" }

func (bcryptHash) memoryKiB() uint32 { return bcryptMemory }

// matches refuses what bcrypt would confuse with another password: bytes after
// the 72nd are not read, and since the key is repeated with a zero byte
// between, "a" and "a\x00a" are the same to it. The work is done all the same,
// so that the time does not tell which kind of hash the account has.
func (b bcryptHash) matches(password string) (bool, error) {
	exact := len(password) <= bcryptMaxPassword && !strings.Contains(password, "\x00")
	read := password[:min(len(password), bcryptMaxPassword)]
	err := bcrypt.CompareHashAndPassword([]byte(b), []byte(read))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil && exact, err
}
