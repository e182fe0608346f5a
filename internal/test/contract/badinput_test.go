package contract

import (
	"strings"
	"testing"
)

// TestBadInputWritesNothing sends all the bad bodies to an application nobody else
// uses: no call of the store that could write is made at all, and no mail is sent.
func TestBadInputWritesNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		w.settle(t)
		w.in.store.taken()
		for name, check := range map[string]func(*testing.T, *world){
			"bodies": testBodies, "malformed": testMalformed, "fields": testFields, "login": testLoginFields, "email": testEmail,
			"order": testOrder, "order of bodies": testOrderOfBody, "size": testBodySize, "media types": testMediaTypes, "ids": testIDs,
		} {
			check(t, w)
			wantNoWrites(t, name, w.in.store.taken())
		}
		w.in.shutdown(t)
		if sent := w.in.outbox.Messages(); len(sent) > 0 {
			t.Errorf("got %d mails, want none", len(sent))
		}
		if log := w.in.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
			t.Errorf("got the log\n%s\nwant nothing to worry about", log)
		}
	})
}

// TestRefusedWritesNothing has good bodies that are refused all the same.
func TestRefusedWritesNothing(t *testing.T) {
	t.Parallel()
	eachVariant(t, func(t *testing.T, v variant) {
		w := start(t, v, design{config: keepOne})
		w.settle(t)
		p := w.member(t)
		used := p.forgot(t, 1)
		w.client().reset(t, used, password).want(t, 200, "null")
		done := p.requestVerify(t, 1)
		w.client().verify(t, done).mustBe(t, 200)
		p.logIn(t)
		w.in.store.taken()
		taken := `{"email":"` + strings.ToUpper(w.arthur.email) + `","password":"guinevere","first_name":"x"}`
		c := w.client()
		c.post(t, "/auth/register", taken).want(t, 400, code("REGISTER_USER_ALREADY_EXISTS"))
		c.logIn(t, "cookie", p.email, otherPassword).want(t, 400, badCredentials)
		c.logIn(t, "verified", w.arthur.email, password).want(t, 400, code("LOGIN_USER_NOT_VERIFIED"))
		c.reset(t, used, otherPassword).want(t, 400, badResetToken)
		c.verify(t, done).want(t, 400, alreadyVerified)
		p.patch(t, "/users/me", taken).want(t, 400, emailTaken)
		w.super.patch(t, "/users/"+p.id, taken).want(t, 400, emailTaken)
		p.delete(t, "/users/"+p.id).want(t, 403, forbidden)
		w.client().with("x").post(t, "/auth/redis/logout", "").want(t, 401, unauthorized)
		wantNoWrites(t, "refused", w.in.store.taken())
		// These two are decided by the store itself, in one step.
		w.super.patch(t, "/users/"+w.super.id, `{"is_superuser":false}`).want(t, 400, lastSuperuser)
		w.super.delete(t, "/users/"+w.super.id).want(t, 400, lastSuperuser)
		w.super.get(t, "/users/"+w.super.id).want(t, 200, w.super.json())
	})
}
