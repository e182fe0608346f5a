package strictjwt

import (
	"encoding/json"
	"strings"

	"github.com/ginauth/ginauth/internal/strictjson"
)

// encodeHeader returns the first segment of the tokens of a key.
func encodeHeader(alg, kid string) string {
	fields := struct {
		Algorithm string `json:"alg"`
		ID        string `json:"kid,omitempty"`
		Type      string `json:"typ"`
	}{alg, kid, "JWT"}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // strings always marshal
	}
	return base64url.EncodeToString(text)
}

// headerNames is which key a header names. It is decoded at its first use.
type headerNames struct {
	decoded, ok bool
	alg, kid    string
}

func (n *headerNames) of(header string) *headerNames {
	if !n.decoded {
		n.decoded = true
		n.decode(header)
	}
	return n
}

// fit reports whether the header names key: an unknown kid, or one where the key
// has none, is another key's.
func (n *headerNames) fit(key *Key) bool {
	return n.ok && n.kid == key.ID && n.alg == key.Method.Alg()
}

// decode refuses every header parameter but alg, typ and kid: crit, jwk, jku, x5u
// and what may come change what a signature means.
func (n *headerNames) decode(header string) {
	text, err := base64url.DecodeString(header)
	if err != nil {
		return
	}
	var fields map[string]any
	if strictjson.Unmarshal(text, &fields) != nil {
		return
	}
	for name, value := range fields {
		text, isText := value.(string)
		switch {
		case !isText:
			return
		case name == "alg":
			n.alg = text
		case name == "typ" && strings.EqualFold(text, "JWT"):
		case name == "kid" && text != "":
			n.kid = text
		default:
			return
		}
	}
	n.ok = true
}
