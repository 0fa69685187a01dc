package chatlook

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/chatfile"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing them")

var wib = time.FixedZone("", 7*60*60)

func at(day, hour, minute int) time.Time {
	return time.Date(2025, time.November, day, hour, minute, 0, 0, wib)
}

// sample is a conversation with two findings, and a result that no tuning of
// the detector changes.
func sample(lang string) View {
	c := &chatfile.Conversation{
		ID: "match talk",
		Participants: []chatfile.Participant{
			{ID: "1", Name: "Rio", AgeBand: "adult"}, {ID: "2", Name: "Kim", AgeBand: "13-15"},
		},
		Messages: []chatfile.Message{
			{Message: convo.Message{ID: "m1", From: "1", At: at(13, 20, 1), Text: "Good match today!"}},
			{Message: convo.Message{ID: "m2", From: "1", At: at(13, 20, 3), Text: "D0n't tell your mum that we talk."}},
			{Message: convo.Message{ID: "m3", From: "2", At: at(13, 20, 5), Text: "ok 😀"}},
			{Message: convo.Message{ID: "m4", From: "2", At: at(13, 20, 6)}, Media: "image"},
			{Message: convo.Message{ID: "m5", From: "1", At: at(15, 21, 10), Act: "S-05"}},
			{Message: convo.Message{ID: "m6", From: "2", At: at(15, 21, 11), Act: "payment", Amount: 1500000, Currency: "idr"}},
		},
	}
	reason := func(id indicator.ID, message string, span *[2]int, view string, n int) convo.Reason {
		return convo.Reason{Indicator: id, Message: message, Span: span, View: view, Count: n, Explain: convo.Explain(id, lang)}
	}
	return View{
		File: "match.txt", Format: "whatsapp", Chat: c, Lost: 1, Unread: convo.Unread{Cut: 1, Late: 2, Odd: 3},
		Result: convo.Result{
			Conversation: "match talk", Band: jaga.BandUrgent, Messages: 6,
			Findings: []convo.Finding{
				{
					Form: jaga.FormSextortion, Band: jaga.BandUrgent, From: "1", To: "2", FirstAt: "m5", Power: []string{"age", "secret"},
					Because: []convo.Reason{reason("S-05", "m5", nil, "event", 0), reason("W-01", "", nil, "", 0)},
				},
				{
					Form: jaga.FormGrooming, Band: jaga.BandReview, From: "1", To: "2", FirstAt: "m2",
					Because: []convo.Reason{reason("G-13", "m2", &[2]int{0, 19}, "folded", 3)},
					Against: []convo.Reason{reason("CTX-05", "", nil, "", 0)},
				},
			},
			NotChecked: []convo.NotChecked{
				{Indicator: "C-08", Needs: []string{"feed"}}, {Indicator: "G-07", Needs: []string{"payment"}},
				{Needs: []string{}, Why: "messages"},
			},
		},
	}
}

func render(t testing.TB, o Options, views ...View) string {
	t.Helper()
	var b bytes.Buffer
	p := New(&b, o)
	s := Sum{Files: 1}
	for _, v := range views {
		if err := p.Conversation(v, jaga.BandObserve); err != nil {
			t.Fatal(err)
		}
		s.Conversations++
		s.Messages += v.Result.Messages
		s.Lost += v.Lost
		if v.Result.Band > jaga.BandNone {
			s.Found++
		}
	}
	if err := p.End(s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden holds the whole report to what was looked at and found good.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"en":         {Lang: "en", Width: 80},
		"id":         {Lang: "id", Width: 80},
		"id-narrow":  {Lang: "id", Width: 40, Verbose: true},
		"en-colour":  {Lang: "en", Width: 80, Colour: true, Around: 1},
		"en-no-text": {Lang: "en", Width: 80, NoText: true, Around: 99},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := render(t, o, sample(o.Lang))
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("go test ./internal/chatlook -run Golden -update writes it again:\n%s", diff)
			}
		})
	}
}

// TestNoTextHoldsNoText keeps what people wrote out of a report that is to be
// passed on.
func TestNoTextHoldsNoText(t *testing.T) {
	t.Parallel()
	got := render(t, Options{NoText: true, Width: 80, Around: 9}, sample("en"))
	for _, words := range []string{"match today", "your mum", "😀", "1500000"} {
		if strings.Contains(got, words) {
			t.Errorf("%q is shown", words)
		}
	}
}

