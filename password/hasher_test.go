package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"
)

// hashVectors were made by other implementations than the ones under test.
var hashVectors = []struct {
	name, encoded, password string
	slow                    bool // too slow to be tried with a wrong password too
}{
	{"argon2id 64 MiB", "$argon2id$v=19$m=65536,t=3,p=4$LCK9aXbosWETL/tiOnO6QQ$3KXEUCumZglV9Pq/GbzqcKnYbRAVOxOIa/+ENJNWx0U", "guinevere", true},
	{"argon2id 16-byte output", "$argon2id$v=19$m=19456,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg", "viviane", false},
	{"argon2i", "$argon2i$v=19$m=32768,t=3,p=2$jTFMFYtmjOH4svMvQkrseA$J8/NL2YU0rmOExLB444Gtg", "iseult-y", false},
	{"argon2id, least memory", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHlzYWx0LXg$l4V3mzYAQ+auuRt/HbS5D02blKRBq2vtHuTkFGaVeJA", "Sólarljóð 7", false},
	{"argon2id, most passes and threads", "$argon2id$v=19$m=512,t=10,p=16$c2FsdHlzYWx0LXg$KPYyPcxMI8NklHZuB/CSMU5mH3pS9HUTcRtc5BeDq0/1tJafod/qb+w+YOAXf0GGuWjQUEZ725PD1I1sPXIklg", "Sólarljóð 7", false},
	{"argon2i 16-byte output", "$argon2i$v=19$m=4096,t=3,p=4$c2FsdHlzYWx0LXg$Ofw2/IZTaI89GmJQxAJEWg", "Sólarljóð 7", false},
	{"bcrypt 2b", "$2b$12$aTHB7vIAug/0aR0aOiiIKud/vl2I.Wd1Evai22uTLKf64WRS/aTva", "angharad", true},
	{"bcrypt 2a", "$2a$10$Ksp68CCsNzBpRJ9dz17JdOoh2UZ.eAjrQqthlpOdc071NEY6YFRcu", "excalibur", false},
	{"bcrypt 2y", "$2y$12$d8jPQhgr3PCxGONyc3T4Peq4IUqyTiVN.l3nMm1ANpiUenUDwzTSa", "ragnelle-x", true},
	{"passlib pbkdf2-sha256", "$pbkdf2-sha256$29000$ee.915qTMobQutfaO0eIMQ$TrwqtTLxkNHngkdp5nmxIH/iolqZ9ihjcKL/8shNCJs", "grail-quest", false},
	{"passlib pbkdf2-sha256, not ASCII", "$pbkdf2-sha256$1000$8PHy8/T19vf4.fr7/P3./w$m9u4SC1Ka0Gg./8kGKfI.U3lm2/.q0F1jLvXUhDTn3Y", "déjà vu", false},
	{"passlib pbkdf2 (SHA-1)", "$pbkdf2$1000$8PHy8/T19vf4.fr7/P3./w$XMrsHDLu3Al2BGE5r/wze5fSkeg", "lancelot", false},
	{"passlib pbkdf2-sha512", "$pbkdf2-sha512$1000$8PHy8/T19vf4.fr7/P3./w$TYmLx9cxQIpmk65Pdwg88DscsXmcfP2tU80wk1SLqP2xc9yYm6dmdrknm2Lg5p6GcZUwTVxryXpECvTc3tnEUQ", "lancelot", false},
	{"django pbkdf2_sha256", "pbkdf2_sha256$600000$B7t0N1agK03H$RUP6m3AGoHlQXzqpTeHLBbGMs1DoxsbuS6mOopN7Qw0=", "seneschal1", true},
	{"django pbkdf2_sha1", "pbkdf2_sha1$1000$B7t0N1agK03H$xyfOHpExcBfdB8aD13bHuhhO3Hg=", "lancelot", false},
	{"scrypt", "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$FqeM4hoEeWnw/O8cX8Yxi9kDpGTmiQLkea/CYxao0BA", "lancelot", false},
	{"scrypt, several threads", "$scrypt$ln=9,r=4,p=3$8PHy8/T19vf4+fr7/P3+/w$rp5HWsR4F3wnpaV+HfQv3Ev5iWdZY5OI1oWQ0BzPaOQ", "lancelot", false},
	{"scrypt of 64 MiB", "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E", "password", true},
}

func TestHasher_Verify(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, Config{Wait: time.Minute})
	for _, v := range hashVectors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			checkVerify(t, h, v.encoded, v.password, true, true)
			if !v.slow {
				checkVerify(t, h, v.encoded, v.password+"x", false, false)
			}
		})
	}
}

