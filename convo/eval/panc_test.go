package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
)

const pancJSON = `{"datapackID":"PANC-test","description":null,"generatedAtTime":1,
"chats":{
 "one":{"className":"predator","authors":["a","b"],"hasErrors":true,"isLabelled":false,"numOfMessages":3,"content":[
   {"type":"message","author":"a","body":"hello","time":60000,"isFromPredator":true,"labels":["A"],"lineNum":1},
   null,
   {"type":"separator"},
   {"type":"message","author":"b","body":"","time":null,"isFromPredator":false,"labels":[],"lineNum":2},
   {"type":"message","author":"b","body":null},
   {"type":"message","author":"b","body":"good morning"}]},
 "two":{"className":"non-predator","content":[]}
},"after":[{"x":1}]}
`

func readPANC(in string, o ReadOptions) ([]PANCChat, Skipped, error) {
	r := NewPANCReader("panc.json", strings.NewReader(in), o)
	var all []PANCChat
	for {
		c, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, r.Skipped(), nil
		}
		if err != nil {
			return all, r.Skipped(), err
		}
		all = append(all, c)
	}
}

func TestPANCReader(t *testing.T) {
	all, skipped, err := readPANC(pancJSON, ReadOptions{Strict: true})
	if err != nil || skipped.Count != 0 || len(all) != 2 {
		t.Fatalf("%+v, %+v, %v", all, skipped, err)
	}
	one := all[0]
	if !one.Positive || !one.HasErrors || one.Missing != 1 || one.Messages() != 2 || len(one.Segments) != 2 ||
		one.Segments[1][0].ForClassifier() != "good morning" {
		t.Errorf("%+v", one)
	}
	if all[1].Positive || all[1].Messages() != 0 || len(all[1].Segments) != 1 {
		t.Errorf("%+v", all[1])
	}
}

func TestPANCReaderCountsMalformedChats(t *testing.T) {
	for old, row := range map[string]struct{ new, field string }{
		`"className":"predator"`:                    {`"className":"unknown"`, "chats[0].className"},
		`{"type":"separator"}`:                      {`{"type":"pause"}`, "chats[0].content[2].type"},
		`"body":"good morning"`:                     {`"body":7`, "chats[0].content[5].body"},
		`"content":[]`:                              {`"contents":[]`, "chats[1].content"},
		`{"className":"non-predator","content":[]}`: {`[]`, "chats[1]"},
	} {
		in := strings.Replace(pancJSON, old, row.new, 1)
		if in == pancJSON {
			t.Fatalf("%s is not there", old)
		}
		all, skipped, err := readPANC(in, ReadOptions{})
		if err != nil || len(all) != 1 || skipped.Count != 1 || skipped.First[0].Field != row.field || skipped.First[0].Offset == 0 {
			t.Errorf("%s: %d chats, %+v, %v", row.new, len(all), skipped.First, err)
		}
		var fault *LineError
		if _, _, err := readPANC(in, ReadOptions{Strict: true}); !errors.As(err, &fault) || fault.Field != row.field {
			t.Errorf("%s, strict: %v", row.new, err)
		}
	}
}

