package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/agreed"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/console"
)

// What is kept besides files ends by itself, so a shorter time for it takes two
// people: the settings and the profiles of the law say what is wanted, and what is
// in force stays until they agree. A longer time is taken at once.

// term is for how many days something is kept; 0 is without an end.
type term struct {
	days int
	by   []string // the profiles that say so
}

// longer reports whether a time is longer than another one.
func longer(a, b int) bool { return a != b && (a == 0 || b != 0 && a > b) }

// wantedTerms are the times that the settings and the profiles in force ask for:
// the longest. Where no profile has a number they are those of the settings.
func wantedTerms(laws law.Set, cases CasesConfig, box TellConfig, now time.Time) map[law.What]term {
	out := map[law.What]term{}
	for what, days := range map[law.What]int{law.Words: cases.KeepDays, law.Reports: cases.KeepDays, law.Views: max(cases.KeepDays, look.ShredLeast), law.Messages: box.KeepDays} {
		t := term{days: days}
		for _, k := range laws.KeepUntil(what, now, false).All {
			// A law may say it in words alone: then it never ends by itself.
			n := 0
			if !k.Until.IsZero() {
				const day = 24 * time.Hour
				n = int((k.Until.Sub(now) + day - 1) / day)
			}
			if t.by = append(t.by, k.Profile.ID); longer(n, t.days) {
				t.days = n
			}
		}
		out[what] = t
	}
	return out
}

// keepSetting names the setting of what is kept.
func keepSetting(what law.What) string { return "keep." + string(what) }

// keptDays is for how many days something is kept now; 0 is without an end.
func (s *site) keptDays(tx *store.Tx, what law.What) (int, error) {
	v, ok, err := agreed.Get(tx, keepSetting(what))
	if err != nil || !ok {
		return s.terms[what].days, err
	}
	days, err := strconv.Atoi(v.Value)
	if err != nil || days < 0 {
		return 0, jaga.Errorf(jaga.CodeInternal, "setting %s: %q is no number of days", v.Name, v.Value)
	}
	return days, nil
}

// adoptTerms takes wanted times that are longer than those in force, and tells the
// services what is in force.
func (s *site) adoptTerms(ctx context.Context) error {
	for _, what := range law.Texts() {
		var known bool
		days := 0
		want := s.terms[what].days
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			if _, known, err = agreed.Get(tx, keepSetting(what)); err == nil {
				days, err = s.keptDays(tx, what)
			}
			return err
		})
		if err == nil && (!known || longer(want, days)) {
			days = want
			err = s.db.Bulk(ctx, func(tx *store.Tx) error { // the setting records it
				if err := tx.Lock(); err != nil {
					return err
				}
				return agreed.Take(tx, "system", keepSetting(what), strconv.Itoa(want))
			})
		}
		if err != nil {
			return err
		}
		switch what {
		case law.Words:
			s.work.cases.KeepClosed(forDays(days))
		case law.Messages:
			s.told.KeepFor(forDays(days))
		}
		if days != want {
			s.log.Warn("a keeping time is to become shorter: two people must agree, on the page Settings", "what", string(what), "days", days, "wanted", want)
		}
	}
	return nil
}

// forDays is a length of time; no end is more than anybody waits for.
func forDays(days int) time.Duration {
	if days == 0 {
		days = 100 * 365
	}
	return time.Duration(days) * 24 * time.Hour
}

// keeping is what the console shows of keeping times.
func (s *site) keeping(tx *store.Tx) (out []console.Term, err error) {
	totals, err := shredTotals(tx)
	for _, what := range law.Texts() {
		if err != nil {
			return nil, err
		}
		t := console.Term{What: what, Setting: keepSetting(what), Wanted: s.terms[what].days, By: s.terms[what].by}
		t.Days, err = s.keptDays(tx, what)
		t.Shorter = longer(t.Days, t.Wanted)
		t.Cases, t.N = totals[string(what)].cases, totals[string(what)].n
		out = append(out, t)
	}
	return out, err
}

// settingWanted is to what value people may ask a setting to be changed, in
// console.SettingChoice.
func (s *site) settingWanted(name string) (string, bool) {
	if name == despiteSetting {
		return strings.Join(s.maySetAside, ","), len(s.maySetAside) > 0
	}
	for what, t := range s.terms {
		if keepSetting(what) == name {
			return strconv.Itoa(t.days), true
		}
	}
	return "", false
}
