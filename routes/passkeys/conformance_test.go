package passkeys_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// violation is an answer in which one step of the specification fails. Everything else in
// it is valid, including the signature.
type violation struct {
	// step is the number in WebAuthn level 3, of section 7.1 or 7.2.
	step    string
	name    string
	forge   func(*parts)
	seal    func(map[string]any) // around what is signed
	prepare func(*device)
}

func says(name string, value any) func(*parts) {
	return func(p *parts) {
		if value == nil {
			delete(p.clientData, name)
			return
		}
		p.clientData[name] = value
	}
}

func flags(set, clear byte) func(*parts) { return func(p *parts) { p.setFlags(set, clear) } }

func raw(text string) func(*parts) {
	return func(p *parts) {
		challenge, _ := p.clientData["challenge"].(string)
		typ, _ := p.clientData["type"].(string)
		p.client = []byte(strings.NewReplacer("$challenge", challenge, "$type", typ).Replace(text))
	}
}

func top(name string, value any) func(map[string]any) {
	return func(all map[string]any) { all[name] = value }
}

func rpHash(id string) func(*parts) {
	return func(p *parts) {
		hash := sha256.Sum256([]byte(id))
		copy(p.data, hash[:])
	}
}

// inBoth are violations of registrations and logins alike, with both step numbers.
var inBoth = []violation{
	{step: "5/8", name: "client data is no JSON", forge: raw(`{"type"`)},
	{step: "5/8", name: "client data is no UTF-8", forge: raw("{\"type\":\"$type\",\"challenge\":\"$challenge\",\"origin\":\"https://camelot.bt\",\"x\":\"\xff\"}")},
	{step: "6/9", name: "client data is a list", forge: raw(`[]`)},
	{step: "6/9", name: "client data has two origins", forge: raw(`{"type":"$type","challenge":"$challenge","origin":"https://mordred.bt","origin":"https://camelot.bt"}`)},
	{step: "6/9", name: "client data has an origin in capitals", forge: raw(`{"type":"$type","challenge":"$challenge","ORIGIN":"https://camelot.bt"}`)},
	{step: "7/10", name: "type of neither", forge: says("type", "webauthn.x")},
	{step: "7/10", name: "no type", forge: says("type", nil)},
	{step: "8/11", name: "another challenge", forge: says("challenge", b64.EncodeToString(make([]byte, 32)))},
	{step: "8/11", name: "no challenge", forge: says("challenge", nil)},
	{step: "8/11", name: "the challenge in another spelling", forge: func(p *parts) { p.clientData["challenge"] = p.clientData["challenge"].(string) + "=" }},
	{step: "9/12", name: "another origin", forge: says("origin", "https://mordred.bt")},
	{step: "9/12", name: "a sub-domain that is not configured", forge: says("origin", "https://tintagel.camelot.bt")},
	{step: "9/12", name: "another port", forge: says("origin", "https://camelot.bt:8443")},
	{step: "9/12", name: "http", forge: says("origin", "http://camelot.bt")},
	{step: "9/12", name: "the default port", forge: says("origin", "https://camelot.bt:443")},
	{step: "9/12", name: "a path", forge: says("origin", "https://camelot.bt/x")},
	{step: "9/12", name: "a user name", forge: says("origin", "https://mordred@camelot.bt")},
	{step: "9/12", name: "capitals", forge: says("origin", "https://Camelot.bt")},
	{step: "9/12", name: "no origin", forge: says("origin", nil)},
	{step: "10/13", name: "in a frame", forge: says("crossOrigin", true)},
	{step: "11/14", name: "in a frame of another page", forge: says("topOrigin", "https://mordred.bt")},
	{step: "11/14", name: "in a frame of one's own page", forge: func(p *parts) { p.clientData["crossOrigin"], p.clientData["topOrigin"] = true, origin }},
	{step: "14/15", name: "another relying party", forge: rpHash("mordred.bt")},
	{step: "14/15", name: "a sub-domain as relying party", forge: rpHash("tintagel.camelot.bt")},
	{step: "15/16", name: "user not present", forge: flags(0, flagUP)},
	{step: "17/18", name: "backed up and not eligible", forge: flags(flagBS, flagBE)},
	{step: "21/23", name: "extensions in the data that are not there", forge: flags(flagED, 0)},
	{step: "29/23", name: "a client extension that was not asked for", seal: top("clientExtensionResults", map[string]any{"appid": true})},
	{step: "13/7", name: "authenticator data cut short", forge: func(p *parts) { p.data = p.data[:36] }},
	{step: "13/7", name: "bytes after the authenticator data", forge: func(p *parts) { p.data = append(p.data, 0) }},
	{step: "3/3", name: "another type of credential", seal: top("type", "password")},
	{step: "3/3", name: "no response", seal: top("response", nil)},
	{step: "3/3", name: "the ID is not the raw ID", seal: top("rawId", "AAAA")},
	{step: "3/3", name: "no ID", seal: top("id", "")},
	{step: "3/3", name: "an ID that is not base64url", seal: top("id", "a+b/")},
	{step: "3/3", name: "client data that is not base64url", seal: inResponse("clientDataJSON", "***")},
	{step: "3/3", name: "client data as a number", seal: inResponse("clientDataJSON", 7)},
}