func TestPANCReaderNamesWhereTheJSONBreaks(t *testing.T) {
	secret := "words-of-a-person"
	for name, in := range map[string]string{
		"empty":            "",
		"cut off":          pancJSON[:300],
		"no object":        `["` + secret + `"]`,
		"no chats":         `{"datapackID":"x"}`,
		"chats no object":  `{"chats":["` + secret + `"]}`,
		"chats twice":      `{"chats":{},"chats":{}}`,
		"trailing":         `{"chats":{}} "` + secret + `"`,
		"not JSON at all":  "<conversations>" + secret,
		"not JSON in chat": `{"chats":{"x":{"content":[` + secret + `]}}}`,
	} {
		_, _, err := readPANC(in, ReadOptions{})
		var fault *LineError
		if !errors.As(err, &fault) || fault.File != "panc.json" || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("disk gone")
	if _, err := NewPANCReader("f", iotest.ErrReader(broken), ReadOptions{}).Next(); !errors.Is(err, broken) {
		t.Errorf("a failing disk: %v", err)
	}
	if _, err := NewPANCReader("f", &endless{`{"chats":{"x":{"content":[`, `"xxxx",`}, ReadOptions{}).Next(); err == nil {
		t.Error("a chat without an end: no error")
	}
}

// watcher finds windows that contain a word, and keeps what it was asked.
type watcher struct {
	word    string
	windows []string
}

func (w *watcher) Predict(window string) float64 {
	w.windows = append(w.windows, window)
	if strings.Contains(window, w.word) {
		return .5
	}
	return .4999
}

// texts makes n numbered messages; the ones named are marked.
func texts(n int, marked ...int) []Text {
	all := make([]Text, n)
	for i := range all {
		all[i] = NewText(fmt.Sprintf("m%d", i+1))
	}
	for _, m := range marked {
		all[m-1] = NewText(fmt.Sprintf("m%d-mark", m))
	}
	return all
}

func TestPANCWindow(t *testing.T) {
	w := &watcher{word: "never"}
	if err := NewPANCRun(w, PANCOptions{}).Add(PANCChat{Segments: [][]Text{texts(60)}}); err != nil {
		t.Fatal(err)
	}
	if len(w.windows) != 60 || w.windows[0] != "m1" || w.windows[1] != "m1 m2" {
		t.Fatalf("%d windows, %q", len(w.windows), w.windows[:2])
	}
	for i, first := range map[int]string{49: "m1 ", 50: "m2 ", 59: "m11 "} {
		if last := w.windows[i]; !strings.HasPrefix(last, first) || len(strings.Fields(last)) != 50 || !strings.HasSuffix(last, fmt.Sprint(" m", i+1)) {
			t.Errorf("window %d: %q", i+1, last)
		}
	}
}

// perMessage predicts from the last message of the window alone.
type perMessage struct{}

func (perMessage) Predict(window string) float64 {
	if strings.HasSuffix(window, "-mark") {
		return 1
	}
	return 0
}

func TestPANCMasters(t *testing.T) {
	for _, row := range []struct {
		name   string
		marked []int
		want   map[int]int // skepticism → messages seen
	}{
		{"one", []int{3}, map[int]int{1: 3, 2: 0}},
		{"two within ten", []int{3, 12}, map[int]int{1: 3, 2: 12, 3: 0}},
		{"two too far apart", []int{3, 13}, map[int]int{1: 3, 2: 0}},
		{"ten", []int{5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, map[int]int{1: 5, 5: 9, 10: 14}},
		{"the ring is false at first", []int{1, 2, 3}, map[int]int{3: 3, 4: 0}},
	} {
		r := NewPANCRun(perMessage{}, PANCOptions{})
		w, err := r.watch(texts(30, row.marked...))
		if err != nil {
			t.Fatal(err)
		}
		for s, at := range row.want {
			if w[s-1] != at {
				t.Errorf("%s: skepticism %d warns at %d, wanted %d", row.name, s, w[s-1], at)
			}
		}
	}
}

func pancChats() []PANCChat {
	return []PANCChat{
		// Found in its second segment, as message 9 of the whole.
		{Positive: true, Segments: [][]Text{texts(6), texts(7, 3), texts(3, 1)}},
		{Positive: true, Segments: [][]Text{texts(20)}},    // overlooked
		{Positive: true, Segments: [][]Text{texts(5, 2)}},  // too short for a segment, but warned of
		{Segments: [][]Text{texts(6, 6)}, HasErrors: true}, // a false alert
		{Segments: [][]Text{texts(150)}},
		{Segments: [][]Text{texts(151, 40)}, Missing: 2}, // too long for a segment
	}
}

func TestPANCRun(t *testing.T) {
	r := NewPANCRun(perMessage{}, PANCOptions{})
	for _, c := range pancChats() {
		if err := r.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	rep := r.Report()
	if rep.Positive != (PANCClass{Chats: 3, Messages: 41, ValidSegments: 3, InvalidSegments: 2}) ||
		rep.Negative != (PANCClass{Chats: 3, Messages: 307, ValidSegments: 2, InvalidSegments: 1}) ||
		rep.WithErrors != 1 || rep.MissingLines != 2 || rep.Window != 50 || rep.Threshold != .5 || len(rep.Rows) != 10 {
		t.Fatalf("%+v", rep)
	}
	one := rep.Rows[0]
	if one.Skepticism != 1 || one.Counts != (Counts{TP: 1, FP: 1, FN: 2, TN: 1}) || math.Abs(one.F1-.4) > 1e-12 || one.FPR != .5 {
		t.Errorf("%+v", one)
	}
	// Latencies are of whole chats: at messages 9 and 2.
	speed := 1 - (Penalty(9, PenaltyRate)+Penalty(2, PenaltyRate))/2
	if l := one.Latency; l.TruePositives != 2 || math.Abs(l.Speed-speed) > 1e-12 || math.Abs(l.FLatency-.4*speed) > 1e-12 || l.P != PenaltyRate {
		t.Errorf("%+v", l)
	}
	cost := func(k float64) float64 { return 1 - 1/(1+math.Exp(k-5)) }
	if want := (cost(9) + 1 + cost(2) + .5 + 0 + .5) / 6; math.Abs(one.ERDE5.Mean-want) > 1e-12 || one.ERDE50.O != 50 || one.ERDE5.Cases != 6 {
		t.Errorf("%+v, wanted %v", one.ERDE5, want)
	}
	// In the whole first chat two marks are six messages apart; in its
	// segments, never two together.
	if two := rep.Rows[1]; two.Counts.TP != 0 || two.Latency.TruePositives != 1 || two.Latency.FLatency != 0 || two.Latency.MedianMessages != 14 {
		t.Errorf("%+v", two)
	}
	if ten := rep.Rows[9]; ten.Latency.SpeedDefined || ten.Counts.TP+ten.Counts.FP != 0 {
		t.Errorf("%+v", ten)
	}
	if _, err := json.Marshal(rep); err != nil {
		t.Error(err)
	}
}

func TestPANCFastModeChangesNothing(t *testing.T) {
	var reports []PANCReport
	for _, fast := range []bool{false, true} {
		r := NewPANCRun(&watcher{word: "mark"}, PANCOptions{Fast: fast})
		for _, c := range pancChats() {
			if err := r.Add(c); err != nil {
				t.Fatal(err)
			}
		}
		reports = append(reports, r.Report())
	}
	if slow, fast := reports[0].Predictions, reports[1].Predictions; fast >= slow || fast == 0 {
		t.Errorf("%d predictions, fast %d", slow, fast)
	}
	reports[1].Predictions = reports[0].Predictions
	a, _ := json.Marshal(reports[0])
	b, _ := json.Marshal(reports[1])
	if !bytes.Equal(a, b) {
		t.Errorf("slow %s\nfast %s", a, b)
	}
}

type constant float64

func (c constant) Predict(string) float64 { return float64(c) }

func TestPANCRefusesWhatIsNoProbability(t *testing.T) {
	for _, v := range []float64{math.NaN(), -1, 1.5} {
		if err := NewPANCRun(constant(v), PANCOptions{}).Add(PANCChat{Segments: [][]Text{texts(6)}}); err == nil {
			t.Errorf("%v: no error", v)
		}
	}
}

func FuzzPANCReader(f *testing.F) {
	f.Add([]byte(pancJSON))
	f.Add([]byte(`{"chats":{"a":null,"b":{"className":"predator","content":[null,{},[],"x"]}}}`))
	f.Add([]byte(`{"chats":{}}{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewPANCReader("f", bytes.NewReader(data), ReadOptions{})
		run := NewPANCRun(constant(1), PANCOptions{Fast: true})
		for {
			c, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				if _, ok := errors.AsType[*LineError](err); !ok {
					t.Fatalf("an error without a place: %v", err)
				}
				return
			}
			if len(c.Segments) == 0 {
				t.Fatal("no segment")
			}
			if err := run.Add(c); err != nil {
				t.Fatal(err)
			}
		}
	})
}
