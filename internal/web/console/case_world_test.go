package console_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/console"
)

func init() {
	const all, decide, lead = "x x . x x .", "x x . . . .", ". x . . . ."
	maps.Copy(rightsTable, map[string]string{
		"GET /cases/{id}": all, "POST /cases/{id}/acknowledge": all,
		"POST /cases/{id}/words": decide, "POST /cases/{id}/take": decide, "POST /cases/{id}/renew": decide, "POST /cases/{id}/give-back": decide, "POST /cases/{id}/preview": decide,
		"POST /cases/{id}/draft": decide, "POST /cases/{id}/decide": decide, "POST /cases/{id}/undo": decide, "POST /cases/{id}/triage": decide, "POST /cases/{id}/escalate": decide,
		"POST /cases/{id}/hold": decide, "POST /cases/{id}/unhold": decide, "POST /cases/{id}/notes": decide, "POST /cases/{id}/reopen": decide, "POST /cases/{id}/follow-up": decide, "POST /cases/{id}/close": decide, "POST /cases/{id}/take-back": decide, "POST /cases/{id}/second": decide,
		"POST /cases/{id}/reports": decide, "POST /cases/{id}/reports/{report}": decide, "POST /cases/{id}/no-report": decide, "POST /cases/{id}/clocks": decide, "POST /cases/{id}/clocks/end": decide,
		"POST /cases/{id}/move": lead, "POST /cases/{id}/assign": lead, "POST /cases/{id}/merge": lead, "POST /cases/{id}/unmerge": lead, "POST /cases/{id}/split": lead,
	})
}

// caseSets are the closed sets of words of the page of a case.
func caseSets(sets map[string][]string) {
	maps.Copy(sets, console.CaseSets())
	for _, s := range casework.States() {
		sets["casefile_state"] = append(sets["casefile_state"], string(s))
	}
	for _, k := range casework.Kinds() {
		sets["casefile_kind"] = append(sets["casefile_kind"], string(k))
	}
	for _, o := range casework.Outcomes() {
		sets["casefile_outcome"] = append(sets["casefile_outcome"], string(o))
		sets["casefile_outcome_help"] = append(sets["casefile_outcome_help"], string(o))
	}
	for r := casework.RiskImminent; r <= casework.RiskKnown; r++ {
		sets["casefile_risk"] = append(sets["casefile_risk"], fmt.Sprint(r))
	}
	for _, s := range casework.ClockStates() {
		sets["casefile_clock_state"] = append(sets["casefile_clock_state"], string(s))
	}
	for _, s := range casework.ReportStates() {
		sets["casereport_state"] = append(sets["casereport_state"], string(s))
	}
	sets["casereport_way"], sets["caseclock_class"] = []string{"api", "portal", "form", "letter", "phone"}, []string{law.Urgent, law.Standard}
	sets["casefile_round"] = []string{"1", "2", "3"}
	sets["casefile_spread"], sets["casefile_crowd"] = []string{"met", "viewed", "sent", "received", "reported"}, []string{"met"}
	for _, x := range action.Statuses() {
		sets["acts_said"] = append(sets["acts_said"], string(x))
	}
}