// registrations are violations of section 7.1 alone.
var registrations = []violation{
	{step: "7", name: "type of a login", forge: says("type", "webauthn.get")},
	{step: "13", name: "no CBOR", forge: func(p *parts) { p.object = []byte("nonsense") }},
	{step: "13", name: "an array that claims to be huge", forge: func(p *parts) { p.object = []byte{0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff} }},
	{step: "13", name: "a text that claims to be huge", forge: func(p *parts) { p.object = []byte{0x7b, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 'x'} }},
	{step: "13", name: "deep arrays", forge: func(p *parts) { p.object = bytes.Repeat([]byte{0x81}, 30000) }},
	{step: "13", name: "deep arrays in the statement", forge: func(p *parts) { p.statement = append(bytes.Repeat([]byte{0x81}, 20000), 0xa0) }},
	{step: "13", name: "tags without end", forge: func(p *parts) { p.object = bytes.Repeat([]byte{0xc1}, 30000) }},
	{step: "13", name: "indefinite lengths", forge: func(p *parts) { p.object = bytes.Repeat([]byte{0x9f}, 30000) }},
	{step: "13", name: "bytes after the object", forge: func(p *parts) { p.object = append(p.attestation(), 0xa0) }},
	{step: "13", name: "no credential in the data", forge: func(p *parts) { p.data = p.data[:37]; p.setFlags(0, flagAT) }},
	{step: "13", name: "a credential ID that is longer than the data", forge: func(p *parts) { binary.BigEndian.PutUint16(p.data[53:55], 60000) }},
	{step: "13", name: "an empty object", forge: func(p *parts) { p.object = []byte{0xa0} }},
	{step: "20", name: "an algorithm that was not offered", forge: func(p *parts) { // ES256 becomes ES384
		at := bytes.Index(p.data[55:], []byte{0x03, 0x26}) + 55
		p.data = slices.Concat(p.data[:at], []byte{0x03, 0x38, 0x22}, p.data[at+2:])
	}},
	{step: "21", name: "an attestation that is not known", forge: func(p *parts) { p.format = "mordred" }},
	{step: "22", name: "a statement where there is none", forge: func(p *parts) { p.statement = []byte{0xa1, 0x61, 'x', 0x01} }},
	{step: "22", name: "a statement without a signature", forge: func(p *parts) { p.format = "packed" }},
	{step: "22", name: "a signature of another key", prepare: func(d *device) {
		d.forgery, d.sealed = nil, func(all map[string]any) {
			other := newDevice(d.t)
			other.key.ID = d.key.ID
			response := all["response"].(map[string]any)
			object, _ := b64.DecodeString(response["attestationObject"].(string))
			object[bytes.Index(object, []byte("sig"))+12] ^= 1
			response["attestationObject"] = b64.EncodeToString(object)
		}
	}},
	{step: "25", name: "a credential ID of 1,024 bytes", prepare: func(d *device) { d.key.ID = bytes.Repeat([]byte{7}, 1024) }},
	{step: "27", name: "the ID is not that in the data", seal: func(all map[string]any) { all["id"], all["rawId"] = "AAAA", "AAAA" }},
	{step: "13", name: "a key that is too large", prepare: func(d *device) {
		d.forgery = func(p *parts) { // RSA with a modulus of 24,000 bits
			id := 55 + len(d.key.ID)
			key := []byte{0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x59, 0x0b, 0xb8}
			key = append(append(key, bytes.Repeat([]byte{0xff}, 3000)...), 0x21, 0x43, 1, 0, 1)
			p.data = slices.Concat(p.data[:id], key)
		}
	}},
	{step: "13", name: "a key that is none", prepare: func(d *device) {
		d.forgery = func(p *parts) { p.data = append(p.data[:55+len(d.key.ID)], 0xa0) }
	}},
}

