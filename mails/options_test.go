package mails

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
)

// The mails of the options: who gets them, and what they lead to.
func TestMailsOfOptions(t *testing.T) {
	t.Parallel()
	const link = "https://example.com/app/confirm-email#token=" + testToken
	tests := []struct {
		name string
		call func(user.Hooks) error
		want Message
		says []string
		// hides is what somebody else has chosen.
		hides string
	}{
		{"confirm", func(h user.Hooks) error {
			return h.AfterRequestEmailChange(t.Context(), arthur(), "King.Arthur@Tintagel.bt", testToken)
		}, Message{
			To: "King.Arthur@tintagel.bt", Kind: "confirm-email", Token: testToken, URL: link,
			Subject: "Confirm your new e-mail address for Round Table",
		}, []string{link, "King.Arthur@tintagel.bt", "1 hour"}, ""},
		{"change", func(h user.Hooks) error {
			return h.NoticeEmailChange(t.Context(), arthur(), "king.arthur@tintagel.bt")
		}, Message{
			To: "king.arthur@camelot.bt", Kind: "email-change", URL: "https://example.com/app",
			Subject: "Your e-mail address for Round Table is to be changed",
		}, []string{"https://example.com/app", "another address than king.arthur@camelot.bt"}, "king.arthur@tintagel.bt"},
		{"changed", func(h user.Hooks) error {
			return h.NoticeEmailChanged(t.Context(), arthur(), "king.arthur@tintagel.bt")
		}, Message{
			To: "king.arthur@tintagel.bt", Kind: "email-changed", URL: "https://example.com/app",
			Subject: "Your e-mail address for Round Table was changed",
		}, []string{"https://example.com/app", "king.arthur@tintagel.bt"}, "king.arthur@camelot.bt"},
		{"in use", func(h user.Hooks) error { return h.NoticeAddressInUse(t.Context(), arthur()) }, Message{
			To: "king.arthur@camelot.bt", Kind: "in-use", URL: "https://example.com/app",
			Subject: "You already have an account at Round Table",
		}, []string{"https://example.com/app", "king.arthur@camelot.bt"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			hooks, outbox := hooksTo(t, Config{AppName: "Round Table", AppURL: "https://example.com/app"})
			if err := test.call(hooks); err != nil {
				t.Fatal(err)
			}
			m := outbox.Messages()[0]
			test.want.At, test.want.Text, test.want.HTML = testTime.UTC(), m.Text, m.HTML
			if m != test.want {
				t.Errorf("got %#v, want %#v", fields(m), fields(test.want))
			}
			for _, part := range test.says {
				if test.hides != "" && strings.Contains(m.Subject+m.Text+m.HTML, test.hides) {
					t.Errorf("got %q and %q, want nothing of %q", m.Text, m.HTML, test.hides)
				}
				if !strings.Contains(m.Text, part) || !strings.Contains(m.HTML, part) {
					t.Errorf("got %q and %q, want %q in both", m.Text, m.HTML, part)
				}
			}
		})
	}
}
