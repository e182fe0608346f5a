package password

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

const (
	argon2id = "argon2id"
	argon2i  = "argon2i"

	// New hashes have these; stored ones may be anything within the caps.
	argon2SaltBytes   = 16
	argon2OutputBytes = 32

	minArgon2Salt = 8
	maxArgon2Salt = 64
	maxArgon2Time = 10
)

// argon2Params are the costs of Argon2; memory is in KiB.
type argon2Params struct {
	memory  uint32
	time    uint32
	threads uint8
}

// argon2Hash is a stored Argon2 hash of version 19, the only one computed here.
type argon2Hash struct {
	variant string
	argon2Params
	salt, key []byte
}

var _ storedHash = (*argon2Hash)(nil)

// parseArgon2 reads "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>" or argon2i.
func parseArgon2(encoded string) (storedHash, error) {
	parts, ok := splitHash(encoded, 5)
	if !ok || (parts[0] != argon2id && parts[0] != argon2i) || parts[1] != "v=19" {
		return nil, ErrUnknownHash
	}
	params, ok := hashParams(parts[2], "m", "t", "p")
	if !ok {
		return nil, ErrUnknownHash
	}
	salt, saltOK := hashBytes(b64Std, parts[3])
	key, keyOK := hashBytes(b64Std, parts[4])
	if !saltOK || !keyOK {
		return nil, ErrUnknownHash
	}
	m, t, p := params[0], params[1], params[2]
	// RFC 9106 section 3.1 wants 8 KiB for each thread.
	if t < 1 || t > maxArgon2Time || p < 1 || p > maxHashThreads || m < 8*p || m > maxHashMemory {
		return nil, ErrHashParameters
	}
	if len(salt) < minArgon2Salt || len(salt) > maxArgon2Salt || !outputInBounds(key) {
		return nil, ErrHashParameters
	}
	return &argon2Hash{parts[0], argon2Params{m, t, uint8(p)}, salt, key}, nil
}

// newArgon2Hash hashes password with a new salt. It relies on crypto/rand ending the
// process rather than failing.
func newArgon2Hash(p argon2Params, password string) *argon2Hash {
	salt := make([]byte, argon2SaltBytes)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, p.time, p.memory, p.threads, argon2OutputBytes)
	return &argon2Hash{argon2id, p, salt, key}
}

// nobodysHash is a hash that no password matches and that takes as long to
// verify as one of a real account.
func nobodysHash(p argon2Params) *argon2Hash {
	random := make([]byte, argon2SaltBytes+argon2OutputBytes)
	rand.Read(random)
	return &argon2Hash{argon2id, p, random[:argon2SaltBytes], random[argon2SaltBytes:]}
}

func (a *argon2Hash) encode() string {
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d$%s$%s", a.variant, argon2.Version,
		a.memory, a.time, a.threads, b64Std.EncodeToString(a.salt), b64Std.EncodeToString(a.key))
}

func (a *argon2Hash) scheme() string { return a.variant }

func (a *argon2Hash) memoryKiB() uint32 { return a.memory }

func (a *argon2Hash) matches(password string) (bool, error) {
	key := a.derive(password, len(a.key))
	return subtle.ConstantTimeCompare(key, a.key) == 1, nil
}

func (a *argon2Hash) derive(password string, n int) []byte {
	derive := argon2.IDKey
	if a.variant == argon2i {
		derive = argon2.Key
	}
	return derive([]byte(password), a.salt, a.time, a.memory, a.threads, uint32(n))
}

// isNew reports whether a looks like a hash made today with params.
func (a *argon2Hash) isNew(params argon2Params) bool {
	return a.variant == argon2id && a.argon2Params == params &&
		len(a.salt) == argon2SaltBytes && len(a.key) == argon2OutputBytes
}

// check reports every cost that is too weak to protect a password or too high
// to be verified again, by the name it has in [Config].
func (p argon2Params) check() error {
	var errs []error
	if p.time > maxArgon2Time {
		errs = append(errs, fmt.Errorf("Hasher.Time is %d, want at most %d", p.time, maxArgon2Time))
	}
	if p.threads > maxHashThreads {
		errs = append(errs, fmt.Errorf("Hasher.Threads is %d, want at most %d", p.threads, maxHashThreads))
	}
	if p.memory > maxHashMemory {
		errs = append(errs, fmt.Errorf("Hasher.Memory is %d KiB, want at most %d", p.memory, maxHashMemory))
	}
	if least := minArgon2Memory(p.time); p.memory < least {
		errs = append(errs, fmt.Errorf("Hasher.Memory is %d KiB, want at least %d with Time %d", p.memory, least, p.time))
	}
	return errors.Join(errs...)
}

// minArgon2Memory is the least memory, in KiB, that OWASP ASVS 5.0 appendix C
// accepts for the number of passes.
func minArgon2Memory(time uint32) uint32 {
	switch time {
	case 1:
		return 46 * 1024
	case 2:
		return 19 * 1024
	default:
		return 12 * 1024
	}
}
