package mails

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"

	"github.com/ginauth/ginauth/user"
)

// enhancedCode is the status code of RFC 3463 that an answer begins with.
var enhancedCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// failed is a delivery that ended with an error at a step. Of a server's answer it keeps
// the codes only: the text may repeat the recipient, the encoded password or a link.
func failed(ctx context.Context, step string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("mails: %s: %w", step, ctx.Err())
	}
	var answer *textproto.Error
	if errors.As(err, &answer) {
		text := fmt.Sprintf("mails: %s: the mail server answered %d", step, answer.Code)
		if code := enhancedCode.FindString(answer.Msg); code != "" {
			text += " " + code
		}
		if answer.Code/100 == 5 {
			return undeliverable(text)
		}
		return errors.New(text)
	}
	var nonsense textproto.ProtocolError
	if errors.As(err, &nonsense) {
		return fmt.Errorf("mails: %s: the mail server does not answer in SMTP", step)
	}
	return fmt.Errorf("mails: %s: %w", step, err)
}

// undeliverable is a failure that another attempt cannot resolve.
type undeliverable string

func (u undeliverable) Error() string { return string(u) }

func (undeliverable) Unwrap() error { return user.ErrUndeliverable }