// TestAdvice keeps advice to where there is a reason for it, and every form
// with some in both languages.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, form := range jaga.Forms() {
		if len(adviceByForm[form]) == 0 {
			t.Errorf("%s has no advice", form)
		}
		v := sample("en")
		v.Result.Findings = []convo.Finding{{Form: form, Band: jaga.BandReview, From: "1", To: "2"}}
		got := render(t, Options{Width: 80}, v)
		if !strings.Contains(got, notYourFault.EN) || !strings.Contains(got, "SAPA 129") {
			t.Errorf("%s: no fault or no helpline in\n%s", form, got)
		}
	}
	v := sample("en")
	v.Result.Findings = v.Result.Findings[1:]
	v.Result.Findings[0].Band = jaga.BandObserve
	if got := render(t, Options{Width: 80}, v); strings.Contains(got, "block it") || !strings.Contains(got, "Nothing here calls for action") {
		t.Errorf("observe: %s", got)
	}
	v.Result.Findings = nil
	v.Result.Band = jaga.BandNone
	if got := render(t, Options{Width: 80}, v); strings.Contains(got, nextHead.EN) {
		t.Errorf("advice without a finding: %s", got)
	}
}

// TestWords keeps both languages complete: every word of a closed set has a
// text in each.
func TestWords(t *testing.T) {
	t.Parallel()
	full := func(what string, l indicator.L) {
		if l.EN == "" || l.ID == "" {
			t.Errorf("%s has no text in one of the languages: %+v", what, l)
		}
	}
	for _, b := range []jaga.Band{jaga.BandNone, jaga.BandObserve, jaga.BandReview, jaga.BandUrgent} {
		full(b.String(), bandNames[b])
	}
	for _, f := range jaga.Forms() {
		full(string(f), formNames[f])
	}
	for _, need := range indicator.AllCapabilities.Words() {
		full(need, needNames[need])
	}
	for act := range convo.Acts() {
		full(act, actNames[act])
	}
	for _, axis := range []string{"age", "fame", "authority", "money", "secret", "skill", "family"} {
		full(axis, powerNames[axis])
	}
}

// TestLongIdentifiers holds names to what the detector does with identifiers
// that are too long to keep: people and messages are still found.
func TestLongIdentifiers(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 20)
	if len(long) <= convo.MaxID {
		t.Fatal("the identifier is not long")
	}
	c := &chatfile.Conversation{ID: "c", Participants: []chatfile.Participant{{ID: long + "a", Name: "Rio"}}, Messages: []chatfile.Message{{Message: convo.Message{ID: long}}}}
	d := testDetector(t)
	s := d.Open(convo.Head{ID: "c"}, nil)
	s.Introduce(convo.Person{ID: long + "a"})
	s.Introduce(convo.Person{ID: "b", Age: convo.AgeBand{Lo: 13, Hi: 15, Known: true}})
	s.Observe(convo.Message{ID: long, From: long + "a", To: []string{"b"}, At: at(13, 20, 0), Act: "S-05"})
	s.Observe(convo.Message{ID: "2", From: long + "a", To: []string{"b"}, At: at(13, 20, 1), Act: "S-04"})
	found := s.Findings()
	if len(found) == 0 {
		t.Fatal("no finding")
	}
	who := newPeople(c, found, func(l indicator.L) string { return l.EN })
	if f := found[0]; who.name(f.From) != "Rio" {
		t.Errorf("%q is shown as %q", f.From, who.name(f.From))
	}
	seen := false
	for _, r := range found[0].Because {
		seen = seen || r.Indicator == "S-05" && who.at(r.Message) == 0
	}
	if !seen {
		t.Errorf("the message is not found again: %+v", found[0].Because)
	}
}

// TestWriteError keeps a full disk from looking like a finished report.
func TestWriteError(t *testing.T) {
	t.Parallel()
	p := New(failing{}, Options{Width: 80})
	if err := p.Conversation(sample("en"), jaga.BandObserve); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	if err := p.End(Sum{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

var errFull = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }
