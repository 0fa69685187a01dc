package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
)

// Votes are what people said of an entry of a bank.
type Votes struct{ For, Against int64 }

// OfItem returns the facts of an item: one for each finding, and one without a
// finding when there is none. votes are those of the entries that match; nil
// when nobody looked. zone is that of the installation.
func OfItem(item jaga.Item, o jaga.Outcome, votes map[int64]Votes, zone *time.Location) []Facts {
	base := Facts{
		Kind: Known(string(item.Kind)), Audience: text0(item.Audience), Complete: Known(o.Complete()), NotChecked: Known(skips(o.Skipped)),
		Account: Account{ID: text0(item.Author)}, Source: Source{ID: text0(item.Source)}, Time: timeOf(item.At, zone),
	}
	if len(o.Scores) > 0 {
		base.Scores = Known(scoresOf(o.Scores))
	}
	if slices.Contains(o.Checked, jaga.DetectorPDQ) || slices.Contains(o.Checked, jaga.DetectorExact) || len(o.Matches) > 0 {
		base.Matches = Known(matchesOf(o.Matches, votes))
	}
	if len(o.Findings) == 0 {
		base.Form, base.Band = Known(""), Known(jaga.BandNone)
		return []Facts{base}
	}
	var out []Facts
	for _, finding := range o.Findings {
		f := base
		f.Form, f.Band = Known(string(finding.Form())), Known(finding.Band())
		out = append(out, f)
	}
	return out
}

// text0 is a text that is unknown when it is empty.
func text0(s string) Opt[string] {
	if s == "" {
		return Opt[string]{}
	}
	return Known(s)
}

func skips(list []jaga.Skip) []string {
	out := []string{}
	for _, s := range list {
		if !s.Optional {
			out = append(out, string(s.Detector)+":"+string(s.Why))
		}
	}
	return out
}

func matchesOf(list []jaga.Match, votes map[int64]Votes) []Match {
	out := []Match{}
	for _, m := range list {
		f := Match{
			Bank: Known(m.Bank), Role: Known(string(m.Role)), Form: Known(string(m.Form)), Band: Known(m.Band), Type: Known(string(m.Signal.Type)),
			Exact: Known(m.Signal.Type.Exact()), Distance: Known(int64(m.Distance)), Suppressed: Known(m.Suppressed != ""),
		}
		if votes != nil {
			v := votes[m.Entry]
			f.VotesFor, f.VotesAgainst = Known(v.For), Known(v.Against)
		}
		out = append(out, f)
	}
	return out
}

// timeOf is unknown for a time that nobody stated.
func timeOf(at time.Time, zone *time.Location) Time {
	if at.Year() <= 1970 {
		return Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	at = at.In(zone)
	day := int64(at.Weekday())
	if day == 0 {
		day = 7
	}
	return Time{Hour: Known(int64(at.Hour())), Weekday: Known(day), Zone: Known(zone.String())}
}

// OfTalk returns the facts of a finding in a conversation. at is when the
// message was sent, zero when that is unknown.
func OfTalk(source string, at time.Time, f convo.Finding, zone *time.Location) Facts {
	out := Facts{
		Kind: Known(kindConversation), Form: Known(string(f.Form)), Band: Known(f.Band),
		Indicators: Known(seen(f.Because)), Counter: Known(seen(f.Against)),
		Account: Account{ID: text0(f.From)}, Source: Source{ID: text0(source)}, Time: timeOf(at, zone),
	}
	missing, complete := []string{}, true
	for _, n := range f.NotChecked {
		if n.Indicator == "" {
			complete = false // messages that could not be read
			missing = append(missing, "messages")
			continue
		}
		missing = append(missing, string(n.Indicator)+":"+strings.Join(n.Needs, "+"))
	}
	out.NotChecked, out.Complete = Known(missing), Known(complete)
	out.Pair = pairOf(f)
	if has(f.Because, "CTX-07") {
		// Without it nobody knows whether the platform passes reports on.
		out.Reports.ByTarget = Known(true)
	}
	return out
}

func seen(list []convo.Reason) []Indicator {
	out := []Indicator{}
	for _, r := range list {
		// A reason does not say when it was seen, so that stays unknown.
		out = append(out, Indicator{ID: Known(string(r.Indicator)), Count: Known(int64(max(r.Count, 1)))})
	}
	return out
}

func has(list []convo.Reason, id string) bool {
	return slices.ContainsFunc(list, func(r convo.Reason) bool { return string(r.Indicator) == id })
}

func pairOf(f convo.Finding) Pair {
	p := Pair{Power: Known(append([]string{}, f.Power...)), Welfare: Known(f.Path == "welfare")}
	p.FromAgeMin, p.FromAgeMax, p.FromMinor = ages(f.FromAge)
	p.ToAgeMin, p.ToAgeMax, p.ToMinor = ages(f.ToAge)
	if f.ToAge == "said minor" {
		// Whoever says so is taken for a child: that protects. That the
		// account under review says so of itself proves nothing.
		p.ToMinor = Known(true)
	}
	for _, c := range []struct{ id, relation string }{{"CTX-01", "family"}, {"CTX-04", "helper"}, {"CTX-03", "educator"}, {"CTX-02", "peers"}} {
		if has(f.Against, c.id) {
			p.Relation = Known(c.relation)
			break
		}
	}
	return p
}

// ages are the ends of an age band; an open end is unknown, and so is whether
// somebody is a child when the band lies on both sides of 18.
func ages(band string) (lo, hi Opt[int64], minor Opt[bool]) {
	b, err := convo.ParseAgeBand(band)
	if err != nil || !b.Known {
		return lo, hi, minor
	}
	const adult, open = 18, 150
	lo = Known(int64(b.Lo))
	if b.Hi < open {
		hi = Known(int64(b.Hi))
	}
	switch {
	case b.Hi < adult:
		minor = Known(true)
	case b.Lo >= adult:
		minor = Known(false)
	}
	return lo, hi, minor
}
