package model

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/text"
)

func TestTrainTellsTopicsApart(t *testing.T) {
	t.Parallel()
	m, r := trained(t, talk(1, 600, 0.15), 3)
	t.Logf("AUC %.4f AP %.4f F0.5 %.3f %v %v %v ECE %.3f Brier %.3f, messages ECE %.3f Brier %.3f, %d passes",
		r.AUC, r.AveragePrecision, r.FHalf, r.ERDE[0], r.ERDE[1], r.Latency, r.Conversations.ECE, r.Conversations.Brier, r.Messages.ECE, r.Messages.Brier, r.Info.Passes)
	if r.AUC < 0.95 || r.AveragePrecision < 0.95 || r.FHalf < 0.9 {
		t.Errorf("AUC %.3f, average precision %.3f, F0.5 %.3f", r.AUC, r.AveragePrecision, r.FHalf)
	}
	if !r.Info.Settled {
		t.Errorf("learning did not settle in %d passes", r.Info.Passes)
	}
	if r.Messages.ECE > 0.08 || r.Conversations.ECE > 0.08 {
		t.Errorf("ECE of messages %.3f, of conversations %.3f", r.Messages.ECE, r.Conversations.ECE)
	}
	if r.Latency.P != eval.PenaltyRate || r.Latency.FLatency < 0.8 || r.ERDE[1].Mean > 0.2 {
		t.Errorf("%v, %v", r.Latency, r.ERDE)
	}
	i := r.Info
	if n := i.Train.Conversations + i.Calibrate.Conversations + i.Test.Conversations; n != 600 || i.Groups != 300 || i.Largest != 2 {
		t.Errorf("%d conversations in %d groups, the largest of %d", n, i.Groups, i.Largest)
	}
	c := r.Counts
	if n := c.TP + c.FP + c.FN + c.TN; n != i.Test.Conversations || c.TP+c.FN != i.Test.Positives {
		t.Errorf("the counts %+v are not those of the test part %+v", c, i.Test)
	}
	for _, b := range r.Baselines {
		if b.AUC < 0.5 || b.AUC > 0.65 {
			t.Errorf("%s alone: AUC %.2f on data where it says nothing", b.Name, b.AUC)
		}
	}
	// A message of one topic stands on its side of the prior.
	if on, off := scoreOf(m, "garlic and butter"), scoreOf(m, "the striker kick"); on <= m.Prior() || off >= m.Prior() {
		t.Errorf("scores %.3f and %.3f around the prior %.3f", on, off, m.Prior())
	}
}

func scoreOf(m *Model, message string, indicators ...int) float64 {
	var x text.Text
	x.Normalise(message)
	return m.Score(&x, indicators)
}

// TestTrainLearnsNothingFromNoise holds the measurement honest: with labels
// that mean nothing, a person-disjoint test finds nothing.
func TestTrainLearnsNothingFromNoise(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 5))
	var noise bytes.Buffer
	for line := range bytes.Lines(talk(2, 400, 0)) {
		label := fmt.Sprintf(`"label":%d`, rnd.IntN(2))
		noise.Write(bytes.Replace(bytes.Replace(line, []byte(`"label":0`), []byte(label), 1), []byte(`"label":1`), []byte(label), 1))
	}
	for seed := range uint64(2) {
		_, r, err := Train(t.Context(), readSet(t, noise.Bytes()), Options{Seed: seed})
		switch {
		case errors.Is(err, ErrNothingLearned):
		case err != nil:
			t.Error(err)
		case r.AUC > 0.65:
			t.Errorf("seed %d: AUC %.3f from labels that mean nothing", seed, r.AUC)
		}
	}
}

func TestTrainIsDeterministic(t *testing.T) {
	t.Parallel()
	data := talk(3, 200, 0.2)
	m1, r1 := trained(t, data, 9)
	m2, r2 := trained(t, data, 9)
	if !bytes.Equal(written(t, m1), written(t, m2)) || m1.Digest() != m2.Digest() {
		t.Error("the same data and seed gave other bytes")
	}
	j1, err1 := json.Marshal(r1)
	j2, err2 := json.Marshal(r2)
	if err1 != nil || err2 != nil || !bytes.Equal(j1, j2) {
		t.Errorf("the same data and seed gave another report (%v, %v)", err1, err2)
	}
	if m3, _ := trained(t, data, 10); m3.Digest() == m1.Digest() {
		t.Error("another seed gave the same model")
	}
}

