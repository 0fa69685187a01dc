package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/agreed"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/taxonomy"
	"github.com/jaga-project/jaga/internal/tell"
	"github.com/jaga-project/jaga/internal/tip"
)

// closedLongAgo makes a case with words of every kind, closed so many days ago.
func closedLongAgo(t *testing.T, s *site, name string, days int) int64 {
	t.Helper()
	ctx := store.At(t.Context(), time.Now().Add(-time.Duration(days)*24*time.Hour))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	call, err := s.reports.Save(ctx, "person:1", "form-"+name, tip.Call{Safe: tip.IsSafe, What: "canary-call", Accounts: []string{"account-" + name}})
	must(err)
	id := call.Case
	var part int64
	must(s.db.Bulk(ctx, func(tx *store.Tx) error {
		added, err := s.work.cases.Add(tx, casework.Finding{Kind: casework.KindConversation, Ref: "talk-" + name, Account: "account-" + name, Risk: casework.RiskContact, Band: jaga.BandReview})
		if err != nil {
			return err
		}
		part = added.Case
		for _, ref := range []string{"talk-" + name, "loose-" + name} {
			if _, err := tx.Exec(`INSERT INTO talk_findings (id, conversation, account, target, form, band, source, at, updated_at, finding, excerpt) VALUES ($1, $1, 'a', 'b', 'grooming', 2, 'key:1', $2, $2, '{}', $3)`,
				ref, tx.Now(), []byte("canary-lines")); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`INSERT INTO look_sessions (case_id, person, purpose, needs_second, opened_at, expires_at) VALUES ($1, 'person:1', 'review', 0, $2, $2)`, id, tx.Now()); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO look_reveals (session_id, case_id, person, file_key, kind, class, began_at, beat_at, ended_at, served, clear, heard) VALUES (1, $1, 'person:1', $2, 'image', 'known', $3, $3, $3, 1, 5000000, 0)`,
			id, "file-"+name, tx.Now())
		return err
	}))
	must(s.work.cases.Merge(ctx, "person:1", part, id))
	_, err = s.work.cases.AddNote(ctx, "person:1", id, "canary-note", nil)
	must(err)
	for _, who := range []string{"person:1", "person:2"} {
		l, err := s.work.cases.Take(ctx, who, id)
		must(err)
		_, err = s.work.cases.Decide(ctx, l, casework.Decision{Facts: taxonomy.Unknown("own_review"), Outcome: casework.NotConfirmed, Note: "canary-decision"})
		must(err)
		if c, _, err := s.work.cases.Get(ctx, id); err == nil && c.State == casework.StateDecided {
			break
		}
	}
	must(s.work.cases.CloseWith(ctx, "person:1", id, casework.Closing{NoReport: "none is owed", Clocks: "canary-reason"}))
	return id
}

// Words of cases that were closed long ago go, with a custody record, and numbers
// stay; a hold, a law that still has a file kept, and a case that was closed lately
// keep them, and a shorter time waits for two people.
func TestWordsOfClosedCasesAreNotKeptForever(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		ctx := t.Context()
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_CASES_SECOND_PERCENT=0")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(s.adoptTerms(ctx))
		old, held, young := closedLongAgo(t, s, "old", 400), closedLongAgo(t, s, "held", 400), closedLongAgo(t, s, "young", 200)
		var hold int64
		act := func(fn func(tx *store.Tx) error) {
			t.Helper()
			must(s.db.Update(ctx, custody.Event{Actor: "test", Action: "test.act", Subject: "test:1"}, fn))
		}
		act(func(tx *store.Tx) (err error) {
			hold, err = s.evidence.AddHold(tx, "person:1", evidence.Scope{Case: held}, evidence.NewHold{Reason: "r", Authority: "Police"})
			return err
		})
		// texts are how many of a case are there, over all tables that hold some.
		texts := func(id int64, name string) (n int64) {
			t.Helper()
			must(s.db.View(ctx, func(tx *store.Tx) error {
				for _, q := range []string{
					`SELECT COUNT(*) FROM case_events WHERE case_id = $1 AND sealed IS NOT NULL`, `SELECT COUNT(*) FROM case_findings WHERE case_id = $1 AND sealed IS NOT NULL`,
					`SELECT COUNT(*) FROM case_decisions WHERE case_id = $1 AND sealed IS NOT NULL`, `SELECT COUNT(*) FROM case_notes WHERE case_id = $1`, `SELECT COUNT(*) FROM case_drafts WHERE case_id = $1`,
					`SELECT COUNT(*) FROM tip_calls WHERE case_id = $1 AND LENGTH(sealed) > 0`, `SELECT COUNT(*) FROM look_reveals WHERE case_id = $1`, `SELECT COUNT(*) FROM look_sessions WHERE case_id = $1`,
				} {
					some, err := store.One[int64](tx, q, id)
					if err != nil {
						return err
					}
					n += some
				}
				some, err := store.One[int64](tx, `SELECT COUNT(*) FROM talk_findings WHERE id = $1 AND LENGTH(excerpt) > 0`, "talk-"+name)
				n += some
				return err
			}))
			return n
		}
		before := map[int64]int64{old: texts(old, "old"), held: texts(held, "held"), young: texts(young, "young")}
		if before[old] < 7 || before[old] != before[held] || before[old] != before[young] {
			t.Fatalf("texts %v", before)
		}
		cases, n, err := s.shred(ctx)
		must(err)
		// Of one case, three kinds; and the lines that became no case of the two old ones.
		if cases != 3 || n != before[old]+2 || texts(old, "old") != 0 || texts(held, "held") != before[held] || texts(young, "young") != before[young] {
			t.Errorf("%d cases, %d texts; left %d, %d, %d of %v", cases, n, texts(old, "old"), texts(held, "held"), texts(young, "young"), before)
		}
		if _, n, err := s.shred(ctx); n != 0 || err != nil {
			t.Errorf("again: %d (%v)", n, err)
		}
		// The case, its numbers and what it is found by are there, and every page of
		// it can be read.
		c, _, err := s.work.cases.Get(ctx, old)
		must(err)
		if c.State != casework.StateClosed || c.Outcome != casework.NotConfirmed || c.Findings != 1 {
			t.Errorf("%+v", c)
		}
		found, err := s.work.cases.Findings(ctx, old, 0, 10)
		must(err)
		for _, f := range found {
			if text, err := s.work.cases.FindingText(ctx, "person:1", old, f.ID); text != "" || err != nil {
				t.Errorf("%q (%v)", text, err)
			}
		}
		if notes, err := s.work.cases.Notes(ctx, "person:1", old, 0, 10); len(notes) != 0 || err != nil {
			t.Errorf("%+v (%v)", notes, err)
		}
		if lines, err := s.talk.Excerpt(ctx, "person:1", "talk-old"); len(lines) != 0 || err != nil {
			t.Errorf("%+v (%v)", lines, err)
		}
		if _, err := s.reports.Read(ctx, "person:1", 1); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("the call: %v", err)
		}
		for q, want := range map[string]int{"account-old": 1, "canary-note": 2} {
			if p, err := s.work.cases.List(ctx, casework.Filter{Words: q}); err != nil || len(p.Cases) != want {
				t.Errorf("%s is found %d times (%v)", q, len(p.Cases), err)
			}
		}
		// That the file was viewed stays, without by whom.
		must(s.db.View(ctx, func(tx *store.Tx) error {
			v, err := look.ViewedTx(tx, "file-old")
			if !v.Viewed || v.Views != 1 || v.By != "" || v.At == 0 {
				t.Errorf("%+v", v)
			}
			return err
		}))
		shreds, err := s.work.cases.Shreds(ctx, old)
		must(err)
		if len(shreds) != 3 || shreds[0].Kind != "reports" || shreds[1].Kind != "views" || shreds[2].Kind != "words" {
			t.Errorf("%+v", shreds)
		}
		trail := 0
		must(s.db.View(ctx, func(tx *store.Tx) error {
			list, err := store.CustodyTrail(tx, casework.Subject(old), 100)
			for _, r := range list {
				if r.Action == "case.shredded" && r.Actor == "system" && strings.Contains(string(r.Detail), `"days":"365"`) {
					trail++
				}
			}
			return err
		}))
		if trail != 3 {
			t.Errorf("%d records, want 3", trail)
		}
		// When the hold ends the words go.
		act(func(tx *store.Tx) error { return s.evidence.ReleaseHold(tx, "person:2", hold) })
		if _, _, err := s.shred(ctx); err != nil || texts(held, "held") != 0 {
			t.Errorf("released: %d texts left (%v)", texts(held, "held"), err)
		}

		// A longer time is taken at once, a shorter one by two people.
		s.terms[law.Words] = term{days: 100}
		must(s.adoptTerms(ctx))
		in := func() (days int) {
			t.Helper()
			must(s.db.View(ctx, func(tx *store.Tx) (err error) { days, err = s.keptDays(tx, law.Words); return err }))
			return days
		}
		if _, n, err := s.shred(ctx); in() != 365 || n != 0 || err != nil {
			t.Errorf("one person's setting: %d days, %d texts (%v)", in(), n, err)
		}
		var wish int64
		act(func(tx *store.Tx) (err error) {
			want, ok := s.settingWanted(keepSetting(law.Words))
			if !ok || want != "100" {
				t.Errorf("wanted %q", want)
			}
			wish, err = s.settings.Ask(tx, "person:1", keepSetting(law.Words), want, "counsel says so")
			return err
		})
		act(func(tx *store.Tx) error { _, err := s.settings.Agree(tx, "person:2", wish); return err })
		s.settingChanged(ctx, keepSetting(law.Words))
		if _, n, err := s.shred(ctx); in() != 100 || n == 0 || err != nil {
			t.Errorf("two people's: %d days, %d texts (%v)", in(), n, err)
		}
		s.terms[law.Words] = term{days: 0}
		must(s.adoptTerms(ctx))
		if in() != 0 {
			t.Errorf("longer: %d days", in())
		}
		if _, err := s.verify(ctx); err != nil {
			t.Error(err)
		}
	})
}

// The longest of the profiles and the settings counts, and words without a number
// have no end.
func TestWantedTerms(t *testing.T) {
	t.Parallel()
	all, err := law.BuiltInProfiles()
	if err != nil {
		t.Fatal(err)
	}
	cases, box, now := CasesConfig{KeepDays: 30}, TellConfig{KeepDays: 20}, time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for profiles, want := range map[string][4]int{"": {30, 30, look.ShredLeast, 20}, "us-2258a": {365, 365, 365, 20}} {
		var ids []string
		if profiles != "" {
			ids = []string{profiles}
		}
		set, err := law.Choose(all, ids)
		if err != nil {
			t.Fatal(err)
		}
		got := wantedTerms(set, cases, box, now)
		for i, what := range law.Texts() {
			if got[what].days != want[i] {
				t.Errorf("%q: %s for %d days, want %d", profiles, what, got[what].days, want[i])
			}
		}
	}
	text := strings.Replace(string(all[slices.IndexFunc(all, func(l law.Loaded) bool { return l.ID == "us-2258a" })].Text), "what = \"words\"\nfor = \"365d\"", "what = \"words\"", 1)
	inWords, err := law.Parse("own.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	own := law.Set{inWords}
	if got := wantedTerms(own, cases, box, now)[law.Words]; got.days != 0 || len(got.by) != 1 {
		t.Errorf("words alone: %+v", got)
	}
	for _, c := range []struct {
		a, b int
		want bool
	}{{1, 2, false}, {2, 1, true}, {0, 1, true}, {1, 0, false}, {0, 0, false}, {3, 3, false}} {
		if longer(c.a, c.b) != c.want {
			t.Errorf("longer(%d, %d)", c.a, c.b)
		}
	}
}

// Nothing is removed by a clock that may have jumped.
func TestAClockInDoubtRemovesNothing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	at := func(before time.Duration) int64 { return now.Add(-before).UnixMicro() }
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		newest, dayOld int64
		want           bool
	}{
		"it runs":                        {at(time.Minute), at(day + time.Hour), false},
		"a new installation":             {at(time.Minute), 0, true},
		"set back":                       {at(-time.Hour), at(day + time.Hour), true},
		"set forward, and works on":      {at(time.Minute), at(400 * day), true},
		"stood still for long":           {at(30 * day), at(30 * day), true},
		"stood still, a day has gone by": {at(time.Minute), at(day + time.Minute), false},
	} {
		if got := inDoubt(now, c.newest, c.dayOld); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Messages to the team that became a case stay while that is on hold.
func TestMessagesOfHeldCasesStay(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_TELL_TEAM=The team", "JAGA_TELL_HOURS=daily 00:00-24:00", "JAGA_TELL_ZONE=UTC", "JAGA_TELL_ANSWER_WITHIN=4h", "JAGA_TELL_KEEP_DAYS=2")
	ctx := t.Context()
	if _, err := s.told.Send(ctx, netip.MustParseAddr("192.0.2.7"), tell.Letter{Lang: "en", Text: "Somebody keeps asking me to meet."}); err != nil {
		t.Fatal(err)
	}
	thread, _, err := s.told.Next(ctx, "person:1")
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.told.Pass(ctx, "person:1", thread, "summary")
	if err != nil {
		t.Fatal(err)
	}
	var hold int64
	act := func(fn func(tx *store.Tx) error) {
		t.Helper()
		if err := s.db.Update(ctx, custody.Event{Actor: "test", Action: "test.act", Subject: "test:1"}, fn); err != nil {
			t.Fatal(err)
		}
	}
	act(func(tx *store.Tx) (err error) {
		if hold, err = s.evidence.AddHold(tx, "person:1", evidence.Scope{Case: id}, evidence.NewHold{Reason: "r", Authority: "Police"}); err != nil {
			return err
		}
		old := time.Now().Add(-10 * 24 * time.Hour).UnixMicro()
		_, err = tx.Exec(`UPDATE tell_threads SET changed_at = $1, old_at = $1`, old)
		return err
	})
	if n, err := s.told.Tend(ctx); n != 0 || err != nil {
		t.Errorf("on hold: %d removed (%v)", n, err)
	}
	act(func(tx *store.Tx) error { return s.evidence.ReleaseHold(tx, "person:1", hold) })
	if n, err := s.told.Tend(ctx); n != 1 || err != nil {
		t.Errorf("released: %d removed (%v)", n, err)
	}
}

// Private chats are refused where a profile says so, until the settings name it and
// two people agree; one person alone ends that at once.
func TestTwoPeopleSetAProfileAside(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_LAW_PROFILES=id-komdigi,us-2258a", "JAGA_LAW_PRIVATE_DESPITE=id-komdigi")
	ctx := t.Context()
	says := func(step string, allowed bool, despite ...string) {
		t.Helper()
		s.settingChanged(ctx, despiteSetting)
		if now := s.talk.Scanning(); now.Allowed != allowed || !slices.Equal(now.Despite, despite) {
			t.Errorf("%s: %+v", step, now)
		}
	}
	says("at first", false)
	act := func(fn func(tx *store.Tx) error) {
		t.Helper()
		if err := s.db.Update(ctx, custody.Event{Actor: "test", Action: "test.act", Subject: "test:1"}, fn); err != nil {
			t.Fatal(err)
		}
	}
	want, ok := s.settingWanted(despiteSetting)
	if !ok {
		t.Fatal("nobody may ask")
	}
	var wish int64
	act(func(tx *store.Tx) (err error) {
		wish, err = s.settings.Ask(tx, "person:1", despiteSetting, want, "counsel wrote on 2026-11-01")
		return err
	})
	says("one person", false)
	act(func(tx *store.Tx) error { _, err := s.settings.Agree(tx, "person:2", wish); return err })
	says("two people", true, "id-komdigi")
	// What the settings do not name is not set aside, whatever was agreed once.
	may := s.maySetAside
	s.maySetAside = nil
	says("no longer in the settings", false)
	s.maySetAside = may
	act(func(tx *store.Tx) error { return agreed.Take(tx, "person:3", despiteSetting, "") })
	says("ended", false)

	for _, bad := range []string{"us-2258a", "xx-nowhere"} {
		a := &app{Streams: Streams{}, environ: []string{"JAGA_DATA=" + t.TempDir(), "JAGA_LAW_PROFILES=us-2258a", "JAGA_LAW_PRIVATE_DESPITE=" + bad}}
		if err := a.load(); err != nil {
			t.Fatal(err)
		}
		log, err := a.logger()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.openSite(ctx, true, log); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
