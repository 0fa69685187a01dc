package jaga_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
)

func reason() []jaga.Reason {
	return []jaga.Reason{{Match: &jaga.Match{Bank: "B", Role: jaga.RoleMatch, Entry: 7, Threshold: 31}}}
}

func finding(t *testing.T, band jaga.Band) jaga.Finding {
	t.Helper()
	f, err := jaga.NewFinding(jaga.FormCSAM, band, reason(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestUnknownIsNeverClean(t *testing.T) {
	t.Parallel()
	skip := jaga.Skip{Detector: jaga.DetectorPDQ, Why: jaga.WhyTruncated}
	optional := jaga.Skip{Detector: jaga.DetectorPDQ, Why: jaga.WhyNotGiven, Optional: true}
	ran := []jaga.Detector{jaga.DetectorExact}
	found := []jaga.Finding{finding(t, jaga.BandReview)}
	for _, c := range []struct {
		name     string
		o        jaga.Outcome
		state    jaga.State
		complete bool
	}{
		{"nothing ran", jaga.Outcome{}, jaga.StateNotChecked, false},
		{"only an optional skip", jaga.Outcome{Skipped: []jaga.Skip{optional}}, jaga.StateNotChecked, false},
		{"one ran, one required skipped", jaga.Outcome{Checked: ran, Skipped: []jaga.Skip{skip}}, jaga.StateNotChecked, false},
		{"one ran, one optional skipped", jaga.Outcome{Checked: ran, Skipped: []jaga.Skip{optional}}, jaga.StateClear, true},
		{"all ran", jaga.Outcome{Checked: ran}, jaga.StateClear, true},
		{"found", jaga.Outcome{Checked: ran, Findings: found}, jaga.StateFindings, true},
		{"found, and one skipped", jaga.Outcome{Checked: ran, Findings: found, Skipped: []jaga.Skip{skip}}, jaga.StateFindings, false},
	} {
		if got := c.o.State(); got != c.state {
			t.Errorf("%s: state %q, want %q", c.name, got, c.state)
		}
		if got := c.o.Clear(); got != (c.state == jaga.StateClear) {
			t.Errorf("%s: Clear() = %v", c.name, got)
		}
		if got := c.o.Complete(); got != c.complete {
			t.Errorf("%s: Complete() = %v", c.name, got)
		}
		text, err := json.Marshal(c.o)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if strings.Contains(string(text), "null") {
			t.Errorf("%s: a list is null in %s", c.name, text)
		}
		var back jaga.Outcome
		if err := json.Unmarshal(text, &back); err != nil || back.State() != c.state {
			t.Errorf("%s: read back as %q, error %v", c.name, back.State(), err)
		}
	}
}

func TestOutcomeRefusesAStateThatItsPartsDeny(t *testing.T) {
	t.Parallel()
	var o jaga.Outcome
	if err := json.Unmarshal([]byte(`{"state":"clear","checked":[]}`), &o); err == nil {
		t.Fatal("an outcome that says clear although nothing ran was accepted")
	}
}

func TestFindingNeedsAReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		form    jaga.Form
		band    jaga.Band
		because []jaga.Reason
		ok      bool
	}{
		{"good", jaga.FormCSAM, jaga.BandUrgent, reason(), true},
		{"no reason", jaga.FormCSAM, jaga.BandUrgent, nil, false},
		{"empty reason", jaga.FormCSAM, jaga.BandUrgent, []jaga.Reason{{}}, false},
		{"no band", jaga.FormCSAM, jaga.BandNone, reason(), false},
		{"band beyond urgent", jaga.FormCSAM, jaga.BandUrgent + 1, reason(), false},
		{"a fifth form", "fifth", jaga.BandReview, reason(), false},
	} {
		_, err := jaga.NewFinding(c.form, c.band, c.because, nil)
		if (err == nil) != c.ok {
			t.Errorf("%s: error %v, want ok=%v", c.name, err, c.ok)
		}
	}
	if _, err := json.Marshal(jaga.Finding{}); !errors.Is(err, jaga.ErrNoReason) {
		t.Errorf("the zero finding was encoded; error %v", err)
	}
	var f jaga.Finding
	if err := json.Unmarshal([]byte(`{"form":"csam","band":"review","because":[]}`), &f); !errors.Is(err, jaga.ErrNoReason) {
		t.Errorf("a finding without a reason was decoded; error %v", err)
	}
}

func TestFindingJSONRoundTrip(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(finding(t, jaga.BandUrgent))
	if err != nil {
		t.Fatal(err)
	}
	var f jaga.Finding
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	if f.Band() != jaga.BandUrgent || f.Form() != jaga.FormCSAM || f.Because()[0].Match.Entry != 7 {
		t.Errorf("read back %s as %+v", text, f)
	}
	if !strings.Contains(string(text), `"harm":"org.matrix.msc4456.child_safety.csam"`) {
		t.Errorf("published harm missing in %s", text)
	}
}

func TestFormsAreFour(t *testing.T) {
	t.Parallel()
	if n := len(jaga.Forms()); n != 4 {
		t.Fatalf("%d forms; the founding definition has four", n)
	}
	for _, f := range jaga.Forms() {
		if !f.Valid() || f.Harm() == "" {
			t.Errorf("form %q: valid %v, harm %q", f, f.Valid(), f.Harm())
		}
	}
}

func TestSignalTypes(t *testing.T) {
	t.Parallel()
	want := map[jaga.SignalType]int{jaga.PDQ: 32, jaga.MD5: 16, jaga.SHA1: 20, jaga.SHA256: 32, jaga.VPDQ: 32, jaga.Chromaprint: 32, jaga.URL: 32, jaga.Domain: 32, jaga.Keyword: 32}
	for _, s := range jaga.SignalTypes() {
		if s.Size() != want[s] || !s.Valid() || s.Exact() == (s == jaga.PDQ || s == jaga.VPDQ || s == jaga.Chromaprint) {
			t.Errorf("%s: size %d, valid %v, exact %v", s, s.Size(), s.Valid(), s.Exact())
		}
	}
	if jaga.SignalType("sha512").Valid() {
		t.Error("an unknown signal type is valid")
	}
}

func TestBandText(t *testing.T) {
	t.Parallel()
	for b := jaga.BandNone; b <= jaga.BandUrgent; b++ {
		text, err := b.MarshalText()
		var back jaga.Band
		if err != nil || back.UnmarshalText(text) != nil || back != b {
			t.Errorf("band %v: text %q, back %v, error %v", b, text, back, err)
		}
	}
	if _, err := jaga.Band(9).MarshalText(); err == nil {
		t.Error("band 9 was encoded")
	}
	var b jaga.Band
	if b.UnmarshalText([]byte("high")) == nil {
		t.Error(`band "high" was decoded`)
	}
}

func TestErrorCodes(t *testing.T) {
	t.Parallel()
	err := jaga.Errorf(jaga.CodeUnavailable, "read list: %w", io.ErrUnexpectedEOF)
	if got := jaga.CodeOf(err); got != jaga.CodeUnavailable {
		t.Errorf("code %q", got)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if got := err.Error(); got != "read list: unexpected EOF" {
		t.Errorf("message %q", got)
	}
	if got := (&jaga.Error{Field: "line 3", Msg: "bad hash"}).Error(); got != "line 3: bad hash" {
		t.Errorf("message with field %q", got)
	}
	if jaga.CodeOf(io.EOF) != jaga.CodeInternal || jaga.CodeOf(nil) != "" {
		t.Error("CodeOf of a foreign error or of nil")
	}
}

// Every code has a status of its own kind; a code that nobody knows is a fault.
func TestHTTPStatus(t *testing.T) {
	t.Parallel()
	for code, want := range map[jaga.Code]int{
		jaga.CodeInvalid: 422, jaga.CodeNotFound: 404, jaga.CodeConflict: 409, jaga.CodeDenied: 403,
		jaga.CodeUnavailable: 503, jaga.CodeBusy: 503, jaga.CodeInternal: 500, "": 500, "else": 500,
	} {
		if got := code.HTTPStatus(); got != want {
			t.Errorf("%q: %d, want %d", code, got, want)
		}
	}
}

func TestSoundCovers(t *testing.T) {
	t.Parallel()
	whole := &jaga.Sound{Query: []jaga.Range{{From: 0, To: 30}}}
	part := &jaga.Sound{Query: []jaga.Range{{From: 5, To: 10}, {From: 12, To: 20}}}
	cut := &jaga.Sound{Query: []jaga.Range{{From: 0, To: 30}}, More: true}
	var none *jaga.Sound
	if !whole.Covers(part) || part.Covers(whole) || !part.Covers(part) || cut.Covers(part) || whole.Covers(cut) || none.Covers(part) || whole.Covers(none) {
		t.Error("what covers what is told wrongly")
	}
}
