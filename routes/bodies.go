package routes

import (
	"net/http"
	"slices"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// What the routes of this package read, for [Doc]. The decoder says what they
// really take.

const (
	exampleEmail    = "king.arthur@camelot.bt"
	exampleUsername = "King.Arthur"
	exampleToken    = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.XRUm7Ukg"

	exampleRefreshToken = "Vs5kWmX2R0yv3yTn8k1oLgAAAAGp7oC0kQ3D6bq0o7d2oTq3wX1u8m5Xr9S4nZc2yUeFhw"

	exampleLoginToken = "dGhlIGxvZ2luIHRva2VuIG9mIGEgZG9jdW1lbnRlZCBleA"
)

func loginRequest() *Body {
	return &Body{
		Name: "LoginRequest", Forms: true,
		Fields: []Field{
			{
				Name: grantTypeField, Values: []string{"password"},
				Description: "For OAuth2 clients (RFC 6749, section 4.3.2). May be left out.",
			},
			{
				Name: usernameField, Required: true, Example: exampleEmail,
				Description: "The e-mail address. In JSON `email` may stand in for it.",
			},
			{Name: passwordField, Format: "password", Required: true, Example: "guinevere"},
		},
	}
}

// loginRequest is what a login through backend b reads.
func (r *Routes) loginRequest(b *backends.Running) *Body {
	body := loginRequest()
	if r.policy.Usernames != nil {
		body.Fields[1].Description = "The e-mail address or the user name. In JSON `email` may stand in for it."
	}
	if r.Remembers(b) {
		body.Name = "LoginRememberRequest"
		body.Fields = append(body.Fields, Field{
			Name: rememberField, Type: "boolean", Nullable: true,
			Description: "Stay logged in when the browser is closed.",
		})
	}
	return body
}

func refreshRequest() *Body {
	return &Body{
		Name: "RefreshRequest", Forms: true,
		Fields: []Field{
			{
				Name: grantTypeField, Values: []string{refreshTokenField},
				Description: "For OAuth2 clients (RFC 6749, section 6). May be left out.",
			},
			{Name: refreshTokenField, Required: true, Example: exampleRefreshToken},
		},
	}
}

// userCreate is the body of a registration. Invitations are known by the time the group is
// made.
func (r *Routes) userCreate() *Body {
	body := userCreate()
	if !r.policy.ConcealRegistration {
		r.withUsername(body, r.policy.Usernames != nil && r.policy.Usernames.Required)
	}
	if r.manager.TakesInvitations() {
		body.Name = "InvitedUserCreate"
		body.Fields = append(body.Fields, Field{
			Name: invitationField, Nullable: true, Example: exampleLoginToken,
			Description: "The token of an invitation to the address, which is verified then.",
		})
	}
	return body
}

func userCreate() *Body {
	return &Body{
		Name: "UserCreate", Profile: true,
		Fields: []Field{
			{Name: emailField, Format: "email", Required: true, Example: exampleEmail},
			{Name: passwordField, Format: "password", Required: true, Example: "guinevere"},
		},
	}
}

// withUsername adds the user name after the address where the application has names.
func (r *Routes) withUsername(body *Body, required bool) {
	if r.policy.Usernames == nil {
		return
	}
	after := slices.IndexFunc(body.Fields, func(f Field) bool { return f.Name == emailField }) + 1
	body.Fields = slices.Insert(body.Fields, after, Field{
		Name: usernameField, Required: required, Nullable: !r.policy.Usernames.Required, Example: exampleUsername,
		Description: "A name to log in with: 3 to 32 letters, digits and single `.`, `_` or `-` between them.",
	})
}

func userUpdate() *Body {
	return &Body{
		Name: "UserUpdate", Profile: true, Partial: true,
		Fields: []Field{
			{Name: passwordField, Format: "password", Nullable: true},
			{
				Name: emailField, Format: "email", Nullable: true, Example: "king.arthur@tintagel.bt",
				Description: "A new address has to be verified again.",
			},
		},
	}
}

func userUpdateBySuperuser() *Body {
	body := userUpdate()
	body.Name = "UserUpdateBySuperuser"
	for _, name := range []string{activeField, superuserField, verifiedField} {
		body.Fields = append(body.Fields, Field{Name: name, Type: "boolean", Nullable: true})
	}
	return body
}

// ownUpdate is userUpdate with the fields that the application demands in addition.
func (r *Routes) ownUpdate() *Body {
	body := userUpdate()
	email := &body.Fields[1]
	if r.policy.ConfirmEmailChange {
		email.Description = "A new address has to be confirmed before it counts."
	}
	if r.policy.RequireCurrentPassword {
		body.Fields = append(body.Fields, Field{
			Name: currentField, Format: "password", Nullable: true, Example: "guinevere",
			Description: "Must be sent with a new password or a new address.",
		})
	}
	r.withUsername(body, false)
	return body
}

// superuserUpdate is userUpdateBySuperuser without what superusers may not set.
func (r *Routes) superuserUpdate() *Body {
	body := userUpdateBySuperuser()
	if names := r.manager.Roles().Names(); r.manager.Roles() != nil {
		body.Fields = append(body.Fields, Field{Name: rolesField, Type: "array", Values: names, Nullable: true, Description: "Replaces the roles."})
	}
	if r.policy.ResetOnlyAdministration {
		body.Fields = slices.DeleteFunc(body.Fields, func(f Field) bool { return f.Name == passwordField })
	}
	r.withUsername(body, false)
	return body
}

func confirmEmailRequest() *Body {
	body := verifyRequest()
	body.Name = "ConfirmEmailRequest"
	return body
}

func emailRequest() *Body {
	return &Body{Name: "EmailRequest", Fields: []Field{
		{Name: emailField, Format: "email", Required: true, Example: exampleEmail},
	}}
}

func resetPasswordRequest() *Body {
	return &Body{Name: "ResetPasswordRequest", Fields: []Field{
		{Name: tokenField, Required: true, Example: exampleToken, Description: "From the mail."},
		{Name: passwordField, Format: "password", Required: true, Example: "merlin-the-wise"},
	}}
}

func verifyRequest() *Body {
	return &Body{Name: "VerifyRequest", Fields: []Field{
		{Name: tokenField, Required: true, Example: exampleToken, Description: "From the mail."},
	}}
}

// SampleUser returns a user to show as an example: with an ID of the store's kind
// and a profile with nothing set.
func (r *Routes) SampleUser() *user.User {
	store := r.manager.Store()
	sample := &user.User{ID: "ID", Email: exampleEmail, IsActive: true, Profile: store.ProfileType().New()}
	if r.policy.Usernames != nil {
		sample.Username = exampleUsername
	}
	r.manager.Show(sample)
	for _, text := range []string{"c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b", "6925f0a1c3d4e5f60718293a"} {
		if id, err := store.ParseID(text); err == nil {
			sample.ID = id
			break
		}
	}
	return sample
}

// userAnswer is the success of the routes that answer with a user.
func (r *Routes) userAnswer(status int, description string) []Success {
	return []Success{{Status: status, Description: description, Body: r.SampleUser()}}
}

// idParam is the user named in the path.
func (r *Routes) idParam() Param {
	return Param{Name: "id", InPath: true, Description: "The user's id.", Example: string(r.SampleUser().ID)}
}

func noContentAnswer(description string) []Success {
	return []Success{{Status: http.StatusNoContent, Description: description}}
}

func nullAnswer(status int, description string) []Success {
	return []Success{{Status: status, Description: description, Body: Null{}}}
}

// EmptySuccess describes the success that has nothing to say, in which the wire
// profiles differ.
func (r *Routes) EmptySuccess(description string) Success {
	success := Success{Status: r.wire.emptyStatus(), Description: description}
	if success.Status != http.StatusNoContent {
		success.Body = Null{}
	}
	return success
}

// LoginSuccess describes what a login through backend b answers.
func (r *Routes) LoginSuccess(b *backends.Running) Success {
	if names := b.Carrier.Cookies(); len(names) > 0 {
		success := r.EmptySuccess("Logged in; the cookie carries the token.")
		success.Headers = []Header{{"Set-Cookie", "The token, which scripts cannot read.", names[0] + "=TOKEN"}}
		if r.Remembers(b) {
			success.Headers[0].Description = "The access token and, in a second cookie, the refresh token, which scripts cannot read."
		}
		return success
	}
	success := Success{Status: http.StatusOK, Description: "Logged in."}
	if _, bearer := b.Carrier.(backends.Bearer); bearer {
		success.Body = backends.BearerToken{AccessToken: exampleToken, TokenType: "bearer"}
		if refresher, _ := b.Refresher(); refresher != nil {
			success.Body = backends.BearerTokens{
				AccessToken: exampleToken, TokenType: "bearer", ExpiresIn: 900, RefreshToken: exampleRefreshToken, RefreshExpiresIn: 604800,
			}
		}
	} else {
		success.Body = map[string]any{} // whatever the application's own transport says
	}
	return success
}

func (r *Routes) logoutSuccess(b *backends.Running) Success {
	success := r.EmptySuccess("Logged out; the token is good no more.")
	if names := b.Carrier.Cookies(); len(names) > 0 {
		success.Headers = []Header{{"Set-Cookie", "Makes the browser forget the token.", names[0] + "="}}
	}
	return success
}
