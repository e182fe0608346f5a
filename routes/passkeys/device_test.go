package passkeys_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// The flags of authenticator data (WebAuthn level 3, section 6.1).
const (
	flagUP = 1 << 0
	flagUV = 1 << 2
	flagBE = 1 << 3
	flagBS = 1 << 4
	flagAT = 1 << 6
	flagED = 1 << 7
)

// device is an authenticator in software, an independent one, and the browser in front of
// it. The tests change what it answers where that is not what the specification says.
type device struct {
	t    *testing.T
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
	// still keeps the sign count where it is.
	still bool

	// forgery changes an answer before it is signed, sealed changes it afterwards.
	forgery func(*parts)
	sealed  func(map[string]any)
}

// newDevice returns an authenticator that verifies its user and keeps its keys to itself.
func newDevice(t *testing.T) *device {
	return &device{
		t: t, rp: virtualwebauthn.RelyingParty{ID: rpID, Name: "Round Table", Origin: origin},
		auth: virtualwebauthn.NewAuthenticator(), key: newKey(),
	}
}

// newKey returns a key whose coordinates have 32 bytes: the test's encoder omits leading
// zeros, which authenticators must not.
func newKey() virtualwebauthn.Credential {
	const encoded = 77
	for {
		if key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(key.Key.AttestationData()) == encoded {
			return key
		}
	}
}

// synced makes the passkey one that is synchronised.
func (d *device) synced() *device {
	d.auth.Options.BackupEligible, d.auth.Options.BackupState = true, true
	return d
}

// withoutUV makes the authenticator one that cannot verify its user.
func (d *device) withoutUV() *device {
	d.auth.Options.UserNotVerified = true
	return d
}

// create answers to the options of a registration.
func (d *device) create(b begun) string {
	options, err := virtualwebauthn.ParseAttestationOptions(string(b.PublicKey))
	if err != nil {
		d.t.Errorf("options of a registration: %v", err)
		return "{}"
	}
	d.auth.Options.UserHandle = []byte(options.UserID)
	return d.changed(virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.key, *options))
}

// get answers to the options of a login.
func (d *device) get(b begun) string {
	options, err := virtualwebauthn.ParseAssertionOptions(string(b.PublicKey))
	if err != nil {
		d.t.Errorf("options of a login: %v", err)
		return "{}"
	}
	if !d.still {
		d.key.Counter++
	}
	return d.changed(virtualwebauthn.CreateAssertionResponse(d.rp, d.auth, d.key, *options))
}

// parts are what is signed of an answer.
type parts struct {
	clientData map[string]any
	// client, if it is not nil, is in the place of clientData.
	client []byte
	data   []byte // authenticator data
	format string
	// statement is the CBOR of the attestation statement; an empty map by default.
	statement []byte
	object    []byte // in the place of the attestation object
}

func (p *parts) setFlags(set, clear byte) { p.data[32] = p.data[32]&^clear | set }

var b64 = base64.RawURLEncoding

// changed applies the forgery to an answer, with a signature that fits, and then what
// comes after it.
func (d *device) changed(text string) string {
	if d.forgery == nil && d.sealed == nil {
		return text
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		d.t.Error(err)
	}
	response := all["response"].(map[string]any)
	if d.forgery != nil {
		p := &parts{format: "none", statement: []byte{0xa0}}
		client, _ := b64.DecodeString(response["clientDataJSON"].(string))
		_ = json.Unmarshal(client, &p.clientData)
		registers := response["attestationObject"] != nil
		if registers {
			p.data = authDataOf(response["attestationObject"].(string))
		} else {
			p.data, _ = b64.DecodeString(response["authenticatorData"].(string))
		}
		d.forgery(p)
		if client = p.client; client == nil {
			client, _ = json.Marshal(p.clientData)
		}
		response["clientDataJSON"] = b64.EncodeToString(client)
		if registers {
			response["attestationObject"] = b64.EncodeToString(p.attestation())
		} else {
			response["authenticatorData"] = b64.EncodeToString(p.data)
			response["signature"] = b64.EncodeToString(d.sign(p.data, client))
		}
	}
	if d.sealed != nil {
		d.sealed(all)
	}
	changed, err := json.Marshal(all)
	if err != nil {
		d.t.Error(err)
	}
	return string(changed)
}

func (d *device) sign(data, client []byte) []byte {
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, err := d.key.Key.Sign(digest[:])
	if err != nil {
		d.t.Error(err)
	}
	return signature
}

// attestation returns an attestation object of the format (section 6.5.4).
func (p *parts) attestation() []byte {
	if p.object != nil {
		return p.object
	}
	object := []byte{0xa3, 0x63, 'f', 'm', 't', 0x60 | byte(len(p.format))}
	object = append(object, p.format...)
	object = append(object, 0x67, 'a', 't', 't', 'S', 't', 'm', 't')
	object = append(object, p.statement...)
	object = append(object, 0x68, 'a', 'u', 't', 'h', 'D', 'a', 't', 'a', 0x59, byte(len(p.data)>>8), byte(len(p.data)))
	return append(object, p.data...)
}

// authDataOf finds the authenticator data in an attestation object: the byte string after
// its name.
func authDataOf(object string) []byte {
	raw, _ := b64.DecodeString(object)
	raw = raw[bytes.Index(raw, []byte("authData"))+len("authData"):]
	switch raw[0] {
	case 0x58:
		return slices.Clone(raw[2 : 2+int(raw[1])])
	default: // 0x59
		n := int(binary.BigEndian.Uint16(raw[1:3]))
		return slices.Clone(raw[3 : 3+n])
	}
}

// copyOf is a copy of an authenticator.
func (d *device) copyOf() *device {
	other := *d
	return &other
}

// answers with changes of the JSON around what is signed.
func inResponse(name string, value any) func(map[string]any) {
	return func(all map[string]any) {
		response := maps.Clone(all["response"].(map[string]any))
		response[name] = value
		all["response"] = response
	}
}