// TestTrainKeepsNoText looks for words and ids in what leaves the training.
func TestTrainKeepsNoText(t *testing.T) {
	t.Parallel()
	m, r := trained(t, talk(4, 200, 0.3), 1)
	report, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"garlic", "striker", "p10-1", `"c10"`} {
		if bytes.Contains(written(t, m), []byte(secret)) || bytes.Contains(report, []byte(secret)) {
			t.Errorf("the model or its report holds %q", secret)
		}
	}
	s := readSet(t, talk(4, 20, 0.3))
	if got := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); strings.Contains(got, "p1-1") || !strings.Contains(got, "20 labelled") {
		t.Errorf("a set prints as %q", got)
	}
}

func TestTrainRefuses(t *testing.T) {
	t.Parallel()
	full := talk(5, 100, 0.2)
	one := bytes.ReplaceAll(full, []byte(`"label":1`), []byte(`"label":0`))
	hub := bytes.ReplaceAll(full, []byte(`"messages":[`), []byte(`"participants":[{"id":"everybody"}],"messages":[`))
	for name, c := range map[string]struct {
		data []byte
		o    Options
		is   error
		says string
	}{
		"one class":     {one, Options{}, ErrOneClass, "0 conversations have the label 1, 100 the label 0"},
		"few":           {talk(5, 12, 0.2), Options{}, nil, "too few conversations"},
		"one circle":    {hub, Options{}, ErrTooFewPersons, "make 1 groups"},
		"nothing":       {nil, Options{}, ErrOneClass, "0 conversations"},
		"negative cost": {full, Options{Cost: -1}, nil, "the cost -1"},
	} {
		_, _, err := Train(t.Context(), readSet(t, c.data), c.o)
		if err == nil || (c.is != nil && !errors.Is(err, c.is)) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Train(ctx, readSet(t, full), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// TestTrainUsesIndicators lets the indicators alone tell the classes apart.
func TestTrainUsesIndicators(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 1))
	var data bytes.Buffer
	for i := range 200 {
		fmt.Fprintf(&data, `{"conversation":"c%d","label":%d,"messages":[`, i, i%2)
		for k := range 5 {
			fmt.Fprintf(&data, `{"from":"p%d","text":"ok then"},`, i)
			if k > 0 && i%2 == 1 && rnd.IntN(3) == 0 {
				fmt.Fprintf(&data, `{"from":"p%d","act":"G-13"},`, i)
			}
		}
		fmt.Fprintf(&data, `{"from":"p%d","act":"join"}]}`+"\n", i)
	}
	m, r := trained(t, data.Bytes(), 2)
	if r.AUC < 0.8 || r.Info.Unread != 200 {
		t.Errorf("AUC %.3f, %d events unread", r.AUC, r.Info.Unread)
	}
	g13 := indicator.Index("G-13")
	with, twice, without := scoreOf(m, "ok then", g13), scoreOf(m, "ok then", g13, g13, -1, 1000), scoreOf(m, "ok then")
	if with <= without || with != twice {
		t.Errorf("with the indicator %v, given twice and with strangers %v, without %v", with, twice, without)
	}
}

// TestTrainGivesIndicatorsTheSides checks who says what to whom.
func TestTrainGivesIndicatorsTheSides(t *testing.T) {
	t.Parallel()
	data := bytes.ReplaceAll(talk(6, 100, 0.3), []byte(`"messages":[`),
		[]byte(`"participants":[{"id":"x"}],"messages":[{"from":"a1","to":["b1"],"text":"aside"},`))
	n := 0
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		a, b := fmt.Sprintf("a%d", n/2), fmt.Sprintf("b%d", n/2)
		people := fmt.Sprintf(`"participants":[{"id":%q,"age_band":"adult"},{"id":%q,"age_band":"13-15"}]`, a, b)
		line = bytes.ReplaceAll(line, []byte(`"participants":[{"id":"x"}]`), []byte(people))
		line = bytes.ReplaceAll(line, []byte(`"from":"a1","to":["b1"]`), fmt.Appendf(nil, `"from":%q,"to":%q`, a, b))
		out.Write(line)
		n++
	}
	sides := map[string]int{}
	_, r, err := Train(t.Context(), readSet(t, out.Bytes()), Options{Indicators: func(message, from, to string) []int {
		if message == "aside" {
			sides[from+" to "+to]++
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(sides) != 1 || sides["adult to minor"] != 100 {
		t.Errorf("sides %v", sides)
	}
	if r.Info.ChildMessages != 0 {
		t.Errorf("%d messages of children, of whom none wrote", r.Info.ChildMessages)
	}
}

// TestTrainLeavesOutWhatChildrenWrite lets the labels show in a child's words
// alone: nothing can be learned, though without the ages it could.
func TestTrainLeavesOutWhatChildrenWrite(t *testing.T) {
	t.Parallel()
	var known, unstated bytes.Buffer
	for i := range 300 {
		word := football[i/2%len(football)]
		if i%2 == 1 {
			word = cooking[i/2%len(cooking)]
		}
		messages := fmt.Sprintf(`"messages":[{"from":"a%d","text":"%s %s"},{"from":"b%d","text":"%s %s"}]}`+"\n",
			i, filler[i/2%len(filler)], filler[i/3%len(filler)], i, word, word)
		fmt.Fprintf(&unstated, `{"conversation":"c%d","label":%d,%s`, i, i%2, messages)
		fmt.Fprintf(&known, `{"conversation":"c%d","label":%d,"participants":[{"id":"a%d","age_band":"adult"},{"id":"b%d","age_band":"10-12"}],%s`, i, i%2, i, i, messages)
	}
	if _, r := trained(t, unstated.Bytes(), 1); r.AUC < 0.95 || r.Info.ChildMessages != 0 {
		t.Errorf("AUC %.3f with unstated ages", r.AUC)
	}
	_, r, err := Train(t.Context(), readSet(t, known.Bytes()), Options{Seed: 1, Indicators: func(_, from, _ string) []int {
		if from != adult {
			t.Errorf("the indicators of a message from %s were asked for", from)
		}
		return nil
	}})
	switch {
	case errors.Is(err, ErrNothingLearned):
	case err != nil:
		t.Error(err)
	case r.AUC > 0.7 || r.Info.ChildMessages != 300:
		t.Errorf("AUC %.3f, %d messages of children left out", r.AUC, r.Info.ChildMessages)
	}
}

func TestSplitKeepsCopiesTogether(t *testing.T) {
	t.Parallel()
	first := talk(7, 100, 0.3)
	// The same conversations under other names, and in other lines.
	second := bytes.ReplaceAll(bytes.ReplaceAll(first, []byte(`"from":"p`), []byte(`"from":"q`)), []byte(`"conversation":"c`), []byte(`"conversation":"d`))
	s := readSet(t, append(first, second...))
	for seed := range uint64(5) {
		parts, duplicates, err := s.split(seed)
		if err != nil {
			t.Fatal(err)
		}
		if duplicates != 100 || parts.Groups != 50 {
			t.Errorf("%d duplicates, %d groups", duplicates, parts.Groups)
		}
		for i := range 100 {
			if parts.Of[i] != parts.Of[100+i] {
				t.Errorf("seed %d: conversation %d and its copy are in two parts", seed, i)
			}
		}
	}
}

func TestBestThreshold(t *testing.T) {
	t.Parallel()
	got, err := bestThreshold([]eval.Scored{{Score: 0.9, Positive: true}, {Score: 0.7, Positive: true}, {Score: 0.3}, {Score: 0.2}})
	if err != nil || got != 0.5 {
		t.Errorf("threshold %v, %v; want the middle 0.5", got, err)
	}
	got, err = bestThreshold([]eval.Scored{{Score: 0.5, Positive: true}, {Score: 0.5}})
	if err != nil || got != 0.5 {
		t.Errorf("threshold %v, %v of equal scores", got, err)
	}
}
