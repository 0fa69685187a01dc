package main

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/takedown"
)

// caseFeed turns findings into cases, in the transaction that stores them.
type caseFeed struct {
	cases *casework.Service
	queue string
	band  jaga.Band // findings below are no work for people
	keep  *keeper   // nil keeps no files
	rules *policy.Service
	start func(*store.Tx, asked) error
	// second asks a language model later; nil asks none by itself.
	second func(*store.Tx, int64, converse.Finding) error
	log    *slog.Logger
}

// openCases opens the cases; opt has what of the site they call.
func openCases(db *store.DB, key []byte, cfg CasesConfig, laws law.Set, opt casework.Options) (*caseFeed, error) {
	var band jaga.Band
	if err := band.UnmarshalText([]byte(cfg.Band)); err != nil {
		return nil, err
	}
	opt.Key, opt.Lease, opt.Undo, opt.SecondPercent = key, time.Duration(cfg.Lease), time.Duration(cfg.Undo), cfg.SecondPercent
	opt.Window, opt.KeepClosed, opt.Clocks = days(cfg.WindowDays), days(cfg.KeepDays), caseClocks(laws)
	opt.Receiver, opt.KeepReference = receiverOf(laws), keepReference(laws)
	s, err := casework.Open(db, opt)
	if err != nil {
		return nil, err
	}
	return &caseFeed{cases: s, queue: cfg.Queue, band: band}, nil
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// itemKinds are the kinds of case findings whose reference is an item.
var itemKinds = []casework.Kind{casework.KindMedia, casework.KindLive, casework.KindTakedown}

// item puts an item with findings into a case, where the rules want it.
func (c *caseFeed) item(tx *store.Tx, rec intake.Record) error {
	facts, err := c.itemFacts(tx, rec)
	if err != nil {
		return err
	}
	want := c.judge(tx, facts)
	if !want.opens {
		return nil
	}
	// Without a finding a rule wants it because of a score: nobody knows it.
	form, band, risk := jaga.Form(""), jaga.BandObserve, casework.RiskNew
	if len(rec.Outcome.Findings) > 0 {
		top := rec.Outcome.Findings[0] // the most urgent
		form, band, risk = top.Form(), top.Band(), riskOf(top.Form(), casework.RiskKnown)
	}
	live := form == jaga.FormLiveStream || rec.Item.Kind == jaga.KindFrame || rec.Item.Audience == "live"
	f := casework.Finding{Kind: casework.KindMedia, Ref: rec.Item.ID, Source: rec.Item.Source, Form: form, Band: band,
		Risk: risk, Account: rec.Item.Author, At: rec.Item.At}
	if live {
		f.Kind, f.Risk = casework.KindLive, casework.RiskLive
	}
	if rec.Item.Kind == jaga.KindFrame {
		// The picture and the chat of a stream are one story.
		f.Conversation = rec.Item.Ref
	}
	for _, m := range rec.Outcome.Matches {
		if m.Role != jaga.RoleMatch || m.Suppressed != "" {
			continue
		}
		if entry := strconv.FormatInt(m.Entry, 10); len(f.Entries) < 50 {
			f.Entries = append(f.Entries, entry)
		}
		if m.Bank == takedown.BankName && !live {
			f.Kind = casework.KindTakedown
		}
	}
	added, err := c.add(tx, want, f)
	if err != nil {
		return err
	}
	if f.Band < jaga.BandReview && want.band < jaga.BandReview && !want.keeps() {
		return nil // no content is kept for what is only to be kept in mind
	}
	return c.keep.promote(tx, rec, added.Case)
}

// conversation puts a finding of a conversation into a case, where the rules want
// it, and returns which; 0 where they do not.
func (c *caseFeed) conversation(tx *store.Tx, r converse.Finding) (caseID int64, err error) {
	facts, err := c.talkFacts(tx, r)
	if err != nil {
		return 0, err
	}
	want := c.judge(tx, facts)
	if !want.opens {
		return 0, nil
	}
	added, err := c.add(tx, want, casework.Finding{Kind: casework.KindConversation, Ref: r.ID, Source: r.Source, Form: r.Finding.Form, Band: r.Finding.Band,
		Risk: riskOfTalk(r.Finding), Path: r.Finding.Path, Account: r.Finding.From, Conversation: r.Finding.Conversation, At: r.At})
	if err != nil || c.second == nil {
		return added.Case, err
	}
	return added.Case, c.second(tx, added.Case, r)
}

// conversation puts a finding of a conversation into a case. Where it is the chat of
// a stream and somebody may be in danger, the end of the stream is kept with it.
func (s *site) conversation(tx *store.Tx, r converse.Finding) error {
	id, err := s.work.conversation(tx, r)
	if err == nil && id != 0 && r.Finding.Band == jaga.BandUrgent && s.live != nil {
		s.live.Urgent(r.Finding.Conversation, id)
	}
	return err
}

// riskOf is the risk of a form; material is that of abuse material, which is
// known when it matches a bank. Whether something happened online only, or
// between children, plays no part in it.
func riskOf(form jaga.Form, material casework.Risk) casework.Risk {
	switch form {
	case jaga.FormLiveStream:
		return casework.RiskLive
	case jaga.FormSextortion:
		return casework.RiskThreat
	case jaga.FormGrooming:
		return casework.RiskContact
	}
	return material
}

// soon are the signs of what does not wait: a meeting with the child, a journey to
// them, and a child in a crisis.
var soon = []indicator.ID{"G-22", "G-23", "S-17"}

// riskOfTalk is the risk of a conversation: that of its form, and a child in danger
// now where it is urgent and one of those signs is among its reasons.
func riskOfTalk(f convo.Finding) casework.Risk {
	if f.Band == jaga.BandUrgent && slices.ContainsFunc(f.Because, func(r convo.Reason) bool { return slices.Contains(soon, r.Indicator) }) {
		return casework.RiskImminent
	}
	return riskOf(f.Form, casework.RiskNew)
}

// needed returns the items that cases still need.
func (c *caseFeed) needed(tx *store.Tx, ids []string) (out []string, err error) {
	for _, kind := range itemKinds {
		some, err := c.cases.Needs(tx, kind, ids)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// tendCases ends holds that are over, every minute until ctx ends.
func (s *site) tendCases(ctx context.Context) {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		if _, err := s.work.cases.EndHolds(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("end holds of cases", "error", err)
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}
