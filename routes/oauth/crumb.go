package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
)

const (
	// maxFlows is how many flows of one browser may be under way when another begins.
	maxFlows = 8
	// maxCleared bounds the answer to a request with more cookies than browsers keep.
	maxCleared = 200
	// suffixLength is the length of what a state decides of its cookie's name.
	suffixLength = 8
)

// crumbs are the CSRF cookies of the flows in one browser. Each flow has its own, so
// that flows in several tabs and with several providers do not end one another.
type crumbs struct{ cookie backends.Cookie }

// newCrumbs returns crumbs, and what is wrong with the configuration.
func newCrumbs(cookie backends.Cookie) (crumbs, error) {
	if _, err := cookie.SetUp(backends.Setup{}); err != nil {
		return crumbs{cookie}, fmt.Errorf("Config.Cookie: %w", err)
	}
	return crumbs{cookie}, nil
}

// of returns the cookie of the flow with that state. Its name needs no valid state:
// an expired one has a cookie to clear, too.
func (k crumbs) of(state string) (backends.Carrier, error) {
	sum := sha256.Sum256([]byte(state))
	return k.named(k.cookie.Name + "_" + base64.RawURLEncoding.EncodeToString(sum[:])[:suffixLength])
}

func (k crumbs) named(name string) (backends.Carrier, error) {
	cookie := k.cookie
	cookie.Name = name
	return cookie.SetUp(backends.Setup{})
}

// has reports whether name is that of a flow's cookie.
func (k crumbs) has(name string) bool {
	suffix, found := strings.CutPrefix(name, k.cookie.Name+"_")
	return found && len(suffix) == suffixLength && !strings.ContainsFunc(suffix, notInSuffix)
}

func notInSuffix(r rune) bool { return r == '.' || notInName(r) }

// begin sets the cookie of a new flow. A browser with too many flows has abandoned
// most of them: their cookies are cleared, before servers refuse the header they make.
func (k crumbs) begin(c *gin.Context, state, csrf string) error {
	var others []string
	for _, cookie := range c.Request.Cookies() {
		if k.has(cookie.Name) && len(others) < maxCleared && !slices.Contains(others, cookie.Name) {
			others = append(others, cookie.Name)
		}
	}
	if len(others) > maxFlows {
		for _, name := range others {
			carrier, err := k.named(name)
			if err == nil {
				err = carrier.Clear(c)
			}
			if err != nil {
				return err
			}
		}
	}
	carrier, err := k.of(state)
	if err == nil {
		_, err = carrier.Write(c, backends.Issued{Access: csrf})
	}
	return err
}

// end clears the cookie of the flow with that state, and no other, and returns what
// it was. Every answer of a callback does that, also one that has not got as far as
// reading the state. Without a state there is no flow.
func (k crumbs) end(c *gin.Context, state string) (csrf string, err error) {
	if state == "" {
		return "", nil
	}
	carrier, err := k.of(state)
	if err != nil {
		return "", err
	}
	if csrf, err = carrier.Token(c); err != nil {
		return "", err
	}
	return csrf, carrier.Clear(c)
}
