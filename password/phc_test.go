package password

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestHashNumber(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want uint32
		ok   bool
	}{
		{"0", 0, true},
		{"1", 1, true},
		{"19456", 19456, true},
		{"4294967295", 4294967295, true},
		{"4294967296", 4294967295, true},
		{"99999999999999999999999999", 4294967295, true},
		{"", 0, false},
		{"00", 0, false},
		{"01", 0, false},
		{"+1", 0, false},
		{"-1", 0, false},
		{" 1", 0, false},
		{"1 ", 0, false},
		{"1_000", 0, false},
		{"0x10", 0, false},
		{"١", 0, false},
	} {
		if got, ok := hashNumber(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("hashNumber(%q): got %v, %v, want %v, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestHashParams(t *testing.T) {
	t.Parallel()
	got, ok := hashParams("m=19456,t=2,p=1", "m", "t", "p")
	if want := []uint32{19456, 2, 1}; !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v, true", got, ok, want)
	}
	for _, in := range []string{
		"", "m=1,t=2", "m=1,t=2,p=3,", "m=1,t=2,p=3,x=4", "t=2,m=1,p=3", "m=1,m=1,p=3",
		"m=1,t=2,p", "m=1,t=2,p=", "m=1, t=2,p=3", "M=1,t=2,p=3", "m=1,t=2,p=3=3",
	} {
		if _, ok := hashParams(in, "m", "t", "p"); ok {
			t.Errorf("hashParams(%q): got accepted, want refused", in)
		}
	}
}

// Every form below is refused before anything is computed.
func TestParseHash_refuses(t *testing.T) {
	t.Parallel()
	const (
		salt = "TEja0QkA9RKRbwADGawKfw"
		key  = "QyC//On3Aw64JF3mCLzxNg"
		b53  = "Ksp68CCsNzBpRJ9dz17JdOoh2UZ.eAjrQqthlpOdc071NEY6YFRcu"
		sha  = "RUP6m3AGoHlQXzqpTeHLBbGMs1DoxsbuS6mOopN7Qw0="
	)
	a64 := func(n int) string { return strings.Repeat("A", n) }
	for _, tt := range []struct {
		name, encoded string
		want          error
	}{
		{"empty", "", ErrUnknownHash},
		{"no hash", "not-a-hash", ErrUnknownHash},
		{"unusable marker", "!", ErrUnknownHash},
		{"dollars", "$$$$$", ErrUnknownHash},
		{"very long", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + a64(2000), ErrUnknownHash},

		{"argon2d", "$argon2d$v=19$m=19456,t=2,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 without version", "$argon2id$m=19456,t=2,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 version 16", "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 version 019", "$argon2id$v=019$m=19456,t=2,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 leading zero", "$argon2id$v=19$m=019456,t=2,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 sign", "$argon2id$v=19$m=19456,t=+2,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 parameter twice", "$argon2id$v=19$m=19456,m=19456,t=2,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 parameter order", "$argon2id$v=19$t=2,m=19456,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 parameter missing", "$argon2id$v=19$m=19456,t=2$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 key id", "$argon2id$v=19$m=19456,t=2,p=1,keyid=AA$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 without hash", "$argon2id$v=19$m=19456,t=2,p=1$" + salt, ErrUnknownHash},
		{"argon2 empty hash", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$", ErrUnknownHash},
		{"argon2 empty salt", "$argon2id$v=19$m=19456,t=2,p=1$$" + key, ErrUnknownHash},
		{"argon2 trailing part", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key + "$", ErrUnknownHash},
		{"argon2 trailing newline", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key + "\n", ErrUnknownHash},
		{"argon2 leading space", " $argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"argon2 padding", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key + "==", ErrUnknownHash},
		{"argon2 url base64", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$QyC__On3Aw64JF3mCLzxNg", ErrUnknownHash},
		{"argon2 loose bits", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$QyC//On3Aw64JF3mCLzxNh", ErrUnknownHash},
		{"argon2 memory", "$argon2id$v=19$m=262145,t=2,p=1$" + salt + "$" + key, ErrHashParameters},
		{"argon2 memory 4 TiB", "$argon2i$v=19$m=4294967295,t=2,p=1$" + salt + "$" + key, ErrHashParameters},
		{"argon2 memory beyond uint32", "$argon2id$v=19$m=99999999999999999999,t=2,p=1$" + salt + "$" + key, ErrHashParameters},
		{"argon2 memory below 8p", "$argon2id$v=19$m=31,t=2,p=4$" + salt + "$" + key, ErrHashParameters},
		{"argon2 memory zero", "$argon2id$v=19$m=0,t=2,p=1$" + salt + "$" + key, ErrHashParameters},
		{"argon2 time", "$argon2id$v=19$m=19456,t=11,p=1$" + salt + "$" + key, ErrHashParameters},
		{"argon2 time zero", "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key, ErrHashParameters},
		{"argon2 threads", "$argon2id$v=19$m=19456,t=2,p=17$" + salt + "$" + key, ErrHashParameters},
		{"argon2 threads 257", "$argon2id$v=19$m=19456,t=2,p=257$" + salt + "$" + key, ErrHashParameters},
		{"argon2 threads zero", "$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key, ErrHashParameters},
		{"argon2 salt of 7 bytes", "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAA$" + key, ErrHashParameters},
		{"argon2 salt of 65 bytes", "$argon2id$v=19$m=19456,t=2,p=1$" + a64(87) + "$" + key, ErrHashParameters},
		{"argon2 output of 15 bytes", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + a64(20), ErrHashParameters},
		{"argon2 output of 65 bytes", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + a64(87), ErrHashParameters},

		{"bcrypt 2", "$2$10$" + b53, ErrUnknownHash},
		{"bcrypt 2x", "$2x$10$" + b53, ErrUnknownHash},
		{"bcrypt short", "$2b$10$" + b53[1:], ErrUnknownHash},
		{"bcrypt long", "$2b$10$" + b53 + "u", ErrUnknownHash},
		{"bcrypt alphabet", "$2b$10$" + strings.Replace(b53, ".", "+", 1), ErrUnknownHash},
		{"bcrypt newline", "$2b$10$" + b53[:52] + "\n", ErrUnknownHash},
		{"bcrypt sign", "$2b$+9$" + b53, ErrUnknownHash},
		{"bcrypt no cost", "$2b$1x$" + b53, ErrUnknownHash},
		{"bcrypt separator", "$2b$10." + b53, ErrUnknownHash},
		{"bcrypt cost 3", "$2b$03$" + b53, ErrHashParameters},
		{"bcrypt cost 16", "$2b$16$" + b53, ErrHashParameters},
		{"bcrypt cost 31", "$2y$31$" + b53, ErrHashParameters},
		{"bcrypt cost 99", "$2a$99$" + b53, ErrHashParameters},

		{"pbkdf2 other digest", "$pbkdf2-sha384$29000$AAAA$AAAA", ErrUnknownHash},
		{"pbkdf2 leading zero", "$pbkdf2-sha256$029000$AAAA$" + a64(43), ErrUnknownHash},
		{"pbkdf2 no rounds", "$pbkdf2-sha256$$AAAA$" + a64(43), ErrUnknownHash},
		{"pbkdf2 empty salt", "$pbkdf2-sha256$29000$$" + a64(43), ErrUnknownHash},
		{"pbkdf2 standard base64", "$pbkdf2-sha256$29000$AAA+$" + a64(43), ErrUnknownHash},
		{"pbkdf2 padding", "$pbkdf2-sha256$29000$AAAA$" + a64(43) + "=", ErrUnknownHash},
		{"pbkdf2 trailing part", "$pbkdf2-sha256$29000$AAAA$" + a64(43) + "$", ErrUnknownHash},
		{"pbkdf2 rounds", "$pbkdf2-sha256$10000001$AAAA$" + a64(43), ErrHashParameters},
		{"pbkdf2 rounds beyond uint32", "$pbkdf2$4294967297$AAAA$" + a64(27), ErrHashParameters},
		{"pbkdf2 no round", "$pbkdf2-sha512$0$AAAA$" + a64(86), ErrHashParameters},
		{"pbkdf2 cut output", "$pbkdf2-sha256$29000$AAAA$" + a64(22), ErrHashParameters},

		{"django other digest", "pbkdf2_sha512$600000$salt$" + sha, ErrUnknownHash},
		{"django leading dollar", "$pbkdf2_sha256$600000$salt$" + sha, ErrUnknownHash},
		{"django empty salt", "pbkdf2_sha256$600000$$" + sha, ErrUnknownHash},
		{"django without padding", "pbkdf2_sha256$600000$salt$" + sha[:43], ErrUnknownHash},
		{"django sign", "pbkdf2_sha256$-1$salt$" + sha, ErrUnknownHash},
		{"django trailing part", "pbkdf2_sha256$600000$salt$" + sha + "$x", ErrUnknownHash},
		{"django unusable", "!pbkdf2_sha256", ErrUnknownHash},
		{"django rounds", "pbkdf2_sha256$10000001$salt$" + sha, ErrHashParameters},
		{"django output of the other digest", "pbkdf2_sha1$600000$salt$" + sha, ErrHashParameters},

		{"scrypt parameter names", "$scrypt$n=16,r=8,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"scrypt parameter order", "$scrypt$ln=16,p=1,r=8$" + salt + "$" + key, ErrUnknownHash},
		{"scrypt leading zero", "$scrypt$ln=016,r=8,p=1$" + salt + "$" + key, ErrUnknownHash},
		{"scrypt empty salt", "$scrypt$ln=16,r=8,p=1$$" + key, ErrUnknownHash},
		{"scrypt trailing part", "$scrypt$ln=16,r=8,p=1$" + salt + "$" + key + "$", ErrUnknownHash},
		{"scrypt memory", "$scrypt$ln=19,r=8,p=1$" + salt + "$" + key, ErrHashParameters},
		{"scrypt memory by r", "$scrypt$ln=17,r=17,p=1$" + salt + "$" + key, ErrHashParameters},
		{"scrypt shift", "$scrypt$ln=64,r=8,p=1$" + salt + "$" + key, ErrHashParameters},
		{"scrypt ln zero", "$scrypt$ln=0,r=8,p=1$" + salt + "$" + key, ErrHashParameters},
		{"scrypt r", "$scrypt$ln=1,r=33,p=1$" + salt + "$" + key, ErrHashParameters},
		{"scrypt r zero", "$scrypt$ln=16,r=0,p=1$" + salt + "$" + key, ErrHashParameters},
		{"scrypt p", "$scrypt$ln=16,r=8,p=17$" + salt + "$" + key, ErrHashParameters},
		{"scrypt p zero", "$scrypt$ln=16,r=8,p=0$" + salt + "$" + key, ErrHashParameters},
		{"scrypt output", "$scrypt$ln=16,r=8,p=1$" + salt + "$" + a64(20), ErrHashParameters},
	} {
		if got, err := parseHash(tt.encoded); err != tt.want || got != nil {
			t.Errorf("%s: got %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

// The caps themselves are still accepted.
func TestParseHash_atTheCaps(t *testing.T) {
	t.Parallel()
	a64 := func(n int) string { return strings.Repeat("A", n) }
	for _, tt := range []struct {
		name, encoded string
		wantKiB       uint32
	}{
		{"argon2id largest", "$argon2id$v=19$m=262144,t=10,p=16$" + a64(86) + "$" + a64(86), 262144},
		{"argon2i smallest", "$argon2i$v=19$m=8,t=1,p=1$" + a64(11) + "$" + a64(22), 8},
		{"bcrypt cost 15", "$2b$15$Ksp68CCsNzBpRJ9dz17JdOoh2UZ.eAjrQqthlpOdc071NEY6YFRcu", 16},
		{"bcrypt cost 4", "$2b$04$Ksp68CCsNzBpRJ9dz17JdOoh2UZ.eAjrQqthlpOdc071NEY6YFRcu", 16},
		{"pbkdf2 most rounds", "$pbkdf2-sha512$10000000$AAAA$" + a64(86), 8},
		{"scrypt largest", "$scrypt$ln=18,r=8,p=16$" + a64(22) + "$" + a64(86), 262144},
		{"scrypt largest, r=32", "$scrypt$ln=16,r=32,p=1$" + a64(22) + "$" + a64(43), 262144},
		{"scrypt largest, r=1", "$scrypt$ln=21,r=1,p=1$" + a64(22) + "$" + a64(43), 262144},
		{"scrypt smallest", "$scrypt$ln=1,r=1,p=1$AA$" + a64(22), 1},
	} {
		got, err := parseHash(tt.encoded)
		if err != nil {
			t.Errorf("%s: got error %v, want none", tt.name, err)
			continue
		}
		if got.memoryKiB() != tt.wantKiB {
			t.Errorf("%s: got %d KiB, want %d", tt.name, got.memoryKiB(), tt.wantKiB)
		}
	}
}

// FuzzParseHash looks for a stored hash that makes a reader panic, that is
// accepted with more work than the caps allow, or that has a second spelling. With the
// spelling goes what it means: internal/test/peers/password has another library read it.
func FuzzParseHash(f *testing.F) {
	for _, v := range hashVectors {
		f.Add(v.encoded)
	}
	f.Add("not-a-hash")
	f.Add("$argon2id$v=19$m=99999999999,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg")
	f.Add("$scrypt$ln=64,r=4294967295,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg")
	f.Fuzz(func(t *testing.T, encoded string) {
		stored, err := parseHash(encoded)
		if err != nil {
			if stored != nil || !(errors.Is(err, ErrUnknownHash) || errors.Is(err, ErrHashParameters)) {
				t.Fatalf("got %v, %v, want one of the two errors alone", stored, err)
			}
			return
		}
		checkBcrypt(t, encoded, stored)
		if kib := stored.memoryKiB(); kib < 1 || kib > 256*1024 {
			t.Errorf("got %d KiB, want 1 to 262144", kib)
		}
		checkWork(t, stored)
		if again := respell(stored, encoded[0] != '$'); again != encoded {
			t.Errorf("got %q accepted, want its one spelling %q", encoded, again)
		}
	})
}

// checkBcrypt holds the cost that was read against what x/crypto reads.
func checkBcrypt(t *testing.T, encoded string, stored storedHash) {
	t.Helper()
	if h, ok := stored.(bcryptHash); ok {
		if cost, err := bcrypt.Cost([]byte(h)); err != nil || fmt.Sprintf("%02d", cost) != string(h[4:6]) {
			t.Errorf("%q: x/crypto reads the cost %d, %v", encoded, cost, err)
		}
	}
}

func checkWork(t *testing.T, stored storedHash) {
	t.Helper()
	switch h := stored.(type) {
	case *argon2Hash:
		if h.memory > 256*1024 || h.time > 10 || h.threads > 16 || len(h.key) > 64 || len(h.salt) > 64 {
			t.Errorf("got Argon2 with %+v, want it within the caps", h)
		}
	case *scryptHash:
		table := uint64(128) * uint64(h.r) << h.logN
		rest := uint64(128) * uint64(h.r) * uint64(h.p)
		if table > 256<<20 || rest > 1<<20 || h.p > 16 {
			t.Errorf("got scrypt with %+v, want it within the caps", h)
		}
	case *pbkdf2Hash:
		if h.rounds < 1 || h.rounds > 10_000_000 || len(h.key) > 64 {
			t.Errorf("got PBKDF2 with %d rounds, want it within the caps", h.rounds)
		}
	case bcryptHash:
		if cost := h[4:6]; cost < "04" || cost > "15" {
			t.Errorf("got bcrypt of cost %s, want 04 to 15", cost)
		}
	}
}

func respell(stored storedHash, django bool) string {
	switch h := stored.(type) {
	case *argon2Hash:
		return h.encode()
	case *scryptHash:
		return fmt.Sprintf("$scrypt$ln=%d,r=%d,p=%d$%s$%s", h.logN, h.r, h.p,
			b64Std.EncodeToString(h.salt), b64Std.EncodeToString(h.key))
	case *pbkdf2Hash:
		if django {
			name := map[int]string{20: "pbkdf2_sha1", 32: "pbkdf2_sha256"}[len(h.key)]
			return fmt.Sprintf("%s$%d$%s$%s", name, h.rounds, h.salt, b64Django.EncodeToString(h.key))
		}
		name := map[int]string{20: "pbkdf2", 32: "pbkdf2-sha256", 64: "pbkdf2-sha512"}[len(h.key)]
		return fmt.Sprintf("$%s$%d$%s$%s", name, h.rounds,
			b64Passlib.EncodeToString(h.salt), b64Passlib.EncodeToString(h.key))
	case bcryptHash:
		return string(h)
	}
	return ""
}