func TestNew_mistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		config Config
		want   string // empty for none
	}{
		{"zero", Config{}, ""},
		{"floor of t=1", Config{Memory: 47104, Time: 1}, ""},
		{"below the floor of t=1", Config{Memory: 47103, Time: 1}, "Hasher.Memory is 47103 KiB, want at least 47104 with Time 1"},
		{"only t=1", Config{Time: 1}, "Hasher.Memory is 19456 KiB, want at least 47104 with Time 1"},
		{"floor of t=2", Config{Memory: 19456, Time: 2}, ""},
		{"below the floor of t=2", Config{Memory: 19455}, "Hasher.Memory is 19455 KiB, want at least 19456 with Time 2"},
		{"floor of t=3", Config{Memory: 12288, Time: 3}, ""},
		{"below the floor of t=3", Config{Memory: 12287, Time: 3}, "Hasher.Memory is 12287 KiB, want at least 12288 with Time 3"},
		{"below the floor of t=10", Config{Memory: 12287, Time: 10}, "Hasher.Memory is 12287 KiB, want at least 12288 with Time 10"},
		{"all caps", Config{Memory: 262144, Time: 10, Threads: 16}, ""},
		{"memory", Config{Memory: 262145}, "Hasher.Memory is 262145 KiB, want at most 262144"},
		{"time", Config{Time: 11}, "Hasher.Time is 11, want at most 10"},
		{"threads", Config{Threads: 17}, "Hasher.Threads is 17, want at most 16"},
		{"small budget", Config{MemoryBudget: 1}, ""},
		{"queue", Config{Queue: -1}, "Hasher.Queue is -1, want at least 1"},
		{"wait", Config{Wait: -time.Second}, "Hasher.Wait is -1s, want a positive duration"},
		{"verifier", Config{Verifiers: []Verifier{plain{}, nil}}, "Hasher.Verifiers[1] is nil"},
		{
			"all at once", Config{Memory: 1, Time: 11, Threads: 17, Queue: -2, Wait: -1},
			"Hasher.Time is 11, want at most 10\nHasher.Threads is 17, want at most 16\n" +
				"Hasher.Memory is 1 KiB, want at least 12288 with Time 11\n" +
				"Hasher.Queue is -2, want at least 1\nHasher.Wait is -1ns, want a positive duration",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, err := New(tt.config)
			switch {
			case tt.want == "" && (err != nil || h == nil):
				t.Errorf("got %v, want a Hasher", err)
			case tt.want != "" && (err == nil || err.Error() != tt.want || h != nil):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestNew_limits(t *testing.T) {
	t.Parallel()
	pool := newTestHasher(t, Config{}).pool
	if pool.memory != 262144 || pool.queue != 64 || pool.wait != 2*time.Second {
		t.Errorf("got %d KiB, queue %d, wait %v, want 262144, 64, 2s", pool.memory, pool.queue, pool.wait)
	}
	if want := min(runtime.GOMAXPROCS(0), 13); pool.jobs != want {
		t.Errorf("got %d jobs at once, want %d", pool.jobs, want)
	}
	for _, tt := range []struct {
		procs          int
		budget, memory uint32
		want           int
	}{
		{1, 262144, 19456, 1},
		{8, 262144, 19456, 8},
		{64, 262144, 19456, 13},
		{64, 262144, 262144, 1},
		{64, 19456, 262144, 1},
	} {
		if got := hashJobs(tt.procs, tt.budget, tt.memory); got != tt.want {
			t.Errorf("hashJobs(%d, %d, %d): got %d, want %d", tt.procs, tt.budget, tt.memory, got, tt.want)
		}
	}
}

func TestHasher_Verify_foreign(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	verifiers := []Verifier{
		plain{prefix: "one:"},
		plain{prefix: "one:", err: broken}, // hidden by the first
		plain{prefix: "two:", err: broken},
		plain{prefix: "$argon2id$v=16$"},
		plain{prefix: "$argon2id$v=19$", err: broken}, // hidden by the built-in reader
	}
	h := newTestHasher(t, Config{Memory: 12288, Time: 3, Verifiers: verifiers})
	verifiers[0] = plain{prefix: "one:", err: broken} // h has its own copy

	current := mustHash(t, h, "morgana")
	checkVerify(t, h, current, "morgana", true, false)
	checkVerify(t, h, "one:morgana", "morgana", true, true)
	checkVerify(t, h, "one:morgana", "Morgana", false, false)
	checkVerify(t, h, "$argon2id$v=16$morgana", "morgana", true, true)

	ctx := context.Background()
	for _, tt := range []struct {
		encoded string
		want    error
	}{
		{"two:morgana", broken},
		{"three:morgana", ErrUnknownHash},
		{"not-a-hash", ErrUnknownHash},
		{"", ErrUnknownHash},
		{"$argon2id$v=19$m=262145,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg", ErrHashParameters},
	} {
		if ok, outdated, err := h.Verify(ctx, tt.encoded, "morgana"); ok || outdated || !errors.Is(err, tt.want) {
			t.Errorf("%q: got %v, %v, %v, want false, false, %v", tt.encoded, ok, outdated, err, tt.want)
		}
	}
}

func TestHasher_Verify_panics(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, Config{MemoryBudget: 1, Verifiers: []Verifier{panicking{}}})
	for _, tt := range []struct{ encoded, want string }{
		{"recognize", "password: panic of type string in password hashing"},
		{"text", "password: panic of type string in password hashing"},
		{"runtime", "password: panic in password hashing: runtime error: index out of range [1] with length 0"},
		{"goexit", "password: password hashing aborted"},
	} {
		ok, outdated, err := h.Verify(context.Background(), tt.encoded, "morgana")
		if ok || outdated || err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, %v, %v, want false, false, %s", tt.encoded, ok, outdated, err, tt.want)
		}
		checkIdle(t, h.pool) // the only place was given back
	}
}

// A job goes on, and keeps its place, after the caller has gone.
func TestHasher_Verify_cancelledWhileRunning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := newGate()
		h := newTestHasher(t, Config{MemoryBudget: 1, Wait: time.Hour, Verifiers: []Verifier{gate}})
		ctx, cancel := context.WithCancel(t.Context())
		gone := goVerify(ctx, h, "gate")
		<-gate.entered
		next := goVerify(t.Context(), h, "gate")
		cancel()
		if got := <-gone; got.ok || got.err != context.Canceled {
			t.Errorf("got %v, %v, want false, context canceled", got.ok, got.err)
		}
		synctest.Wait()
		if running, waiting := counts(h.pool); running != 1 || waiting != 1 {
			t.Errorf("got %d running, %d waiting, want 1, 1: the job is not finished", running, waiting)
		}
		gate.open <- struct{}{}
		<-gate.entered
		gate.open <- struct{}{}
		if got := <-next; !got.ok || got.err != nil {
			t.Errorf("got %v, %v, want true, nil", got.ok, got.err)
		}
		checkIdle(t, h.pool)
	})
}

