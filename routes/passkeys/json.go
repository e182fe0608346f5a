package passkeys

import (
	"time"

	"github.com/go-webauthn/webauthn/protocol"
)

// The types of this file are the JSON forms of WebAuthn level 3, section 5.1, by the names
// that they have there; package openapi shows the names. The library reads what a
// client sends.

type publicKeyCredentialRpEntity struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type publicKeyCredentialUserEntityJSON struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

type publicKeyCredentialParameters struct {
	Type      string `json:"type"`
	Algorithm int    `json:"alg"`
}

type publicKeyCredentialDescriptorJSON struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

type authenticatorSelectionCriteria struct {
	ResidentKey        string `json:"residentKey"`
	RequireResidentKey bool   `json:"requireResidentKey"`
	UserVerification   string `json:"userVerification"`
}

type authenticationExtensionsClientInputsJSON struct {
	CredProps bool `json:"credProps,omitzero"`
}

// publicKeyCredentialCreationOptionsJSON is what parseCreationOptionsFromJSON reads.
type publicKeyCredentialCreationOptionsJSON struct {
	RP                     publicKeyCredentialRpEntity              `json:"rp"`
	User                   publicKeyCredentialUserEntityJSON        `json:"user"`
	Challenge              string                                   `json:"challenge"`
	PubKeyCredParams       []publicKeyCredentialParameters          `json:"pubKeyCredParams"`
	Timeout                int                                      `json:"timeout"`
	ExcludeCredentials     []publicKeyCredentialDescriptorJSON      `json:"excludeCredentials"`
	AuthenticatorSelection authenticatorSelectionCriteria           `json:"authenticatorSelection"`
	Attestation            string                                   `json:"attestation"`
	Extensions             authenticationExtensionsClientInputsJSON `json:"extensions"`
}

// publicKeyCredentialRequestOptionsJSON is what parseRequestOptionsFromJSON reads.
type publicKeyCredentialRequestOptionsJSON struct {
	Challenge        string                              `json:"challenge"`
	Timeout          int                                 `json:"timeout"`
	RPID             string                              `json:"rpId"`
	AllowCredentials []publicKeyCredentialDescriptorJSON `json:"allowCredentials"`
	UserVerification string                              `json:"userVerification"`
}

// passkeyCreationOptions and passkeyRequestOptions are the responses that begin a ceremony.
type passkeyCreationOptions struct {
	Ceremony  string                                 `json:"ceremony"`
	PublicKey publicKeyCredentialCreationOptionsJSON `json:"publicKey"`
}

type passkeyRequestOptions struct {
	Ceremony  string                                `json:"ceremony"`
	PublicKey publicKeyCredentialRequestOptionsJSON `json:"publicKey"`
}

type authenticatorAttestationResponseJSON struct {
	ClientDataJSON     string   `json:"clientDataJSON"`
	AttestationObject  string   `json:"attestationObject"`
	AuthenticatorData  string   `json:"authenticatorData,omitempty"`
	Transports         []string `json:"transports,omitempty"`
	PublicKey          string   `json:"publicKey,omitempty"`
	PublicKeyAlgorithm int      `json:"publicKeyAlgorithm,omitempty"`
}

// registrationResponseJSON is what toJSON returns of a new credential.
type registrationResponseJSON struct {
	ID                      string                               `json:"id"`
	RawID                   string                               `json:"rawId"`
	Response                authenticatorAttestationResponseJSON `json:"response"`
	AuthenticatorAttachment string                               `json:"authenticatorAttachment,omitempty"`
	ClientExtensionResults  map[string]any                       `json:"clientExtensionResults"`
	Type                    string                               `json:"type"`
}

type authenticatorAssertionResponseJSON struct {
	ClientDataJSON    string `json:"clientDataJSON"`
	AuthenticatorData string `json:"authenticatorData"`
	Signature         string `json:"signature"`
	UserHandle        string `json:"userHandle,omitempty"`
}

// authenticationResponseJSON is what toJSON returns of an answer by a credential.
type authenticationResponseJSON struct {
	ID                      string                             `json:"id"`
	RawID                   string                             `json:"rawId"`
	Response                authenticatorAssertionResponseJSON `json:"response"`
	AuthenticatorAttachment string                             `json:"authenticatorAttachment,omitempty"`
	ClientExtensionResults  map[string]any                     `json:"clientExtensionResults"`
	Type                    string                             `json:"type"`
}

func descriptors(all []protocol.CredentialDescriptor) []publicKeyCredentialDescriptorJSON {
	shown := make([]publicKeyCredentialDescriptorJSON, len(all))
	for i, one := range all {
		shown[i] = publicKeyCredentialDescriptorJSON{Type: string(one.Type), ID: one.CredentialID.String()}
		for _, transport := range one.Transport {
			shown[i].Transports = append(shown[i].Transports, string(transport))
		}
	}
	return shown
}

