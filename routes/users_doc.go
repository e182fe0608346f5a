package routes

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ginauth/ginauth/user"
)

func (r *Routes) getMeDoc() Doc {
	return Doc{Summary: "The current user", Successes: r.userAnswer(http.StatusOK, "The user who asks.")}
}

func (r *Routes) updateMeDoc() Doc {
	doc := Doc{
		Summary:   "Change the current user",
		Body:      r.ownUpdate(),
		Successes: r.userAnswer(http.StatusOK, "The user as changed."),
		Vetoed:    r.manager.Vetoes().Update,
		Limited:   true,
	}
	about := "a new e-mail address has to be verified again."
	if r.policy.ConfirmEmailChange {
		about = "a new e-mail address gets a mail, and counts when it is confirmed."
	}
	if !r.policy.ConfirmEmailChange && len(r.factors.all) > 0 {
		about += fmt.Sprintf(" A user with a second factor changes the address with a login of the last %d minutes that has it.", movingFresh/time.Minute)
		doc.Refusals = []Refused{*ErrFactorRequired, *errStale(movingFresh)}
	}
	doc.Description = "Fields that are not sent stay as they are. A new password ends all the user's other tokens; " + about
	return doc
}

func (r *Routes) getUserDoc() Doc {
	return Doc{
		Summary: "A user", Params: []Param{r.idParam()},
		Successes: r.userAnswer(http.StatusOK, "The user."),
	}
}

func (r *Routes) updateUserDoc() Doc {
	return Doc{
		Summary: "Change a user", Params: []Param{r.idParam()},
		Description: "Fields that are not sent stay as they are. A new password, and deactivation, end all the user's tokens.",
		Body:        r.superuserUpdate(),
		Successes:   r.userAnswer(http.StatusOK, "The user as changed."),
		Vetoed:      r.manager.Vetoes().Update,
		Limited:     true,
	}
}

func (r *Routes) deleteUserDoc() Doc {
	return Doc{
		Summary: "Delete a user", Params: []Param{r.idParam()},
		Successes: noContentAnswer("The user is gone, with all tokens and linked accounts."),
		Vetoed:    r.manager.Vetoes().Delete,
	}
}

// usersPage is what [Routes.listUsers] answers.
type usersPage struct {
	Items []*user.User `json:"items"`
	Next  *string      `json:"next"`
}

func (r *Routes) listUsersDoc() Doc {
	sample := r.SampleUser()
	next := string(sample.ID)
	return Doc{
		Summary:     "Users, page by page",
		Description: "Ordered by id. `next` is the cursor of the next page, null on the last one.",
		Params: []Param{
			{
				Name: "limit", Type: "integer", Min: 1, Max: maxListLimit, Default: defaultListLimit,
				Description: "The greatest number of users.", Fault: limitFault,
			},
			{Name: "cursor", Description: "`next` of the page before.", Fault: cursorFault},
			{Name: "q", Description: "What the users' e-mail addresses begin with.", Example: "king."},
		},
		Successes: []Success{{
			Status: http.StatusOK, Description: "A page of users.", Body: usersPage{Items: []*user.User{sample}, Next: &next},
		}},
	}
}
