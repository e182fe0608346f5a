package walk

import "strings"

// app sets up an authenticator app.
func (c *client) app() totp {
	c.t.Helper()
	made := decode[struct{ ID, Secret string }](c.world, c.call("POST", "/users/me/factors/totp", `{}`))
	c.taken()
	return totp{c.world, made.ID, made.Secret}
}

// half logs in as far as the factor and returns the login token.
func (c *client) half(backend, name string) string {
	c.t.Helper()
	c.token = ""
	return decode[struct {
		Detail struct {
			Token string `json:"login_token"`
		}
	}](c.world, c.logIn(backend, name)).Detail.Token
}

// factors is the second factor, from enrolment to removal.
func (w *world) factors() {
	me := w.client().enter("cookie", "owain")
	me.step("set up an app", "POST", "/users/me/factors/totp", `{"name":"Phone"}`)
	app := me.app()
	confirm := func(app totp) request {
		return func() (string, string, string) {
			return "POST", "/users/me/factors/totp/" + app.id + "/confirm", `{"code":"` + app.code() + `"}`
		}
	}
	me.step("confirm an app with a wrong code", "POST", "/users/me/factors/totp/"+app.id+"/confirm", `{"code":"135790"}`)
	me.step("confirm no app", "POST", "/users/me/factors/totp/x/confirm", `{"code":"135790"}`)
	me.stepBy("confirm an app", confirm(app))
	me = w.factorLogin("log in with an app", "owain", app)
	second := app
	me.stepBy("confirm a second app", func() (string, string, string) {
		second = me.app()
		return confirm(second)()
	})
	me.step("list factors", "GET", "/users/me/factors", "")
	me.stepBy("remove an app", func() (string, string, string) {
		second = me.app()
		me.call(confirm(second)())
		return "DELETE", "/users/me/factors/" + second.id, ""
	})
	me.keepOnly("/users/me/factors", app.id)
	me.step("remove no app", "DELETE", "/users/me/factors/x", "")
	me.step("make recovery codes", "POST", "/users/me/recovery-codes", "")

	again := w.client()
	again.cookies = me.cookies
	again.stepBy("reauthenticate with an app", func() (string, string, string) {
		return "POST", "/auth/cookie/reauthenticate", `{"factor":"totp","code":"` + app.code() + `"}`
	})
	again.step("reauthenticate with a wrong code", "POST", "/auth/cookie/reauthenticate", `{"factor":"totp","code":"135790"}`)
	again.step("reauthenticate with a password alone", "POST", "/auth/cookie/reauthenticate", `{"password":"`+password+`"}`)
	again.down("reauthenticate while the store is down", "POST", "/auth/cookie/reauthenticate", `{"password":"`+password+`"}`)
	w.answers(again, app)
	w.endFactors(again, app)
}

// answers is the second step of logins.
func (w *world) answers(me *client, app totp) {
	c := w.client()
	c.step("log in without a factor", "POST", "/auth/jwt/login", credentials("owain", password))
	answer := func(token, factor, code string) string {
		return `{"login_token":"` + token + `","factor":"` + factor + `","code":"` + code + `"}`
	}
	path := "/auth/jwt/login/factor"
	c.step("answer with a wrong code", "POST", path, answer(c.half("jwt", "owain"), "totp", "135790"))
	c.step("answer with an unknown login token", "POST", path, answer(token43, "totp", "135790"))
	c.step("answer with an unknown factor", "POST", path, answer(token43, "sword", "135790"))
	c.down("answer while the store is down", "POST", path, answer(token43, "totp", "135790"))
	c.stepBy("log in with a bearer token and an app", func() (string, string, string) {
		return "POST", path, answer(c.half("jwt", "owain"), "totp", app.code())
	})
	browser := w.client()
	browser.half("cookie", "owain")
	browser.step("ask which factors complete the login", "GET", "/auth/cookie/login/factor", "")
	browser.stepBy("trust a browser", func() (string, string, string) {
		browser.half("cookie", "owain")
		return "POST", "/auth/cookie/login/factor", `{"factor":"totp","code":"` + app.code() + `","trust_device":true}`
	})
	browser.step("log in with a trusted browser", "POST", "/auth/cookie/login", credentials("owain", password))
	for _, f := range decode[struct {
		Factors []struct{ ID, Type string }
	}](w, me.call("GET", "/users/me/factors", "")).Factors {
		if f.Type == "device" {
			me.step("remove a trusted browser", "DELETE", "/users/me/factors/"+f.ID, "")
		}
	}
	codes := decode[struct {
		Codes []string `json:"recovery_codes"`
	}](w, me.call("POST", "/users/me/recovery-codes", "")).Codes
	c.stepBy("log in with a recovery code", func() (string, string, string) {
		code := codes[0]
		codes = codes[1:]
		return "POST", path, answer(c.half("jwt", "owain"), "recovery_code", code)
	})
}

