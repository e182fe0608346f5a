package routes

import (
	"context"
	"log/slog"
	"reflect"
	"runtime/debug"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/profile"
)

// CheckProfile reports what the routes could not work with: binding rules that
// do not exist, or that do not fit the type of their field. A nil t is fine.
func CheckProfile(t *profile.Type) error {
	_, err := newProfilePlan(t)
	return err
}

// profilePlan knows how to read the application's own fields. It is nil for an
// application that has none.
type profilePlan struct {
	typ    *profile.Type
	fields []plannedField // those clients may write, as declared
	rules  *rules
	// keep returns a profile as the store keeps it, and the names of the fields it
	// cannot keep; [user.Manager.KeptProfile].
	keep   func(profile any, names []string) (kept any, refused []string)
	logger *slog.Logger
}

// serve gives the plan what it needs of the application that it serves.
func (p *profilePlan) serve(keep func(profile any, names []string) (any, []string), logger *slog.Logger) {
	if p != nil {
		p.keep, p.logger = keep, logger
	}
}

type plannedField struct {
	profile.Field
	set setter
}

func newProfilePlan(t *profile.Type) (*profilePlan, error) {
	if t == nil {
		return nil, nil
	}
	plan := &profilePlan{typ: t, logger: slog.Default()}
	for _, field := range t.Fields() {
		if field.ReadOnly || field.Name == "" {
			continue
		}
		plan.fields = append(plan.fields, plannedField{field, setterOf(field.Type)})
	}
	var err error
	plan.rules, err = newRules(t, plan.fields)
	return plan, err
}

// reading is how far the fields of a profile were read from a body.
type reading struct {
	sent    []bool // by place in profilePlan.fields
	faults  []wire.Fault
	checked []bool // whether the rules of the field count
}

// register returns a new profile with what was sent. Every field that clients
// may write has to follow its rules.
func (p *profilePlan) register(c *check, o wire.Object) any {
	profile := p.typ.New()
	read := p.read(o, profile)
	for i := range p.fields {
		read.checked[i] = read.faults[i] == wire.Fine
	}
	profile = p.kept(profile, read)
	p.report(c, profile, read)
	return profile
}

// change returns a copy of old with what was sent, and the names of the fields
// sent. Only those have to follow their rules.
func (p *profilePlan) change(c *check, o wire.Object, old any) (profile any, names []string) {
	if profile = p.typ.Clone(old); profile == nil {
		profile = p.typ.New()
	}
	read := p.read(o, profile)
	for i, field := range p.fields {
		if read.sent[i] {
			read.checked[i] = read.faults[i] == wire.Fine
			names = append(names, field.Name)
		}
	}
	profile = p.kept(profile, read)
	p.report(c, profile, read)
	return profile, names
}

// read sets what was sent. Null sets nil if the type has one, and is ignored otherwise.
func (p *profilePlan) read(o wire.Object, profile any) reading {
	n := len(p.fields)
	read := reading{sent: make([]bool, n), faults: make([]wire.Fault, n), checked: make([]bool, n)}
	v := reflect.ValueOf(profile).Elem()
	for i := range p.fields {
		field := &p.fields[i]
		value := o.Member(field.Name)
		if value == nil {
			continue
		}
		target := v.FieldByIndex(field.Index)
		if value.Kind() == jsontext.KindNull {
			if field.Nilable {
				target.SetZero()
				read.sent[i] = true
			}
			continue
		}
		read.sent[i] = true
		read.faults[i] = p.set(field, target, value)
	}
	return read
}

// set reads one value. The type's own methods are the application's, and what they
// do not expect of a client is no failure of the server.
func (p *profilePlan) set(field *plannedField, target reflect.Value, value jsontext.Value) (f wire.Fault) {
	defer func() {
		if cause := recover(); cause != nil {
			f = wire.NotFitting
			p.logger.LogAttrs(context.Background(), slog.LevelError, "ginauth: reading a profile field panicked",
				slog.String("field", field.Name), slog.String("type", field.Type.String()), slog.String("stack", string(debug.Stack())))
		}
	}()
	return field.set(target, value)
}

// kept returns the profile as the store keeps it. A field that the store cannot keep
// does not fit, whatever it is.
func (p *profilePlan) kept(profile any, read reading) any {
	if p.keep == nil {
		return profile
	}
	var names []string
	for i, field := range p.fields {
		if read.checked[i] {
			names = append(names, field.Name)
		}
	}
	profile, refused := p.keep(profile, names)
	for i, field := range p.fields {
		if slices.Contains(refused, field.Name) {
			read.faults[i], read.checked[i] = wire.NotFitting, false
		}
	}
	return profile
}

// report notes what is wrong with the fields, one item each, as declared.
func (p *profilePlan) report(c *check, profile any, read reading) {
	broken := p.rules.broken(profile, read.checked)
	for i := range p.fields {
		name := p.fields[i].Name
		switch {
		case read.faults[i] == wire.NotFitting:
			c.Items = append(c.Items, wire.RuleItem(name, notValid(name)))
		case read.faults[i] != wire.Fine:
			c.Fault(name, read.faults[i], "")
		case broken[i] != "":
			c.Items = append(c.Items, wire.RuleItem(name, broken[i]))
		}
	}
}

// notValid is the message for a field without one of its own.
func notValid(name string) string { return name + " is not valid" }