func TestHasher_cancelledBefore(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, Config{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if encoded, err := h.Hash(ctx, "morgana"); encoded != "" || err != context.Canceled {
		t.Errorf("Hash: got %q, %v, want context canceled", encoded, err)
	}
	if err := h.VerifyNobody(ctx, "morgana"); err != context.Canceled {
		t.Errorf("VerifyNobody: got %v, want context canceled", err)
	}
	checkIdle(t, h.pool)
}

func TestHasher_cancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := newGate()
		h := newTestHasher(t, Config{MemoryBudget: 1, Wait: time.Hour, Verifiers: []Verifier{gate}})
		first := goVerify(t.Context(), h, "gate")
		<-gate.entered
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := h.Hash(ctx, "morgana"); err != context.DeadlineExceeded {
			t.Errorf("got %v, want deadline exceeded", err)
		}
		if running, waiting := counts(h.pool); running != 1 || waiting != 0 {
			t.Errorf("got %d running, %d waiting, want 1, 0", running, waiting)
		}
		gate.open <- struct{}{}
		<-first
		checkIdle(t, h.pool)
	})
}

// While no place is free everything that computes is ErrBusy after Wait, and
// what is refused without computing is still refused at once.
func TestHasher_busy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := newGate()
		h := newTestHasher(t, Config{MemoryBudget: 1, Queue: 1, Verifiers: []Verifier{gate}})
		running := goVerify(t.Context(), h, "gate")
		<-gate.entered

		start := time.Now()
		ok, _, err := h.Verify(t.Context(), "$argon2id$v=19$m=262145,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg", "x")
		if waited := time.Since(start); ok || err != ErrHashParameters || waited != 0 {
			t.Errorf("over the cap: got %v, %v after %v, want false, ErrHashParameters at once", ok, err, waited)
		}
		if _, err := h.Hash(t.Context(), "x"); err != ErrBusy {
			t.Errorf("Hash: got %v, want ErrBusy", err)
		}
		if err := h.VerifyNobody(t.Context(), "x"); err != ErrBusy {
			t.Errorf("VerifyNobody: got %v, want ErrBusy", err)
		}
		if waited := time.Since(start); waited != 4*time.Second {
			t.Errorf("got %v for two waits, want 4s", waited)
		}

		waiting := goVerify(t.Context(), h, "gate")
		synctest.Wait()
		start = time.Now()
		if ok, _, err := h.Verify(t.Context(), "gate", "x"); ok || err != ErrBusy || time.Since(start) != 0 {
			t.Errorf("full queue: got %v, %v after %v, want false, ErrBusy at once", ok, err, time.Since(start))
		}
		gate.open <- struct{}{}
		<-running
		<-gate.entered
		gate.open <- struct{}{}
		if got := <-waiting; !got.ok || got.err != nil {
			t.Errorf("waiting: got %v, %v, want true, nil", got.ok, got.err)
		}
		checkIdle(t, h.pool)
	})
}