// factorLogin logs in with both factors.
func (w *world) factorLogin(step, name string, app totp) *client {
	w.t.Helper()
	c := w.client()
	c.stepBy(step, func() (string, string, string) {
		c.half("cookie", name)
		return "POST", "/auth/cookie/login/factor", `{"factor":"totp","code":"` + app.code() + `"}`
	})
	return c
}

// endFactors is the end of second factors.
func (w *world) endFactors(me *client, app totp) {
	c := w.client()
	w.untilLimitedBy("answer too often", c, func() (string, string, string) {
		return "POST", "/auth/jwt/login/factor", `{"login_token":"` + w.client().half("jwt", "owain") + `","factor":"totp","code":"135790"}`
	})
	me.step("remove the last app", "DELETE", "/users/me/factors/"+app.id, "")
	me.step("make recovery codes without a factor", "POST", "/users/me/recovery-codes", "")
	other := me.app()
	me.call("POST", "/users/me/factors/totp/"+other.id+"/confirm", `{"code":"`+other.code()+`"}`)
	boss, theirs := w.client().enter("jwt", "merlin"), "/users/"+w.id("owain")+"/factors"
	boss.step("list a user's factors", "GET", theirs, "")
	boss.step("reset a user's factors", "DELETE", theirs, "")
	boss.step("reset one's own factors", "DELETE", "/users/"+w.id("merlin")+"/factors", "")
}

