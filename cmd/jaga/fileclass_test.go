package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/web/console"
)

func TestClassesOfEntries(t *testing.T) {
	t.Parallel()
	for metadata, want := range map[string]string{
		`{"class":"A1"}`: "A1", `{"classification":"ncmec:b1"}`: "B1", `{"tags":["shape","industry/A2"]}`: "A2", `{"industryClassification":"B2"}`: "B2",
		`{"class":"B2","tags":["A1"]}`: "A1", `{"class":"C1"}`: "", `{"class":3,"tags":{"A1":true}}`: "", `{"note":"A1"}`: "", ``: "", `[]`: "",
	} {
		var got fileClass
		for _, class := range entryClasses(json.RawMessage(metadata)) {
			got.saw(class)
		}
		if got.Class != want || got.Hardest != (want == "A1" || want == "B1") {
			t.Errorf("%s: %+v, want %q", metadata, got, want)
		}
	}
}

// knownOf puts the hash of a file into a bank, with metadata.
func knownOf(t *testing.T, s *site, file []byte, metadata string) []byte {
	t.Helper()
	if _, err := s.banks.Get(t.Context(), "KNOWN"); err != nil {
		if _, err := s.banks.Create(t.Context(), "person:1", bank.Defaults("KNOWN")); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha256.Sum256(file)
	v, err := engine.ParseValue(jaga.SHA256, hex.EncodeToString(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.banks.Add(t.Context(), "person:1", "KNOWN", bank.NewEntry{Values: []engine.Value{v}, Metadata: json.RawMessage(metadata)}); err != nil {
		t.Fatal(err)
	}
	return file
}

// viewed has a person look at a file for as long as a view takes.
func viewed(ctx context.Context, t *testing.T, s *site, caseID int64, v console.Veiled) {
	t.Helper()
	session, err := s.look.Open(ctx, "person:1", look.Ask{Case: caseID, Purpose: look.Review})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.look.Begin(ctx, "person:1", look.Show{Session: session.ID, File: v.Key, Kind: v.Kind, Class: v.Class})
	if err == nil {
		err = s.look.Serve(ctx, "person:1", r.ID, look.Bytes{To: v.Bytes, Size: v.Bytes})
	}
	if err == nil {
		_, err = s.look.Beat(ctx, "person:1", r.ID, look.Screen{On: true, Width: 9, Height: 9})
	}
	time.Sleep(look.ViewedAfter)
	if err == nil {
		err = s.look.End(ctx, "person:1", r.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := s.look.Viewed(ctx, v.Key); err != nil || !seen.Viewed {
		t.Fatalf("%+v (%v)", seen, err)
	}
}

// keptFiles are the ids of what is kept in a case.
func keptFiles(t *testing.T, s *site, caseID int64) (out []string) {
	t.Helper()
	for _, it := range keptIn(t, s, caseID) {
		out = append(out, it.ID)
	}
	return out
}

// TestSecondPersonForWhatIsKnown: a list, a classifier or an earlier decision on
// the same content asks for a second person before anybody looks, and without one
// nothing is shown.
func TestSecondPersonForWhatIsKnown(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_CASES_SECOND_PERCENT=0")
	me := as(t.Context(), "person:1", reviewer())
	veil := func(caseID int64) (string, bool) {
		t.Helper()
		files := keptFiles(t, s, caseID)
		v, err := s.files.Veiled(me, "person:1", caseID, files[len(files)-1])
		if err != nil {
			t.Fatal(err)
		}
		return v.Class, v.Hardest
	}
	newest := func() int64 {
		t.Helper()
		top := int64(0)
		for _, c := range casesOf(t, s) {
			top = max(top, c.ID)
		}
		return top
	}
	for i, c := range []struct {
		metadata, class string
		hardest         bool
	}{{"", "", false}, {`{"class":"A2"}`, "A2", false}, {`{"tags":["B1"]}`, "B1", true}} {
		upload(t, s, "account-"+string(rune('a'+i)), knownOf(t, s, testpic.PNG(testpic.Photo(uint64(10+i), 320, 240)), c.metadata))
		if class, hardest := veil(newest()); class != c.class || hardest != c.hardest {
			t.Errorf("%s: %q, %v", c.metadata, class, hardest)
		}
	}
	hard := newest()
	v, err := s.files.Veiled(me, "person:1", hard, keptFiles(t, s, hard)[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.work.cases.Take(t.Context(), "person:1", hard); err != nil {
		t.Fatal(err)
	}
	session, err := s.look.Open(me, "person:1", look.Ask{Case: hard, Purpose: look.Review, NeedsSecond: v.Hardest})
	if err != nil {
		t.Fatal(err)
	}
	show := look.Show{Session: session.ID, File: v.Key, Kind: v.Kind, Class: v.Class}
	if _, err := s.look.Begin(me, "person:1", show); jaga.CodeOf(err) != jaga.CodeDenied {
		t.Errorf("shown without a second person: %v", err)
	}
	if err := s.look.Consent(t.Context(), "person:2", session.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.look.Begin(me, "person:1", show); err != nil {
		t.Error(err)
	}

	// A decision on the content counts in another case, once it stands; in its own
	// case the next person does not learn of the first answer.
	file := knownPicture(t, s, 30)
	upload(t, s, "account-x", file)
	id := newest()
	decide := func(person string) {
		t.Helper()
		l, err := s.work.cases.Take(t.Context(), person, id)
		if err != nil {
			t.Fatal(err)
		}
		facts := taxonomy.Unknown("own_review")
		facts.Subject, facts.Age, facts.Confidence, facts.Pubertal, facts.Activity = "real", "7-10", "high", "prepubescent", "penetrative"
		if _, err := s.work.cases.Decide(t.Context(), l, casework.Decision{Facts: facts, Outcome: casework.Confirmed}); err != nil {
			t.Fatal(err)
		}
	}
	if v, err = s.files.Veiled(me, "person:1", id, keptFiles(t, s, id)[0]); err != nil {
		t.Fatal(err)
	}
	l, err := s.work.cases.Take(t.Context(), "person:1", id)
	if err != nil {
		t.Fatal(err)
	}
	viewed(me, t, s, id, v)
	if err := s.work.cases.Release(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	decide("person:2")
	if class, hardest := veil(id); class != "" || hardest {
		t.Errorf("a first answer is told to the second person: %q, %v", class, hardest)
	}
	decide("person:3")
	if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE case_decisions SET undo_until = 1 WHERE case_id = $1`, id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if class, hardest := veil(id); class != "A1" || !hardest {
		t.Errorf("a decision that stands: %q, %v", class, hardest)
	}
	it, err := s.evidence.Put(t.Context(), "person:1", evidence.Acquisition{Tool: "test", ToolVersion: "1", Operator: "person:1", Source: "account-y", Method: "upload", Name: "y", At: time.Now()}, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if class, err := s.files.classOf(me, it, intake.Record{}); err != nil || class != (fileClass{"A1", true}) {
		t.Errorf("the same content elsewhere: %+v, %v", class, err)
	}
	other, err := s.evidence.Put(t.Context(), "person:1", evidence.Acquisition{Tool: "test", ToolVersion: "1", Operator: "person:1", Source: "account-y", Method: "upload", Name: "z", At: time.Now()}, bytes.NewReader(testpic.PNG(testpic.Photo(31, 64, 64))))
	if err != nil {
		t.Fatal(err)
	}
	scores := intake.Record{}
	scores.Outcome.Scores = []jaga.Score{{Name: "x", Version: "1", Category: "b1", Value: 0.49}, {Name: "x", Version: "1", Category: "A2", Value: 0.9}}
	if class, err := s.files.classOf(me, other, scores); err != nil || class != (fileClass{"A2", false}) {
		t.Errorf("what a classifier says: %+v, %v", class, err)
	}
	scores.Outcome.Scores[0].Value = 0.5
	if class, err := s.files.classOf(me, other, scores); err != nil || class != (fileClass{"B1", true}) {
		t.Errorf("what a classifier says: %+v, %v", class, err)
	}
}