func creationOf(ceremony string, o protocol.PublicKeyCredentialCreationOptions, handle []byte) passkeyCreationOptions {
	shown := publicKeyCredentialCreationOptionsJSON{
		RP:   publicKeyCredentialRpEntity{o.RelyingParty.ID, o.RelyingParty.Name},
		User: publicKeyCredentialUserEntityJSON{protocol.URLEncodedBase64(handle).String(), o.User.Name, o.User.DisplayName},

		Challenge: o.Challenge.String(), Timeout: o.Timeout, Attestation: string(o.Attestation),
		ExcludeCredentials: descriptors(o.CredentialExcludeList),
		AuthenticatorSelection: authenticatorSelectionCriteria{
			ResidentKey:        string(o.AuthenticatorSelection.ResidentKey),
			RequireResidentKey: o.AuthenticatorSelection.RequireResidentKey != nil && *o.AuthenticatorSelection.RequireResidentKey,
			UserVerification:   string(o.AuthenticatorSelection.UserVerification),
		},
		Extensions: authenticationExtensionsClientInputsJSON{CredProps: true},
	}
	for _, one := range o.Parameters {
		shown.PubKeyCredParams = append(shown.PubKeyCredParams, publicKeyCredentialParameters{string(one.Type), int(one.Algorithm)})
	}
	return passkeyCreationOptions{ceremony, shown}
}

func requestOf(ceremony string, o protocol.PublicKeyCredentialRequestOptions) passkeyRequestOptions {
	return passkeyRequestOptions{ceremony, publicKeyCredentialRequestOptionsJSON{
		Challenge: o.Challenge.String(), Timeout: o.Timeout, RPID: o.RelyingPartyID,
		AllowCredentials: descriptors(o.AllowedCredentials), UserVerification: string(o.UserVerification),
	}}
}

// passkeyItem is a passkey as its owner sees it.
type passkeyItem struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	CredentialID string     `json:"credential_id"`
	CreatedAt    time.Time  `json:"created_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
	BackedUp     bool       `json:"backed_up"`
	UserVerified bool       `json:"user_verified"`
	Transports   []string   `json:"transports"`
	AAGUID       string     `json:"aaguid"`
}

func (h held) item() passkeyItem {
	shown := passkeyItem{
		ID: h.ID, Name: h.Name, CredentialID: h.Key, CreatedAt: h.CreatedAt.UTC(), BackedUp: h.BackupState,
		UserVerified: h.UVInitialized, Transports: append([]string{}, h.Transports...), AAGUID: aaguidText(h.AAGUID),
	}
	if !h.LastUsedAt.IsZero() {
		at := h.LastUsedAt.UTC()
		shown.LastUsedAt = &at
	}
	return shown
}

// passkeyCreated is a new passkey.
type passkeyCreated struct {
	passkeyItem
	Codes []string `json:"recovery_codes,omitempty"`
}

// Samples, for the description of the routes.
const (
	sampleCeremony  = "v1.mCq1a7"
	sampleChallenge = "q1sB0sKpE5r3zJm5b3kXnT0b1lq2Y4m8sVhO7uWcR5e"
	sampleID        = "u6dZqA5rZQm0i3kT9vQxYw"
	sampleBytes     = "eyJ0eXBlIjoid2ViYXV0aG4"
)

func sampleItem() passkeyItem {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	return passkeyItem{"7Q3V9X0A2BCD4EFGHJKMNPQRST", "iCloud Keychain", sampleID, at, &at, true, true, []string{"hybrid", "internal"}, "fbfc3007-154e-4ecc-8c0b-6e020557d7bd"}
}

func (p *Passkeys) sampleCreation() passkeyCreationOptions {
	return passkeyCreationOptions{sampleCeremony, publicKeyCredentialCreationOptionsJSON{
		RP:        publicKeyCredentialRpEntity{p.config.RPID, p.config.Name},
		User:      publicKeyCredentialUserEntityJSON{sampleBytes, "king.arthur@camelot.bt", "king.arthur@camelot.bt"},
		Challenge: sampleChallenge, Timeout: int(ceremonyTime / time.Millisecond), Attestation: "none",
		PubKeyCredParams:       []publicKeyCredentialParameters{{"public-key", -8}, {"public-key", -7}, {"public-key", -257}},
		ExcludeCredentials:     []publicKeyCredentialDescriptorJSON{{"public-key", sampleID, []string{"internal"}}},
		AuthenticatorSelection: authenticatorSelectionCriteria{"required", true, "preferred"},
		Extensions:             authenticationExtensionsClientInputsJSON{CredProps: true},
	}}
}

func (p *Passkeys) sampleRequest(verification string, allowed ...publicKeyCredentialDescriptorJSON) passkeyRequestOptions {
	return passkeyRequestOptions{sampleCeremony, publicKeyCredentialRequestOptionsJSON{
		Challenge: sampleChallenge, Timeout: int(ceremonyTime / time.Millisecond), RPID: p.config.RPID,
		AllowCredentials: append([]publicKeyCredentialDescriptorJSON{}, allowed...), UserVerification: verification,
	}}
}
