package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/store"
)

// ItemFacts are the facts of an item, with what the database knows of the
// entries that match and of the account.
func (s *Service) ItemFacts(tx *store.Tx, item jaga.Item, o jaga.Outcome) ([]Facts, error) {
	votes, err := votesFor(tx, o.Matches)
	if err != nil {
		return nil, err
	}
	list := OfItem(item, o, votes, s.opt.Zone)
	for i := range list {
		if err := s.account(tx, &list[i], item.At); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// TalkFacts are the facts of a finding in a conversation, with what the
// database knows of the account.
func (s *Service) TalkFacts(tx *store.Tx, source string, at time.Time, f convo.Finding) (Facts, error) {
	facts := OfTalk(source, at, f, s.opt.Zone)
	return facts, s.account(tx, &facts, at)
}

// votesFor counts what people said of the entries that match.
func votesFor(tx *store.Tx, matches []jaga.Match) (map[int64]Votes, error) {
	out := map[int64]Votes{}
	var ids []any
	for _, m := range matches {
		if _, there := out[m.Entry]; !there {
			out[m.Entry] = Votes{}
			ids = append(ids, m.Entry)
		}
	}
	for chunk := range slices.Chunk(ids, 200) {
		marks := make([]string, len(chunk))
		for i := range chunk {
			marks[i] = "$" + strconv.Itoa(i+1)
		}
		rows, err := store.All[struct {
			Entry   int64
			Verdict string
			N       int64
		}](tx, `SELECT entry_id, verdict, COUNT(*) FROM entry_opinions WHERE entry_id IN (`+strings.Join(marks, ", ")+`) GROUP BY entry_id, verdict`, chunk...)
		if err != nil {
			return nil, fmt.Errorf("count votes: %w", err)
		}
		for _, r := range rows {
			v := out[r.Entry]
			switch r.Verdict {
			case "confirm":
				v.For += r.N
			case "reject":
				v.Against += r.N
			}
			out[r.Entry] = v
		}
	}
	return out, nil
}

// How far back earlier findings of an account are looked at, and how many.
const (
	earlierDays = 30
	earlierMost = manyEarlier
)

// account fills in what was found about the account before.
func (s *Service) account(tx *store.Tx, f *Facts, at time.Time) error {
	id, ok := f.Account.ID.Get()
	if !ok {
		return nil
	}
	if s.opt.EarlierCases != nil {
		n, err := s.opt.EarlierCases(tx, id)
		if err != nil {
			return fmt.Errorf("count earlier cases: %w", err)
		}
		f.Account.EarlierCases = Known(n)
	}
	if at.Year() <= 1970 {
		at = time.UnixMicro(tx.Now())
	}
	since := at.AddDate(0, 0, -earlierDays).UnixMicro()
	type row struct {
		At   int64
		Form string
		Band int64
	}
	talks, err := store.All[row](tx, `SELECT at, form, band FROM talk_findings WHERE account = $1 AND at >= $2 AND at < $3 ORDER BY at DESC LIMIT $4`, id, since, at.UnixMicro(), earlierMost)
	if err != nil {
		return fmt.Errorf("look for earlier findings: %w", err)
	}
	items, err := store.All[struct {
		At      int64
		Outcome string
	}](tx, `SELECT at, outcome FROM items WHERE author = $1 AND author <> '' AND state = 'findings' AND at >= $2 AND at < $3 ORDER BY at DESC LIMIT $4`, id, since, at.UnixMicro(), earlierMost)
	if err != nil {
		return fmt.Errorf("look for earlier findings: %w", err)
	}
	for _, i := range items {
		var o jaga.Outcome
		if err := json.Unmarshal([]byte(i.Outcome), &o); err != nil {
			return nil // how much there was is not known then
		}
		for _, finding := range o.Findings {
			talks = append(talks, row{i.At, string(finding.Form()), int64(finding.Band())})
		}
	}
	slices.SortStableFunc(talks, func(a, b row) int { return cmp.Compare(b.At, a.At) })
	earlier := []Earlier{}
	for _, r := range talks[:min(len(talks), earlierMost)] {
		earlier = append(earlier, Earlier{Known(r.Form), Known(jaga.Band(r.Band)), Known((at.UnixMicro() - r.At) / time.Hour.Microseconds())})
	}
	f.Account.Earlier = Known(earlier)
	return nil
}