// passkeys is a user's passkeys.
func (w *world) passkeys() {
	me := w.client().enter("cookie", "gawain")
	d := w.device()
	me.step("options of a passkey", "POST", "/users/me/passkeys/options", "{}")
	me.step("add a passkey of no ceremony", "POST", "/users/me/passkeys", `{"ceremony":"x","credential":{}}`)
	made := decode[struct{ ID string }](w, me.stepBy("add a passkey", func() (string, string, string) {
		return "POST", "/users/me/passkeys", d.create(me)
	}))
	me.step("list passkeys", "GET", "/users/me/passkeys", "")
	me.step("rename a passkey", "PATCH", "/users/me/passkeys/"+made.ID, `{"name":"Sword"}`)
	me.step("rename no passkey", "PATCH", "/users/me/passkeys/x", `{"name":"Sword"}`)

	c := w.client()
	login := func(c *client, d *device) request {
		return func() (string, string, string) {
			return "POST", "/auth/jwt/passkey/login", d.get(c, "/auth/jwt/passkey/options", "")
		}
	}
	c.step("options of a login with a passkey", "POST", "/auth/jwt/passkey/options", "{}")
	c.stepBy("log in with a passkey", login(c, d))
	c = w.client()
	c.step("log in with a passkey of no ceremony", "POST", "/auth/jwt/passkey/login", `{"ceremony":"x","credential":{}}`)
	d.still = true
	c.stepBy("log in with a copied passkey", login(c, d))
	d.still = false
	_, path, body := login(c, d)()
	c.down("log in with a passkey while the store is down", "POST", path, body)
	w.untilLimited("log in with bad passkeys too often", c, "POST", path, `{"ceremony":"x","credential":{}}`)
	w.untilLimited("options of a login with a passkey too often", c, "POST", "/auth/jwt/passkey/options", "{}")

	half := w.client()
	half.stepBy("complete a login with a passkey", func() (string, string, string) {
		more := `"login_token":"` + half.half("jwt", "gawain") + `",`
		body := d.get(half, "/auth/jwt/login/factor/options", more)
		return "POST", "/auth/jwt/login/factor", strings.Replace(body, "{", `{"factor":"passkey",`, 1)
	})
	c.step("options of the second step", "POST", "/auth/jwt/login/factor/options", `{"login_token":"`+w.client().half("jwt", "gawain")+`"}`)
	half.stepBy("reauthenticate with a passkey", func() (string, string, string) {
		return "POST", "/auth/jwt/reauthenticate", strings.Replace(d.get(half, "/auth/jwt/reauthenticate/options", ""), "{", `{"factor":"passkey",`, 1)
	})
	half.step("options of a proof", "POST", "/auth/jwt/reauthenticate/options", "")
	half.step("an application's route for two factors", "GET", "/mfa", "")
	synced := d
	half.stepBy("add a second passkey", func() (string, string, string) {
		synced = w.device().synced()
		return "POST", "/users/me/passkeys", synced.create(half)
	})
	c = w.client()
	c.stepBy("log in with a synchronised passkey", login(c, synced))
	synced.still = true
	c.stepBy("log in with a synchronised passkey that stands still", login(c, synced))
	boss, theirs := w.client().enter("jwt", "merlin"), "/users/"+w.id("gawain")+"/passkeys"
	all := decode[[]struct{ ID string }](w, boss.step("list a user's passkeys", "GET", theirs, ""))
	half.stepBy("remove a passkey", func() (string, string, string) {
		other := decode[struct{ ID string }](w, half.call("POST", "/users/me/passkeys", w.device().create(half)))
		return "DELETE", "/users/me/passkeys/" + other.ID, ""
	})
	half.keepOnly("/users/me/passkeys", all[0].ID)
	half.step("remove no passkey", "DELETE", "/users/me/passkeys/x", "")
	boss.step("remove a user's passkey", "DELETE", theirs+"/"+all[0].ID, "")
	w.client().step("related origins", "GET", "/.well-known/webauthn", "")
}

// keys is a user's API keys.
func (w *world) keys() {
	me := w.client().enter("jwt", "kay")
	type made struct{ ID, Key string }
	create := `{"name":"Warehouse","scopes":["orders:read"]}`
	first := decode[made](w, me.step("make an API key", "POST", "/users/me/api-keys", create))
	me.step("make an API key for an unknown scope", "POST", "/users/me/api-keys", `{"name":"Warehouse","scopes":["swords"]}`)
	me.step("list API keys", "GET", "/users/me/api-keys", "")
	program := w.client()
	program.key = first.Key
	program.step("use an API key", "GET", "/scope", "")
	program.step("use an API key without the scope", "GET", "/own", "")
	me.step("remove an API key", "DELETE", "/users/me/api-keys/"+first.ID, "")
	me.step("remove no API key", "DELETE", "/users/me/api-keys/x", "")
	program.step("use an API key that was removed", "GET", "/scope", "")
	w.untilLimited("use unknown API keys too often", program, "GET", "/scope", "")
	me.step("rename an API key", "PATCH", "/users/me/api-keys/"+decode[made](w, me.call("POST", "/users/me/api-keys", create)).ID, `{"name":"Mill"}`)
	me.step("end all API keys", "DELETE", "/users/me/api-keys", "")
	second := decode[made](w, me.call("POST", "/users/me/api-keys", create))
	boss, theirs := w.client().enter("jwt", "merlin"), "/users/"+w.id("kay")+"/api-keys"
	boss.step("list a user's API keys", "GET", theirs, "")
	boss.step("remove a user's API key", "DELETE", theirs+"/"+second.ID, "")
	me.call("POST", "/users/me/api-keys", create)
	boss.step("end a user's API keys", "DELETE", theirs, "")
}
