package policy

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/jaga-project/jaga"
)

// Facts is what is known of one finding, or of one item without a finding. The
// tag doc says what a fact is; docs/rules.md lists them from there. All numbers
// but scores are whole.
type Facts struct {
	Kind       Opt[string]      `json:"kind,omitzero" doc:"what came in: image, video, audio, text, message, frame, hash, other, or conversation"`
	Form       Opt[string]      `json:"form,omitzero" doc:"the form of harm: csam, grooming, live_stream, sextortion; empty when nothing was found"`
	Band       Opt[jaga.Band]   `json:"band,omitzero" doc:"how soon a person should look; compare it with NONE, OBSERVE, REVIEW, URGENT"`
	Audience   Opt[string]      `json:"audience,omitzero" doc:"who could see it, in the platform's words: private, group, public, live"`
	Complete   Opt[bool]        `json:"complete,omitzero" doc:"whether everything that had to be checked was checked"`
	NotChecked Opt[[]string]    `json:"not_checked,omitzero" doc:"what was not checked, such as pdq:too_big"`
	Indicators Opt[[]Indicator] `json:"indicators,omitzero" doc:"the signs that were seen"`
	Counter    Opt[[]Indicator] `json:"counter,omitzero" doc:"what speaks against the finding"`
	Matches    Opt[[]Match]     `json:"matches,omitzero" doc:"the bank entries that match"`
	Scores     Opt[Scores]      `json:"scores,omitzero" doc:"what plugins said, 0.0 to 1.0, as scores[\"plugin\"][\"category\"]; a list of a matcher is the category list/NAME; unknown where a plugin was not asked, failed, or said nothing of it"`
	Pair       Pair             `json:"pair,omitzero" doc:"the account under review and the one it writes to"`
	Sender     Sender           `json:"sender,omitzero" doc:"what the account under review does across conversations"`
	Account    Account          `json:"account,omitzero" doc:"the account under review"`
	Reports    Reports          `json:"reports,omitzero" doc:"what people reported"`
	Source     Source           `json:"source,omitzero" doc:"who handed it in"`
	Time       Time             `json:"time,omitzero" doc:"when it happened, by the clock of the installation"`
}

// Indicator is a sign of the catalogue that was seen, or counter-evidence.
type Indicator struct {
	ID         Opt[string] `json:"id,omitzero" doc:"its name in the catalogue, such as S-04"`
	Count      Opt[int64]  `json:"count,omitzero" doc:"how often it was seen"`
	MinutesAgo Opt[int64]  `json:"minutes_ago,omitzero" doc:"how many minutes ago it was seen last"`
}

// Match is a bank entry that is near the item.
type Match struct {
	Bank         Opt[string]    `json:"bank,omitzero" doc:"the bank's name"`
	Form         Opt[string]    `json:"form,omitzero" doc:"the bank's form of harm"`
	Band         Opt[jaga.Band] `json:"band,omitzero" doc:"the bank's band"`
	Role         Opt[string]    `json:"role,omitzero" doc:"match, or allow for a harmless look-alike"`
	Type         Opt[string]    `json:"type,omitzero" doc:"the type of hash: pdq, md5, sha1, sha256"`
	Exact        Opt[bool]      `json:"exact,omitzero" doc:"whether the bytes are the very same"`
	Distance     Opt[int64]     `json:"distance,omitzero" doc:"how many bits differ; 0 for exact hashes"`
	VotesFor     Opt[int64]     `json:"votes_for,omitzero" doc:"how many people or partners confirm the entry"`
	VotesAgainst Opt[int64]     `json:"votes_against,omitzero" doc:"how many reject it"`
	Suppressed   Opt[bool]      `json:"suppressed,omitzero" doc:"whether it does not count in full"`
}