// assertions are violations of section 7.2 alone.
var assertions = []violation{
	{step: "6", name: "no user handle", seal: inResponse("userHandle", "")},
	{step: "6", name: "a user handle that is null", seal: inResponse("userHandle", nil)},
	{step: "6", name: "another user's handle", prepare: func(d *device) { d.auth.Options.UserHandle = bytes.Repeat([]byte{7}, 64) }},
	{step: "6", name: "an unknown credential", prepare: func(d *device) { d.key.ID = []byte("unknown") }},
	{step: "6", name: "a credential ID of 1,024 bytes", prepare: func(d *device) { d.key.ID = bytes.Repeat([]byte{7}, 1024) }},
	{step: "10", name: "type of a registration", forge: says("type", "webauthn.create")},
	{step: "17", name: "user not verified", forge: flags(0, flagUV)},
	{step: "19", name: "another eligibility for backups", forge: flags(flagBE, 0)},
	{step: "20", name: "other client data than was signed", seal: func(all map[string]any) {
		response := all["response"].(map[string]any)
		text, _ := b64.DecodeString(response["clientDataJSON"].(string))
		response["clientDataJSON"] = b64.EncodeToString(append([]byte(" "), text...))
	}},
	{step: "21", name: "a signature of another key", prepare: func(d *device) { d.key.Key = newKey().Key }},
	{step: "21", name: "no signature", seal: inResponse("signature", "")},
	{step: "21", name: "one bit of the signature", seal: func(all map[string]any) {
		response := all["response"].(map[string]any)
		signature, _ := b64.DecodeString(response["signature"].(string))
		signature[len(signature)-1] ^= 1
		response["signature"] = b64.EncodeToString(signature)
	}},
	{step: "21", name: "one bit of the data", seal: func(all map[string]any) {
		response := all["response"].(map[string]any)
		data, _ := b64.DecodeString(response["authenticatorData"].(string))
		data[36] ^= 2
		response["authenticatorData"] = b64.EncodeToString(data)
	}},
	{step: "22", name: "a sign count that stands", prepare: func(d *device) { d.still, d.key.Counter = true, 1 }},
	{step: "7", name: "data with a credential that has no end", forge: func(p *parts) { p.setFlags(flagAT, 0); p.data = append(p.data, make([]byte, 18)...) }},
	{step: "7", name: "no data", seal: inResponse("authenticatorData", "")},
	{step: "3", name: "a long user handle", seal: inResponse("userHandle", base64.RawURLEncoding.EncodeToString(make([]byte, 30000)))},
}

// apply makes d an authenticator that answers so.
func (v violation) apply(d *device) *device {
	d = d.copyOf()
	d.forgery, d.sealed = v.forge, v.seal
	if v.prepare != nil {
		v.prepare(d)
	}
	return d
}

// Every mutation of a registration is refused with one answer, and leaves nothing.
func TestConformanceOfRegistrations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	c := w.client("cookie").enter(arthur)
	for _, v := range slices.Concat(inBoth, registrations) {
		want(t, "step "+v.step+", "+v.name, c.register(v.apply(newDevice(t))), 400, badCredential)
	}
	want(t, "list", c.call("GET", "/users/me/passkeys", ""), 200, "[]")
	// The same authenticators, with nothing wrong.
	for _, key := range []virtualwebauthn.Credential{newKey(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA)} {
		for _, forge := range []func(*parts){nil, func(*parts) {}, func(p *parts) { p.clientData["crossOrigin"] = false }, says("unknown", "x")} {
			d := newDevice(t)
			d.key, d.forgery = key, forge
			d.key.ID = newKey().ID
			c.add(d)
			d.forgery = nil
			want(t, "log in", w.client("cookie").passkey(d), 200, "null")
		}
	}
	if text := w.Log.String(); strings.Contains(text, "panicked") {
		t.Errorf("the log has a panic: %s", text)
	}
}

// Every mutation of a login is refused with one answer, also as a second factor.
func TestConformanceOfLogins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff, asSecondFactor)
	d := newDevice(t)
	w.client("cookie").enter(arthur).add(d)
	d.key.Counter = 1
	d.still = true
	want(t, "log in", w.client("cookie").passkey(d), 200, "null")
	d.still = false
	for _, v := range slices.Concat(inBoth, assertions) {
		what := "step " + v.step + ", " + v.name
		want(t, what, w.client("cookie").passkey(v.apply(d)), 400, badLogin)
		switch v.name { // these are allowed after another factor
		case "no user handle", "a user handle that is null", "user not verified":
			continue
		}
		want(t, what+", as a factor", w.client("jwt").factor(v.apply(d), arthur), 400, badFactor)
	}
	d.key.Counter = 50
	want(t, "log in", w.client("cookie").passkey(d), 200, "null")
	for _, v := range assertions[:2] { // the user is known
		if got := w.client("jwt").factor(v.apply(d), arthur); got.status != 200 {
			t.Errorf("%s as a factor: got %d %s", v.name, got.status, got.body)
		}
		d.key.Counter++
	}
	if text := w.Log.String(); strings.Contains(text, "panicked") {
		t.Errorf("the log has a panic: %s", text)
	}
}

// FuzzAnswers sends invalid answers: none is a login, and none causes a 500.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`))
	f.Add([]byte(`{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"eyJvcmlnaW4iOiJodHRwczovL2NhbWVsb3QuYnQifQ","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVgB"}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		w := newWorld(t, limitsOff)
		c := w.client("jwt").enter(arthur)
		b := c.begin("/users/me/passkeys/options", "{}")
		if got := c.call("POST", "/users/me/passkeys", finishing(b, string(answer))); got.status < 400 || got.status >= 500 {
			t.Errorf("registration: got %d %s", got.status, got.body)
		}
		b = c.begin("/auth/jwt/passkey/options", "{}")
		if got := c.call("POST", "/auth/jwt/passkey/login", finishing(b, string(answer))); got.status < 400 || got.status >= 500 {
			t.Errorf("login: got %d %s", got.status, got.body)
		}
	})
}
