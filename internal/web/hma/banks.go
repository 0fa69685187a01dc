package hma

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
)

// shown is a bank as this API has it.
type shown struct {
	Ratio ratio  `json:"matching_enabled_ratio"`
	Name  string `json:"name"`
}

func show(b bank.Bank) shown { return shown{ratio(b.EnabledRatio), b.Name} }

// bank returns a match bank. HMA has no allow banks: clients act on every
// match, so these do not exist here.
func (s *server) bank(ctx context.Context, name string) (bank.Bank, error) {
	if !storable(name) {
		return bank.Bank{}, refuse(http.StatusNotFound, "bank not found")
	}
	b, err := s.Banks.Get(ctx, name)
	if err == nil && b.Role != jaga.RoleMatch {
		err = &jaga.Error{Code: jaga.CodeNotFound}
	}
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		err = refuse(http.StatusNotFound, "bank not found")
	}
	return b, err
}

// listBanks is GET /c/banks.
func (s *server) listBanks(w http.ResponseWriter, r *http.Request) error {
	banks, err := s.Banks.List(r.Context())
	if err != nil {
		return err
	}
	out := []shown{}
	for _, b := range banks {
		if b.Role == jaga.RoleMatch {
			out = append(out, show(b))
		}
	}
	return ok(w, out)
}

// getBank is GET /c/bank/{name}.
func (s *server) getBank(w http.ResponseWriter, r *http.Request) error {
	b, err := s.bank(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	return ok(w, show(b))
}

// bankChange is the body of a call that makes or changes a bank; nil is not
// given.
type bankChange struct {
	name  *string
	ratio *float64
}

// parseBank reads it. An explicit ratio counts for more than enabled.
func parseBank(fields map[string]json.RawMessage, needName bool) (bankChange, error) {
	var c bankChange
	var flaws malformed
	if raw, given := fields["name"]; !null(raw) {
		if name, isText := jsonText(raw); isText {
			c.name = &name
		} else {
			flaws.add("string_type", "name", "Input should be a valid string")
		}
	} else if needName && !given {
		flaws.missing("name")
	} else if needName {
		flaws.add("string_type", "name", "Input should be a valid string")
	}
	if raw := fields["enabled_ratio"]; !null(raw) {
		if f, isNumber := jsonRatio(raw); isNumber {
			c.ratio = &f
		} else {
			flaws.add("float_parsing", "enabled_ratio", "Input should be a valid number")
		}
	}
	if raw := fields["enabled"]; !null(raw) {
		on, isBool := jsonBool(raw)
		if !isBool {
			flaws.add("bool_parsing", "enabled", "Input should be a valid boolean")
		} else if c.ratio == nil {
			f := 0.0
			if on {
				f = 1
			}
			c.ratio = &f
		}
	}
	return c, flaws.err()
}

func (c bankChange) apply(set *bank.Settings) {
	if c.name != nil {
		set.Name = *c.name
	}
	if c.ratio != nil {
		set.EnabledRatio = *c.ratio
	}
}

// bankError words the errors that scripts know.
func bankError(err error) error {
	switch jaga.CodeOf(err) {
	case jaga.CodeConflict:
		return refuse(http.StatusForbidden, "Bank already exists")
	case jaga.CodeNotFound:
		return refuse(http.StatusNotFound, "bank not found")
	}
	return err
}

// createBank is POST /c/banks.
func (s *server) createBank(w http.ResponseWriter, r *http.Request) error {
	fields, err := readDeclared(w, r)
	if err != nil {
		return err
	}
	change, err := parseBank(fields, true)
	if err != nil {
		return err
	}
	set := bank.Defaults("")
	change.apply(&set)
	b, err := s.Banks.Create(r.Context(), s.Actor(r), set)
	if err != nil {
		return bankError(err)
	}
	send(w, http.StatusCreated, show(b))
	return nil
}

// updateBank is PUT /c/bank/{name}.
func (s *server) updateBank(w http.ResponseWriter, r *http.Request) error {
	fields, err := readDeclared(w, r)
	if err != nil {
		return err
	}
	change, err := parseBank(fields, false)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	if _, err := s.bank(r.Context(), name); err != nil {
		return err
	}
	b, err := s.Banks.Update(r.Context(), s.Actor(r), name, change.apply)
	if err != nil {
		return bankError(err)
	}
	return ok(w, show(b))
}

// deleteBank is DELETE /c/bank/{name}; there is nothing wrong with deleting a
// bank that is not there.
func (s *server) deleteBank(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	_, err := s.bank(r.Context(), name)
	if err == nil {
		_, err = s.Banks.Delete(r.Context(), s.Actor(r), name)
	}
	if status, _ := describe(err); err != nil && status != http.StatusNotFound {
		return err
	}
	return ok(w, map[string]string{"message": "Done"})
}
