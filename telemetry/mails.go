package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/metric"

	"github.com/ginauth/ginauth/user"
)

// mailHooks returns hooks whose mails are counted. A hook that is not set stays so: users
// could not be mailed by it.
func (i *instruments) mailHooks(hooks user.Hooks) user.Hooks {
	if send := hooks.Send; send != nil {
		hooks.Send = func(ctx context.Context, mail user.Mail) error {
			return i.mail(ctx, mail.Kind, func() error { return send(ctx, mail) })
		}
	}
	hooks.AfterForgotPassword = i.mailHook(user.MailReset, hooks.AfterForgotPassword)
	hooks.AfterRequestVerify = i.mailHook(user.MailVerify, hooks.AfterRequestVerify)
	return hooks
}

func (i *instruments) mailHook(kind user.MailKind, hook func(context.Context, *user.User, string) error) func(context.Context, *user.User, string) error {
	if hook == nil {
		return nil
	}
	return func(ctx context.Context, u *user.User, token string) error {
		return i.mail(ctx, kind, func() error { return hook(ctx, u, token) })
	}
}

// mail counts an attempt to send a mail. One that panics has failed.
func (i *instruments) mail(ctx context.Context, kind user.MailKind, send func() error) error {
	outcome := user.OutcomeFailed
	defer func() { i.mails.Add(ctx, 1, metric.WithAttributes(keyKind.String(string(kind)), outcomeOf(outcome))) }()
	err := send()
	if err == nil {
		outcome = user.OutcomeOK
	}
	return err
}
