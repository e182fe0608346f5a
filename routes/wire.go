package routes

import "net/http"

// Wire says which generation of FastAPI Users' clients is answered. The two
// differ in what this file holds and in nothing else.
type Wire int

const (
	// WireV9 answers as FastAPI Users 9 with Pydantic 1 does. It is the default.
	WireV9 Wire = iota
	// WireV15 answers as FastAPI Users 15 with Pydantic 2 does.
	WireV15
)

// Valid reports whether w is one of the two.
func (w Wire) Valid() bool { return w >= 0 && int(w) < len(dialects) }

// emptyStatus is the status of a success that has nothing to say: with 200 its
// body is null, with 204 there is none.
func (w Wire) emptyStatus() int { return dialects[w].emptyStatus }

// resetPasswordCode is the code of a password refused at /reset-password.
func (w Wire) resetPasswordCode() string { return dialects[w].resetPasswordCode }

// fault is what can be wrong with a field, or with a whole body.
type fault int

const (
	fine fault = iota
	missing
	nullValue
	notString
	notEmail
	notBool
	notInteger
	notFloat
	notList
	notDict
	notObject
	malformed
	otherGrantType
	otherRefreshGrant
	notFitting // of the right kind, but not what the field takes
	unknownRedirect
)

// wording is a fault as the client gets to read it.
type wording struct {
	msg, typ string
	// explained says that ": " and the particulars follow msg.
	explained bool
}

// dialect is all that is peculiar to one Wire.
type dialect struct {
	emptyStatus       int
	resetPasswordCode string
	wordings          map[fault]wording
}

var dialects = [...]dialect{
	WireV9: {
		emptyStatus:       http.StatusOK,
		resetPasswordCode: "REGISTER_INVALID_PASSWORD",
		wordings: map[fault]wording{
			missing:           {msg: "field required", typ: "value_error.missing"},
			nullValue:         {msg: "none is not an allowed value", typ: "type_error.none.not_allowed"},
			notString:         {msg: "str type expected", typ: "type_error.str"},
			notEmail:          {msg: "value is not a valid email address", typ: "value_error.email"},
			notBool:           {msg: "value could not be parsed to a boolean", typ: "type_error.bool"},
			notInteger:        {msg: "value is not a valid integer", typ: "type_error.integer"},
			notFloat:          {msg: "value is not a valid float", typ: "type_error.float"},
			notList:           {msg: "value is not a valid list", typ: "type_error.list"},
			notDict:           {msg: "value is not a valid dict", typ: "type_error.dict"},
			notObject:         {msg: "value is not a valid dict", typ: "type_error.dict"},
			malformed:         {msg: "Invalid JSON", typ: "value_error.jsondecode", explained: true},
			otherGrantType:    {msg: `string does not match regex "password"`, typ: "value_error.str.regex"},
			otherRefreshGrant: {msg: `string does not match regex "refresh_token"`, typ: "value_error.str.regex"},
			unknownRedirect:   {msg: "unknown redirect URL", typ: "value_error"},
		},
	},
	WireV15: {
		emptyStatus:       http.StatusNoContent,
		resetPasswordCode: "RESET_PASSWORD_INVALID_PASSWORD",
		wordings: map[fault]wording{
			missing:           {msg: "Field required", typ: "missing"},
			nullValue:         {msg: "Input should be a valid string", typ: "string_type"},
			notString:         {msg: "Input should be a valid string", typ: "string_type"},
			notEmail:          {msg: "value is not a valid email address", typ: "value_error", explained: true},
			notBool:           {msg: "Input should be a valid boolean, unable to interpret input", typ: "bool_parsing"},
			notInteger:        {msg: "Input should be a valid integer", typ: "int_type"},
			notFloat:          {msg: "Input should be a valid number", typ: "float_type"},
			notList:           {msg: "Input should be a valid list", typ: "list_type"},
			notDict:           {msg: "Input should be a valid dictionary", typ: "dict_type"},
			notObject:         {msg: "Input should be a valid dictionary or object to extract fields from", typ: "model_attributes_type"},
			malformed:         {msg: "JSON decode error", typ: "json_invalid"},
			otherGrantType:    {msg: "String should match pattern '^password$'", typ: "string_pattern_mismatch"},
			otherRefreshGrant: {msg: "String should match pattern '^refresh_token$'", typ: "string_pattern_mismatch"},
			unknownRedirect:   {msg: "unknown redirect URL", typ: "value_error"},
		},
	},
}
