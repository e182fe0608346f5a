package wire

// Dialect is the generation of FastAPI Users' clients in whose words a 422 is answered.
type Dialect int

const (
	// V9 has the words of Pydantic 1.
	V9 Dialect = iota
	// V15 has the words of Pydantic 2.
	V15
)

// Fault is what can be wrong with a field, or with a whole body.
type Fault int

// The faults.
const (
	Fine Fault = iota
	Missing
	NullValue
	NotString
	NotEmail
	NotBool
	NotInteger
	NotFloat
	NotList
	NotDict
	NotObject
	Malformed
	OtherGrantType
	OtherRefreshGrant
	NotFitting // of the right kind, but not what the field takes
	UnknownRedirect
)

// wording is a fault as the client gets to read it.
type wording struct {
	msg, typ string
	// explained says that ": " and the particulars follow msg.
	explained bool
}

var wordings = [...]map[Fault]wording{
	V9: {
		Missing:           {msg: "field required", typ: "value_error.missing"},
		NullValue:         {msg: "none is not an allowed value", typ: "type_error.none.not_allowed"},
		NotString:         {msg: "str type expected", typ: "type_error.str"},
		NotEmail:          {msg: "value is not a valid email address", typ: "value_error.email"},
		NotBool:           {msg: "value could not be parsed to a boolean", typ: "type_error.bool"},
		NotInteger:        {msg: "value is not a valid integer", typ: "type_error.integer"},
		NotFloat:          {msg: "value is not a valid float", typ: "type_error.float"},
		NotList:           {msg: "value is not a valid list", typ: "type_error.list"},
		NotDict:           {msg: "value is not a valid dict", typ: "type_error.dict"},
		NotObject:         {msg: "value is not a valid dict", typ: "type_error.dict"},
		Malformed:         {msg: "Invalid JSON", typ: "value_error.jsondecode", explained: true},
		OtherGrantType:    {msg: `string does not match regex "password"`, typ: "value_error.str.regex"},
		OtherRefreshGrant: {msg: `string does not match regex "refresh_token"`, typ: "value_error.str.regex"},
		UnknownRedirect:   {msg: "unknown redirect URL", typ: "value_error"},
	},
	V15: {
		Missing:           {msg: "Field required", typ: "missing"},
		NullValue:         {msg: "Input should be a valid string", typ: "string_type"},
		NotString:         {msg: "Input should be a valid string", typ: "string_type"},
		NotEmail:          {msg: "value is not a valid email address", typ: "value_error", explained: true},
		NotBool:           {msg: "Input should be a valid boolean, unable to interpret input", typ: "bool_parsing"},
		NotInteger:        {msg: "Input should be a valid integer", typ: "int_type"},
		NotFloat:          {msg: "Input should be a valid number", typ: "float_type"},
		NotList:           {msg: "Input should be a valid list", typ: "list_type"},
		NotDict:           {msg: "Input should be a valid dictionary", typ: "dict_type"},
		NotObject:         {msg: "Input should be a valid dictionary or object to extract fields from", typ: "model_attributes_type"},
		Malformed:         {msg: "JSON decode error", typ: "json_invalid"},
		OtherGrantType:    {msg: "String should match pattern '^password$'", typ: "string_pattern_mismatch"},
		OtherRefreshGrant: {msg: "String should match pattern '^refresh_token$'", typ: "string_pattern_mismatch"},
		UnknownRedirect:   {msg: "unknown redirect URL", typ: "value_error"},
	},
}

// Item words a fault. The particulars are left out where the dialect has no place for them.
func (d Dialect) Item(f Fault, particulars string, loc ...any) Item {
	words := wordings[d][f]
	if words.explained {
		words.msg += ": " + particulars
	}
	return Item{Loc: loc, Msg: words.msg, Type: words.typ}
}
