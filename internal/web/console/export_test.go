package console

import (
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// Routes lists the patterns of all routes, and whether they are open to
// visitors who are not signed in.
func Routes() map[string]bool {
	out := map[string]bool{}
	for pattern, need := range Needs() {
		out[pattern] = need == open
	}
	return out
}

// Needs lists what every route needs.
func Needs() map[string]auth.Capability {
	out := map[string]auth.Capability{}
	for _, r := range (&console{}).routes() {
		out[r.pattern] = r.need
	}
	return out
}

// SafeNext is where a sign-in may lead.
func SafeNext(next string) string { return safeNext(next) }

// Detail says a sentence of another package in a language.
func Detail(lang, text string) (string, error) {
	l, err := loadLanguages()
	if err != nil {
		return "", err
	}
	return l.speaker(lang).detail(text), nil
}

// Say returns a text.
func Say(lang, key string, pairs ...any) (string, error) {
	l, err := loadLanguages()
	if err != nil {
		return "", err
	}
	return l.speaker(lang).t(key, pairs...), nil
}

// Size writes a number of bytes.
func Size(lang string, n int64) (string, error) {
	l, err := loadLanguages()
	if err != nil {
		return "", err
	}
	return l.speaker(lang).size(n), nil
}

// DetailKeys lists the keys of the table of details.
func DetailKeys() (out []string) {
	for _, d := range details {
		out = append(out, d.key)
	}
	return out
}

// NiceMax is the top of a plot's axis.
func NiceMax(n int64) int64 { return niceMax(n) }

// IsList reports whether a file is a list of hashes.
func IsList(head []byte) bool { return isList(head) }

// BankName makes a bank's name of what people type.
func BankName(text string) string { return bankName(text) }

// Moment says when something was, as pages do.
func Moment(lang string, at, now time.Time) (relative, absolute string, err error) {
	l, err := loadLanguages()
	if err != nil {
		return "", "", err
	}
	c := &console{now: func() time.Time { return now }, zone: time.FixedZone("WIB", 7*3600)}
	m := c.moment(l.speaker(lang), at)
	return m.Relative, m.Absolute, nil
}

// Notices lists the keys of what the pages of an account and of a person say
// was done.
func Notices() (account, person []string) {
	for _, n := range accountNotices() {
		account = append(account, "done_"+n)
	}
	for _, n := range personNotices() {
		person = append(person, "done_"+n)
	}
	return account, person
}

// CaseSets are the closed sets of the page of a case.
func CaseSets() map[string][]string {
	out := map[string][]string{"outbox_state": outStates(), "casefile_error": caseFields(), "casefile_did": caseNotices(), "casefile_want": append(caseWants(), "take_back"), "acts_would": wouldHaves(), "second_why": secondWhys(), "second_rate": {"clearly", "partly", "hardly"}, "acts_not_done": notDones(), "casefile_clock": caseClockNames(), "power_state": powerStates(), "course_lane": courseLanes(), "course_none": courseLanes()}
	for _, k := range caseEvents() {
		switch k {
		case casework.Reopened:
			out["casefile_event"] = append(out["casefile_event"], "reopened_appeal", "reopened_correction", "reopened_raised")
		case casework.DecidedOn:
			out["casefile_event"] = append(out["casefile_event"], "decided", "decided_second", "decided_settle")
		case casework.Assigned:
			out["casefile_event"] = append(out["casefile_event"], "assigned", "unassigned")
		default:
			out["casefile_event"] = append(out["casefile_event"], string(k))
		}
		out["casefile_act"] = append(out["casefile_act"], string(k))
	}
	out["casefile_act"] = append(out["casefile_act"], "joined", "raised", "read_notes", "read_decisions", "read_text", "action", "opinion.ask")
	return out
}

// Text is what a key says on a page.
func Text(lang, key string, pairs ...any) (string, error) {
	l, err := loadLanguages()
	if err != nil {
		return "", err
	}
	return l.speaker(lang).t(key, pairs...), nil
}

// LayTime is an axis for times: where each is drawn, in per cent, in which mark
// it falls, how many marks there are, and how long each cut is, in microseconds.
func LayTime(times []int64) (at []float64, bin []int, marks int, cuts []int64) {
	l, err := loadLanguages()
	if err != nil {
		panic(err)
	}
	a := layTime(l.speaker("en"), slices.Clone(times))
	for _, t := range times {
		at, bin = append(at, a.at(t)), append(bin, a.bin(t))
	}
	for _, p := range a.parts {
		marks += p.bins
	}
	for _, c := range a.cuts {
		cuts = append(cuts, c.gap)
	}
	return at, bin, marks, cuts
}
