package packs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/convo"
)

// benign are short messages of ordinary life in both languages.
var benign = []string{
	"hey are you coming to practice today?", "ok see you there at 5pm", "mum says dinner is ready :)", "lol that was so funny",
	"did you finish the maths homework", "haha no way", "i'll send you the link to the video later", "good morning!! how was the trip",
	"can you bring the charger tomorrow please", "nah im at my grandma's house this weekend",
	"besok jadi latihan ga?", "udah makan belum", "wkwk lucu banget sumpah", "nanti aku kabarin lagi ya", "PR matematika nomor 5 gimana caranya",
	"otw bentar lagi nyampe", "makasih ya udah dibantuin", "hujan deres banget di sini", "jangan lupa bawa buku paket", "oke siap kak",
}

func core(b testing.TB) *convo.Detector {
	b.Helper()
	list, err := Core()
	if err != nil {
		b.Fatal(err)
	}
	d, err := convo.New(convo.Options{}, list...)
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// BenchmarkObserve observes short ordinary messages with both packs on one
// core; the target is 200,000 a second. p50 and p99 are of single messages,
// with the clock's own cost in them.
func BenchmarkObserve(b *testing.B) {
	d := core(b)
	s := d.Open(convo.Head{ID: "c", Channel: convo.ChannelPrivate}, nil)
	ids := make([]string, 1<<12)
	for i := range ids {
		ids[i] = fmt.Sprintf("m%06d", i)
	}
	to := []string{"b"}
	at := time.Date(2026, 1, 5, 18, 0, 0, 0, time.UTC)
	observe := func(i int) {
		s.Observe(convo.Message{ID: ids[i%len(ids)], From: "a", To: to, At: at.Add(time.Duration(i) * time.Second), Text: benign[i%len(benign)]})
	}
	for i := range 100 {
		observe(i)
	}
	took := make([]time.Duration, 0, 1<<16)
	b.ReportAllocs()
	b.ResetTimer()
	i := 100
	for b.Loop() {
		if i%64 == 0 && len(took) < cap(took) {
			t := time.Now()
			observe(i)
			took = append(took, time.Since(t))
		} else {
			observe(i)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	slices.Sort(took)
	if n := len(took); n > 0 {
		b.ReportMetric(float64(took[n/2].Nanoseconds()), "p50-ns")
		b.ReportMetric(float64(took[n*99/100].Nanoseconds()), "p99-ns")
	}
}

// BenchmarkObserveBaseline is the plain way, for comparison in the same run:
// one regular expression of the phrases that the packs' own tests hold, over
// the message in lower case. It undoes no spelling, knows no gaps, speakers or
// negation, and keeps no state.
func BenchmarkObserveBaseline(b *testing.B) {
	list, err := Core()
	if err != nil {
		b.Fatal(err)
	}
	var phrases []string
	for _, p := range list {
		for _, r := range p.Rules {
			for _, e := range r.Yes {
				phrases = append(phrases, regexp.QuoteMeta(strings.ToLower(e.Text)))
			}
		}
	}
	re := regexp.MustCompile(strings.Join(phrases, "|"))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		re.FindAllStringIndex(strings.ToLower(benign[i%len(benign)]), -1)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// A benign message allocates nothing once buffers have grown.
func TestObserveAllocatesNothing(t *testing.T) {
	d := core(t)
	s := d.Open(convo.Head{ID: "c", Channel: convo.ChannelPrivate}, nil)
	to := []string{"b"}
	at := time.Date(2026, 1, 5, 18, 0, 0, 0, time.UTC)
	i := 0
	observe := func() {
		s.Observe(convo.Message{From: "a", To: to, At: at.Add(time.Duration(i) * time.Second), Text: benign[i%len(benign)]})
		i++
	}
	for range 1000 {
		observe()
	}
	if s.Band() != 0 {
		t.Fatalf("ordinary messages reached %v: %+v", s.Band(), s.Findings())
	}
	if n := testing.AllocsPerRun(2000, observe); n != 0 {
		t.Errorf("%v allocations a message, want 0", n)
	}
}