func casesOf(t *testing.T, db *store.DB) *casework.Service {
	t.Helper()
	// A note that begins with twice asks for a second review as well.
	second := func(d casework.Decision, first bool) bool {
		return strings.HasPrefix(d.Note, "twice") || casework.NeedsSecond(d, first)
	}
	receiver := func(profile, receiver string) (string, bool) {
		for _, p := range laws(t) {
			if r, ok := p.Receiver(receiver); ok && p.ID == profile {
				return r.Name, true
			}
		}
		return "", false
	}
	s, err := casework.Open(db, casework.Options{Key: bytes.Repeat([]byte{7}, 32), Second: second, Receiver: receiver, Clocks: func(f casework.Finding, now time.Time) []casework.Clock {
		return []casework.Clock{{What: casework.ClockSendBy, Profile: "id-komdigi", Start: now, Due: now.Add(24 * time.Hour)}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func laws(t *testing.T) law.Set {
	t.Helper()
	all, err := law.BuiltInProfiles()
	if err != nil {
		t.Fatal(err)
	}
	set, err := law.Choose(all, []string{"id-komdigi", "us-2258a"})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// OfCase lists the shapes that case 1 shows.
func (s *shapes) OfCase(_ context.Context, _ string, caseID int64, after string, limit int) (out []console.CaseFile, err error) {
	if caseID != 1 {
		return nil, nil
	}
	for _, n := range []int{1, 2, 3, 4, 6} {
		if id := shapeID(n); id > after && len(out) < limit {
			out = append(out, console.CaseFile{Evidence: id})
		}
	}
	if len(out) > 0 && out[0].Evidence == shapeID(1) {
		out[0].Alike = []string{shapeID(7), shapeID(8)}
		out[0].Elsewhere = []console.Elsewhere{{Case: 2, Key: shapeKey(2)}, {Key: shapeKey(9)}, {Case: 3, Key: shapeKey(1)}}
	}
	return out, nil
}

// reviewer signs somebody in who decides in a queue.
func (w *world) reviewer(name, queue string, roles ...auth.Role) *world {
	w.t.Helper()
	var grants []auth.Grant
	for _, r := range roles {
		grants = append(grants, auth.Grant{Role: r, Queue: queue})
	}
	_, link, err := w.auth.Invite(w.t.Context(), "person:1", name, "", grants)
	if err != nil {
		w.t.Fatal(err)
	}
	other := *w
	if other.session, err = w.auth.SignIn(w.t.Context(), link); err != nil {
		w.t.Fatal(err)
	}
	return &other
}

// me is the reader, as custody records name them.
func (w *world) me() string {
	w.t.Helper()
	who, err := w.auth.Session(w.t.Context(), w.session)
	if err != nil {
		w.t.Fatal(err)
	}
	return who.Actor
}

// opened adds a finding and returns the case it is in.
func (w *world) finding(f casework.Finding) int64 {
	w.t.Helper()
	var out casework.Added
	err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) (err error) {
		out, err = w.work.Add(tx, f)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Case
}

// someCases opens cases of all kinds and returns their numbers: a conversation
// with media that match, one between children, one that is words alone, and one
// with hostile names.
func (w *world) someCases() (mixed, welfare, words, hostile int64) {
	w.t.Helper()
	room := w.findings(converse.Filter{Conversation: "room-7", Form: jaga.FormSextortion})[0]
	add := func(f converse.Finding) int64 {
		return w.finding(casework.Finding{Kind: casework.KindConversation, Ref: f.ID, Form: f.Finding.Form, Band: f.Finding.Band, Risk: casework.RiskThreat, Path: f.Finding.Path,
			Account: f.Finding.From, Conversation: f.Finding.Conversation, At: f.At})
	}
	mixed = add(room)
	for i := range 3 {
		id := w.take(fmt.Sprintf("case-%d", i), smaller(1))
		rec, err := w.in.Get(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		f := casework.Finding{Kind: casework.KindMedia, Ref: id, Form: jaga.FormCSAM, Band: jaga.BandReview, Risk: casework.RiskKnown, Account: "streamer", At: time.Now().AddDate(0, 0, -i)}
		for _, m := range rec.Outcome.Matches {
			f.Entries = append(f.Entries, strconv.FormatInt(m.Entry, 10))
		}
		if got := w.finding(f); got != mixed {
			w.t.Fatalf("the item went to case %d", got)
		}
	}
	welfare = add(w.findings(converse.Filter{Conversation: "class-8b"})[0])
	words = w.finding(casework.Finding{Kind: casework.KindText, Ref: "letter-1", Text: canary + " somebody keeps writing to my sister", Band: jaga.BandReview, Form: jaga.FormGrooming, Account: long})
	hostile = add(w.findings(converse.Filter{Conversation: "<script>alert('c')</script>"})[0])
	w.finding(casework.Finding{Kind: casework.KindUser, Ref: "<script>alert('r')</script>", Text: "<script>alert('t')</script>", Account: "<i>x</i>", Conversation: "<script>alert('c')</script>", Band: jaga.BandReview})
	return mixed, welfare, words, hostile
}

// casePaths are the pages of cases, for the tests that look at every page.
func (w *world) casePaths() (out []string) {
	w.t.Helper()
	a, b, c, d := w.someCases()
	for _, id := range []int64{a, b, c, d} {
		out = append(out, caseAt(id, ""))
	}
	return out
}

func caseAt(id int64, act string) string {
	path := fmt.Sprintf("/cases/%d", id)
	if act != "" {
		path += "/" + act
	}
	return path
}

// bigCase opens a case of n findings, of two hundred accounts. Its rows are
// written as Add would, but all at once.
func (w *world) bigCase(n int) int64 {
	w.t.Helper()
	began := time.Now().AddDate(0, -2, 0)
	id := w.finding(casework.Finding{Kind: casework.KindText, Ref: "big", Account: "account-0", Conversation: "big", Band: jaga.BandReview, At: began})
	at := func(i int) int64 { return began.Add(time.Duration(i) * time.Minute).UnixMicro() }
	err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) error {
		i := 0
		if _, err := tx.BulkInsert("case_findings", []string{"id", "case_id", "kind", "ref", "at", "form", "band", "risk", "account", "conversation", "source"}, func() ([]any, error) {
			if i++; i >= n {
				return nil, nil
			}
			return []any{int64(1000 + i), id, "text", fmt.Sprintf("big-%d", i), at(i), "csam", int64(2), int64(5), fmt.Sprintf("account-%d", i%200), "big", ""}, nil
		}); err != nil {
			return err
		}
		i = 0
		if _, err := tx.BulkInsert("case_events", []string{"id", "case_id", "seq", "at", "actor", "kind", "data"}, func() ([]any, error) {
			if i++; i >= n {
				return nil, nil
			}
			return []any{int64(1000 + i), id, int64(100 + i), time.Now().UnixMicro(), "system", "joined", fmt.Sprintf(`{"finding":%d}`, 1000+i)}, nil
		}); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE cases SET findings = $1 WHERE id = $2`, int64(n), id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}
