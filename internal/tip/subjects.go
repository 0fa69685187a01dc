package tip

import "github.com/jaga-project/jaga/internal/store"

// CallSubjects returns what custody records about calls are about, by the numbers
// that findings name them by; a number that is no call's is left out.
func (s *Service) CallSubjects(tx *store.Tx, numbers []string) (out []string, err error) {
	for _, number := range numbers {
		ids, err := store.All[int64](tx, `SELECT id FROM tip_calls WHERE number = $1`, number)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			out = append(out, callSubject(id))
		}
	}
	return out, nil
}
