package routes

// RequiredFields returns the JSON names of the profile fields that a registration
// has to send: those whose rules are broken where nothing is set.
func (r *Routes) RequiredFields() []string {
	plan := r.decode.profile
	if plan == nil {
		return nil
	}
	all := make([]bool, len(plan.fields))
	for i := range all {
		all[i] = true
	}
	var required []string
	for i, message := range plan.rules.broken(plan.typ.New(), all) {
		if message != "" {
			required = append(required, plan.fields[i].Name)
		}
	}
	return required
}
