package spread

import (
	"context"
	"fmt"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Of says of what material the spread is asked for: of all that was told about
// any of it, each told thing once.
type Of struct {
	Entries []int64       // of banks
	Items   []string      // by number
	Hashes  []jaga.Signal // told under this very hash
}

// mostOf bounds what one call asks about.
const mostOf = 200

// Told is what platforms told of some material.
type Told struct {
	N     int64 // all that happened
	Kinds []KindCount
	// Days are in order, by UTC.
	Days []DayCount
	// Accounts is how many different accounts there were; More says that the
	// counting stopped at [MostAccounts].
	Accounts int64
	More     bool
}

// KindCount is how often one kind of thing happened.
type KindCount struct {
	Kind Kind
	N    int64
}

// DayCount is that of one day, in days since 1970.
type DayCount struct {
	Day  int64
	Kind Kind
	N    int64
}

// Told says what platforms told. Nothing is there for what nobody told of,
// which is not the same as that nothing happened.
func (s *Service) Told(ctx context.Context, of Of) (out Told, err error) {
	if n := len(of.Entries) + len(of.Items) + len(of.Hashes); n == 0 {
		return out, nil
	} else if n > mostOf {
		return out, invalid("entries", fmt.Sprintf("there are more than %d", mostOf))
	}
	var args []any
	marks := func(list []any) string {
		out := make([]string, len(list))
		for i, v := range list {
			args = append(args, v)
			out[i] = fmt.Sprintf("$%d", len(args))
		}
		return strings.Join(out, ", ")
	}
	var entries, subjects []any
	for _, e := range of.Entries {
		entries = append(entries, e)
	}
	for _, id := range of.Items {
		subjects = append(subjects, s.item(id))
	}
	for _, h := range of.Hashes {
		subject, err := s.hash(h)
		if err != nil {
			return out, err
		}
		subjects = append(subjects, subject)
	}
	var which []string
	if len(entries) > 0 {
		which = append(which, `subject IN (SELECT subject FROM spread_entries WHERE entry IN (`+marks(entries)+`))`)
	}
	if len(subjects) > 0 {
		which = append(which, `subject IN (`+marks(subjects)+`)`)
	}
	where := strings.Join(which, " OR ")
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out = Told{}
		if out.Days, err = store.All[DayCount](tx, `SELECT hour / 24 AS day, kind, CAST(SUM(n) AS BIGINT) AS n FROM spread_hours WHERE `+where+` GROUP BY hour / 24, kind ORDER BY day, kind`, args...); err != nil {
			return err
		}
		sums := map[Kind]int64{}
		for _, d := range out.Days {
			sums[d.Kind] += d.N
			out.N += d.N
		}
		for _, k := range Kinds() {
			out.Kinds = append(out.Kinds, KindCount{k, sums[k]})
		}
		if out.Accounts, err = store.One[int64](tx, `SELECT COUNT(DISTINCT account) FROM spread_accounts WHERE `+where, args...); err != nil {
			return err
		}
		full, err := store.All[string](tx, `SELECT subject FROM spread_accounts WHERE `+where+` GROUP BY subject HAVING COUNT(*) >= `+fmt.Sprint(MostAccounts)+` LIMIT 1`, args...)
		out.More = len(full) > 0
		return err
	})
	return out, err
}