// Pair is who writes to whom. Ages are in whole years, the band that is known.
type Pair struct {
	FromAgeMin Opt[int64]    `json:"from_age_min,omitzero" doc:"how old the account under review is at least"`
	FromAgeMax Opt[int64]    `json:"from_age_max,omitzero" doc:"how old it is at most"`
	ToAgeMin   Opt[int64]    `json:"to_age_min,omitzero" doc:"how old the other one is at least"`
	ToAgeMax   Opt[int64]    `json:"to_age_max,omitzero" doc:"how old the other one is at most"`
	FromMinor  Opt[bool]     `json:"from_minor,omitzero" doc:"whether the account under review is a child's"`
	ToMinor    Opt[bool]     `json:"to_minor,omitzero" doc:"whether the other one is a child"`
	Relation   Opt[string]   `json:"relation,omitzero" doc:"how they know each other: family, peers, educator, helper, stranger"`
	Power      Opt[[]string] `json:"power,omitzero" doc:"in which ways one has power over the other: age, fame, authority, money, secret, skill, family"`
	Welfare    Opt[bool]     `json:"welfare,omitzero" doc:"whether the finding takes the path of support first, as for children among themselves"`
}

// Sender is what an account does across its conversations.
type Sender struct {
	NewContactsDay Opt[int64] `json:"new_contacts_day,omitzero" doc:"whom it wrote to for the first time within a day"`
	NewMinorsDay   Opt[int64] `json:"new_minors_day,omitzero" doc:"how many of them are children"`
	Targets        Opt[int64] `json:"targets,omitzero" doc:"with how many people a finding reached review"`
	Followers      Opt[int64] `json:"followers,omitzero" doc:"the size of its audience"`
}

// Account is the account under review.
type Account struct {
	ID           Opt[string]    `json:"id,omitzero" doc:"the platform's pseudonymous identifier"`
	AgeDays      Opt[int64]     `json:"age_days,omitzero" doc:"how many days the account has existed"`
	EarlierCases Opt[int64]     `json:"earlier_cases,omitzero" doc:"how many cases there were about it"`
	Earlier      Opt[[]Earlier] `json:"earlier,omitzero" doc:"its earlier findings of the last 30 days, the newest first, at most 100"`
}

// Earlier is an earlier finding about the same account.
type Earlier struct {
	Form     Opt[string]    `json:"form,omitzero" doc:"its form of harm"`
	Band     Opt[jaga.Band] `json:"band,omitzero" doc:"its band"`
	HoursAgo Opt[int64]     `json:"hours_ago,omitzero" doc:"how many hours earlier it was"`
}

// Reports is what people reported about the same thing.
type Reports struct {
	Count     Opt[int64]  `json:"count,omitzero" doc:"how many reports there are"`
	Reporters Opt[int64]  `json:"reporters,omitzero" doc:"by how many different people"`
	ByTarget  Opt[bool]   `json:"by_target,omitzero" doc:"whether the person who may need help reported or blocked"`
	Reason    Opt[string] `json:"reason,omitzero" doc:"the reason that was chosen"`
}

// Source is who handed an item in.
type Source struct {
	ID Opt[string] `json:"id,omitzero" doc:"the key or person, such as key:7 or console"`
}

// Time is when it happened.
type Time struct {
	Hour    Opt[int64]  `json:"hour,omitzero" doc:"the hour of the day, 0 to 23"`
	Weekday Opt[int64]  `json:"weekday,omitzero" doc:"the day of the week, 1 is Monday and 7 is Sunday"`
	Zone    Opt[string] `json:"zone,omitzero" doc:"the time zone by which hour and day are counted"`
}

// MaxFacts is the largest JSON text of facts that is read, in bytes.
const MaxFacts = 1 << 20

// ParseFacts reads facts from JSON. A name that is no fact is refused, so that
// a typing error does not quietly become an unknown fact.
func ParseFacts(data []byte) (Facts, error) {
	bad := func(format string, args ...any) (Facts, error) {
		return Facts{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "facts", Msg: fmt.Sprintf(format, args...), Hint: "docs/rules.md lists the facts"}
	}
	if len(data) > MaxFacts {
		return bad("they are longer than %d bytes", MaxFacts)
	}
	var f Facts
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return bad("they cannot be read: %v", err)
	}
	if dec.More() {
		return bad("there is more than one JSON value")
	}
	return f, nil
}

// exactMatch reports whether the very same bytes are in a bank to act on. An
// exact match that counts must never be ignored.
func (f *Facts) exactMatch() bool {
	list, _ := f.Matches.Get()
	for _, m := range list {
		exact, ok := m.Exact.Get()
		role, _ := m.Role.Get()
		if (exact || !ok) && role != string(jaga.RoleAllow) {
			return true // not knowing whether it is exact counts as exact
		}
	}
	return false
}