func BenchmarkHasher_Verify(b *testing.B) {
	h, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	encoded, err := h.Hash(b.Context(), "guinevere")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Hasher", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if ok, _, err := h.Verify(b.Context(), encoded, "guinevere"); !ok {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare argon2.IDKey", func(b *testing.B) {
		b.ReportAllocs()
		password, salt := []byte("guinevere"), []byte("0123456789abcdef")
		for b.Loop() {
			argon2.IDKey(password, salt, 2, 19456, 1, 32)
		}
	})
}

// plain is a Verifier of passwords stored as they are after a prefix.
type plain struct {
	prefix string
	err    error
}

func (p plain) Recognizes(encoded string) bool { return strings.HasPrefix(encoded, p.prefix) }

func (p plain) Verify(encoded, password string) (bool, error) {
	return encoded == p.prefix+password, p.err
}

type panicking struct{}

func (panicking) Recognizes(encoded string) bool {
	if encoded == "recognize" {
		panic("morgana")
	}
	return true
}

func (panicking) Verify(encoded, password string) (bool, error) {
	switch encoded {
	case "runtime":
		var none []bool
		return none[len(encoded)-6], nil
	case "goexit":
		runtime.Goexit()
	}
	panic(password)
}

// gate is a Verifier that holds every job until it is let through.
type gate struct{ entered, open chan struct{} }

func newGate() gate { return gate{make(chan struct{}), make(chan struct{})} }

func (gate) Recognizes(encoded string) bool { return encoded == "gate" }

func (g gate) Verify(string, string) (bool, error) {
	g.entered <- struct{}{}
	<-g.open
	return true, nil
}

type verdict struct {
	ok  bool
	err error
}

func goVerify(ctx context.Context, h *Hasher, encoded string) <-chan verdict {
	done := make(chan verdict, 1)
	go func() {
		ok, _, err := h.Verify(ctx, encoded, "morgana")
		done <- verdict{ok, err}
	}()
	return done
}

func newTestHasher(t *testing.T, config Config) *Hasher {
	t.Helper()
	h, err := New(config)
	if err != nil {
		t.Fatalf("New: got %v, want nil", err)
	}
	return h
}

func mustHash(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	encoded, err := h.Hash(context.Background(), password)
	if err != nil {
		t.Fatalf("Hash: got %v, want nil", err)
	}
	return encoded
}

func checkVerify(t *testing.T, h *Hasher, encoded, password string, wantOK, wantOutdated bool) {
	t.Helper()
	ok, outdated, err := h.Verify(context.Background(), encoded, password)
	if ok != wantOK || outdated != wantOutdated || err != nil {
		t.Errorf("Verify(%q, %q): got %v, %v, %v, want %v, %v, nil", encoded, password, ok, outdated, err, wantOK, wantOutdated)
	}
}
