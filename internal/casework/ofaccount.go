package casework

import (
	"slices"

	"github.com/jaga-project/jaga/internal/store"
)

// OfAccount returns the newest case about an account that is not closed; ok is
// false where there is none.
func (s *Service) OfAccount(tx *store.Tx, account string) (id int64, ok bool, err error) {
	if account == "" {
		return 0, false, nil
	}
	cases, err := store.All[int64](tx, `SELECT DISTINCT case_id FROM (SELECT f.case_id FROM case_keys k JOIN case_findings f ON f.id = k.finding_id
		WHERE k.key = $1 ORDER BY k.finding_id DESC LIMIT $2) AS newest ORDER BY case_id`, s.keys.digest("join account", account), int64(mostAbout))
	if err != nil {
		return 0, false, err
	}
	slices.Reverse(cases)
	for _, c := range cases {
		root, err := resolve(tx, c)
		if err != nil {
			return 0, false, err
		}
		r, err := peek(tx, root)
		if err != nil {
			return 0, false, err
		}
		if State(r.State) != StateClosed && r.Gold == 0 {
			return root, true, nil
		}
	}
	return 0, false, nil
}
