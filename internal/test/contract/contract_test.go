package contract

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
)

var (
	urlFlag           = flag.String("url", "", "base URL of a running application with the example's interface; empty for applications made by the tests")
	superuserEmail    = flag.String("superuser-email", "", "e-mail of a verified superuser of the application at -url")
	superuserPassword = flag.String("superuser-password", "", "password of that superuser")
)

func TestMain(m *testing.M) {
	flag.Parse()
	gin.SetMode(gin.ReleaseMode)
	slog.SetDefault(slog.New(slog.DiscardHandler)) // gin-contrib/sessions tells it of every bad cookie
	code := m.Run()
	skips.tell()
	os.Exit(code)
}

// subject is one part of the contract that can be checked on any application.
type subject struct {
	name  string
	check func(t *testing.T, w *world)
}

var subjects = []subject{
	{"register", testRegister},
	{"register taken", testRegisterTaken},
	{"register password", testRegisterPassword},
	{"email", testEmail},
	{"login", testLogin},
	{"login refused", testLoginRefused},
	{"login verified", testLoginVerified},
	{"login cookies", testLoginCookies},
	{"logout", testLogout},
	{"forgot", testForgotPassword},
	{"reset", testResetPassword},
	{"reset refused", testResetRefused},
	{"reset bound", testResetBound},
	{"verify", testVerify},
	{"verify refused", testVerifyRefused},
	{"me", testMe},
	{"me email", testMeEmail},
	{"me password", testMePassword},
	{"users", testUsers},
	{"users update", testUpdateUser},
	{"users deactivate", testDeactivateUser},
	{"users delete", testDeleteUser},
	{"users self", testSuperuserSelf},
	{"users ids", testIDs},
	{"list", testList},
	{"order", testOrder},
	{"order body", testOrderOfBody},
	{"bodies", testBodies},
	{"bodies malformed", testMalformed},
	{"bodies media types", testMediaTypes},
	{"bodies size", testBodySize},
	{"bodies unread", testUnreadBodies},
	{"fields", testFields},
	{"fields login", testLoginFields},
	{"fields flags", testFlagWords},
	{"origin", testCrossOrigin},
	{"bearer", testBearerHeader},
	{"cookie", testCookieHeader},
	{"session", testSessionFixation},
	{"guards", testGuards},
	{"sessions", testSessions},
	{"sessions end", testEndSessions},
	{"sessions superuser", testSessionsOfOthers},
	{"races register", testRaceRegister},
	{"races reset", testRaceReset},
	{"races verify", testRaceVerify},
}

// TestContract checks every subject on every variant, or on the application at -url.
func TestContract(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		w := dial(t, *urlFlag)
		w.check(t)
		return
	}
	eachVariant(t, func(t *testing.T, v variant) { start(t, v, design{}).check(t) })
}

// TestContractMoved checks every subject as those get it who come from FastAPI Users:
// on the store over their database, whose IDs are ObjectIDs, in the profile of today.
func TestContractMoved(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	start(t, variant{name: "fastapiusers", wire: v15, many: 8, open: openMoved}, design{}).check(t)
}

func (w *world) check(t *testing.T) {
	w.settle(t)
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.check(t, w)
		})
	}
}

// skips are the tests that were not run, and why.
var skips skipped

type skipped struct {
	mu    sync.Mutex
	names map[string][]string // by reason
}

const (
	needsInside    = "takes a look inside the application"
	needsSuperuser = "needs -superuser-email and -superuser-password"
	needsOutbox    = "needs the outbox of the application"
)

// skip ends the test and remembers it for the end.
func (s *skipped) skip(t testing.TB, reason string) {
	t.Helper()
	s.mu.Lock()
	if s.names == nil {
		s.names = map[string][]string{}
	}
	if !slices.Contains(s.names[reason], t.Name()) {
		s.names[reason] = append(s.names[reason], t.Name())
	}
	s.mu.Unlock()
	t.Skip("not checked: " + reason)
}

// tell names what was skipped: a green result must not seem to say more than it does.
func (s *skipped) tell() {
	for reason, names := range s.names {
		slices.Sort(names)
		fmt.Printf("contract: not checked, because it %s:\n\t%s\n", reason, strings.Join(names, "\n\t"))
	}
}
