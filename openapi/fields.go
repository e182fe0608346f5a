package openapi

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// jsonField is a field of a struct as encoding/json sees it.
type jsonField struct {
	reflect.StructField
	name string
	// tagged says that the name is that of a tag.
	tagged bool
	// optional says that it may be left out: by an option, or with the embedded pointer
	// that it is in.
	optional bool
	// quoted says that a number or boolean is in a string.
	quoted bool
	index  []int
}

// embedded is a struct whose fields are those of the struct around it.
type embedded struct {
	typ      reflect.Type
	index    []int
	optional bool
}

// jsonFields returns the fields of a struct in the order of their declaration. Of
// several with one name that of the least depth is the one, and among those the only
// one with a tag; where that leaves several, there is none.
func jsonFields(t reflect.Type) []jsonField {
	var fields []jsonField
	known, seen := map[string]bool{}, map[reflect.Type]bool{}
	for level := []embedded{{typ: t}}; len(level) > 0; {
		var next []embedded
		found := map[string][]jsonField{}
		for _, e := range level {
			if seen[e.typ] {
				continue
			}
			for i := range e.typ.NumField() {
				field, deeper := fieldAt(e, i)
				switch {
				case deeper != nil:
					next = append(next, *deeper)
				case field != nil && !known[field.name]:
					found[field.name] = append(found[field.name], *field)
				}
			}
		}
		for _, e := range level {
			seen[e.typ] = true
		}
		for name, all := range found {
			known[name] = true
			if one := dominant(all); one != nil {
				fields = append(fields, *one)
			}
		}
		level = next
	}
	slices.SortFunc(fields, func(a, b jsonField) int { return slices.CompareFunc(a.index, b.index, cmp.Compare[int]) })
	return fields
}

// fieldAt returns the field at a place, or the struct that is embedded there; neither
// for a field that JSON does not have.
func fieldAt(e embedded, place int) (*jsonField, *embedded) {
	field := e.typ.Field(place)
	tag := field.Tag.Get("json")
	if tag == "-" {
		return nil, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	index := append(slices.Clone(e.index), place)
	inner, pointer := field.Type, false
	if field.Anonymous && inner.Kind() == reflect.Pointer && inner.Name() == "" {
		inner, pointer = inner.Elem(), true
	}
	isStruct := field.Anonymous && inner.Kind() == reflect.Struct
	switch {
	case !field.IsExported() && !isStruct:
		return nil, nil
	case isStruct && name == "":
		return nil, &embedded{inner, index, e.optional || pointer}
	case !field.IsExported():
		return nil, nil
	}
	f := &jsonField{StructField: field, name: cmp.Or(name, field.Name), tagged: name != "", index: index, optional: e.optional}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty", "omitzero":
			f.optional = true
		case "string":
			f.quoted = isQuotable(field.Type)
		}
	}
	return f, nil
}

// isQuotable reports whether the option string means something to a type.
func isQuotable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	return t.Kind() == reflect.String || t.Kind() == reflect.Bool || isNumber(t.Kind())
}

func dominant(all []jsonField) *jsonField {
	if len(all) == 1 {
		return &all[0]
	}
	var tagged []jsonField
	for _, f := range all {
		if f.tagged {
			tagged = append(tagged, f)
		}
	}
	if len(tagged) == 1 {
		return &tagged[0]
	}
	return nil
}
