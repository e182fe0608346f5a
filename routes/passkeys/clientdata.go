package passkeys

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// clientData is what the browser signed, through the authenticator.
type clientData struct {
	Type        string  `json:"type"`
	Challenge   string  `json:"challenge"`
	Origin      string  `json:"origin"`
	CrossOrigin bool    `json:"crossOrigin"`
	TopOrigin   *string `json:"topOrigin"`
}

// checkClientData compares type, challenge and origin byte by byte, with member names in
// their letter case. The library compares origins as URLs and would accept one with a
// path or a user name.
func (p *Passkeys) checkClientData(text []byte) error {
	var data clientData
	if err := json.Unmarshal(text, &data); err != nil {
		return fmt.Errorf("passkeys: read client data: %w", err)
	}
	switch {
	case !slices.Contains(p.origins, data.Origin):
		return errors.New("passkeys: another origin")
	case data.CrossOrigin, data.TopOrigin != nil:
		return errors.New("passkeys: in a frame of another origin")
	case data.Type == "" || data.Challenge == "":
		return errors.New("passkeys: no type or challenge")
	}
	return nil
}

// guarded calls the library with a client's data. A panic in it is a refusal: a client
// must not be able to cause a 500.
func guarded[T any](call func() (T, error)) (value T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("passkeys: the library panicked: %v", cause)
		}
	}()
	return call()
}
