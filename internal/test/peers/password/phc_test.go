package password_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/ginauth/ginauth/password"
)

// FuzzArgon2AsOthersRead looks for a stored Argon2id hash that is accepted but means
// something else to another library, or that is refused although the other library
// reads it, it is spelled in the one way there is and its work is within the caps.
//
// The comparison needs no parameters of ours: only one spelling of a hash is accepted,
// so another library that reads an accepted hash as we do spells it the same again.
func FuzzArgon2AsOthersRead(f *testing.F) {
	for _, encoded := range []string{
		"$argon2id$v=19$m=65536,t=3,p=4$LCK9aXbosWETL/tiOnO6QQ$3KXEUCumZglV9Pq/GbzqcKnYbRAVOxOIa/+ENJNWx0U",
		"$argon2id$v=19$m=19456,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg",
		"$argon2id$v=19$m=8,t=1,p=1$c2FsdHlzYWx0LXg$l4V3mzYAQ+auuRt/HbS5D02blKRBq2vtHuTkFGaVeJA",
		"$argon2id$v=19$m=512,t=10,p=16$c2FsdHlzYWx0LXg$KPYyPcxMI8NklHZuB/CSMU5mH3pS9HUTcRtc5BeDq0/1tJafod/qb+w+YOAXf0GGuWjQUEZ725PD1I1sPXIklg",
		"$argon2id$v=19$m=99999999999,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg",
		"$argon2i$v=19$m=32768,t=3,p=2$jTFMFYtmjOH4svMvQkrseA$J8/NL2YU0rmOExLB444Gtg",
		"not-a-hash",
	} {
		f.Add(encoded)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		refusal := password.CheckHash(encoded)
		params, salt, key, err := argon2id.DecodeHash(encoded)
		if refusal == nil {
			if isArgon2id(encoded) && (err != nil || spell(params, salt, key) != encoded) {
				t.Errorf("%q is accepted, another library reads %+v, %x, %x, %v", encoded, params, salt, key, err)
			}
			return
		}
		if err == nil && withinCaps(params, salt, key) && spell(params, salt, key) == encoded {
			t.Errorf("%q is refused with %v, but another library reads it", encoded, refusal)
		}
	})
}

func isArgon2id(encoded string) bool {
	const prefix = "$argon2id$"
	return len(encoded) > len(prefix) && encoded[:len(prefix)] == prefix
}

func spell(p *argon2id.Params, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// withinCaps reports whether a hash costs no more than stored hashes may.
func withinCaps(p *argon2id.Params, salt, key []byte) bool {
	return p.Memory <= 256*1024 && p.Memory >= 8*uint32(p.Parallelism) && p.Iterations >= 1 && p.Iterations <= 10 &&
		p.Parallelism >= 1 && p.Parallelism <= 16 && len(salt) >= 8 && len(salt) <= 64 && len(key) >= 16 && len(key) <= 64
}
