package tell_test

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/tell"
)

func wrongOf(pin string) string {
	if pin == "00000 00000" {
		return "00000 00001"
	}
	return "00000 00000"
}

// network is an address of a network of its own.
func network(i int) netip.Addr {
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], uint32(i)<<8|0x0b000001)
	return netip.AddrFrom4(a)
}

func elsewhere() string {
	var seed [16]byte
	seed[3] = 9
	n, _ := slip.Checked(seed)
	return n
}

// TestAlike: a wrong PIN and a number that is nobody's get the same answers,
// also when there are many of them, and typing errors another one that tells
// nothing of either.
func TestAlike(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.t.Context()
		sent := w.send("x")
		answers := map[string][]string{}
		for i := range 20 {
			for _, n := range []string{sent.Number, elsewhere()} {
				_, err := w.Look(ctx, home(), n, wrongOf(sent.PIN))
				answers[n] = append(answers[n], string(jaga.CodeOf(err))+" "+err.Error())
				err = w.Delete(ctx, network(1), n, wrongOf(sent.PIN))
				answers[n] = append(answers[n], string(jaga.CodeOf(err))+" "+err.Error())
			}
			if i%3 == 2 {
				w.now = w.now.Add(time.Minute)
			}
		}
		if !slices.Equal(answers[sent.Number], answers[elsewhere()]) {
			w.t.Errorf("the answers tell whether there is such a number:\n%q\n%q", answers[sent.Number], answers[elsewhere()])
		}
		if a := answers[sent.Number]; !strings.HasPrefix(a[0], "denied") || !strings.HasPrefix(a[20], "busy") {
			w.t.Errorf("want ten tries and then a lock: %q", a)
		}
		for _, c := range [][3]string{{"", "", "typo_number"}, {sent.Number[:13] + "?", sent.PIN, "typo_number"}, {sent.Number, "", "typo_pin"}, {sent.Number, "1234 5678", "typo_pin"}, {"<script>", "’", "typo_number"}, {elsewhere(), "1", "typo_pin"}} {
			_, err := w.Look(ctx, network(2), c[0], c[1])
			w.want(err, jaga.CodeInvalid, c[2])
		}
		if _, err := w.Look(ctx, network(2), sent.Number, sent.PIN); err != nil {
			w.t.Errorf("the writer is locked out from another network: %v", err)
		}
	})
}

// TestLocksAreShort: whoever knows a number can keep its writer out from the
// same network only, and there never for longer than a quarter of an hour.
func TestLocksAreShort(t *testing.T) {
	w := sqlite(t)
	sent := w.send("x")
	longest, waits := time.Duration(0), 0
	for range 4 {
		for range 12 * 60 { // half a day without the writer, as often as one can
			for range 3 {
				_, _ = w.Look(t.Context(), home(), sent.Number, wrongOf(sent.PIN))
			}
			w.now = w.now.Add(time.Minute)
		}
		at := w.now
		for ; ; w.now = w.now.Add(10 * time.Second) {
			if _, err := w.Look(t.Context(), home(), sent.Number, sent.PIN); err == nil {
				break
			}
			// The attacker goes on while the writer waits.
			_, _ = w.Look(t.Context(), home(), sent.Number, wrongOf(sent.PIN))
			waits++
		}
		longest = max(longest, w.now.Sub(at))
		if _, err := w.Look(t.Context(), network(5), sent.Number, sent.PIN); err != nil {
			t.Fatalf("another network: %v", err)
		}
	}
	if longest > 15*time.Minute+10*time.Second || waits == 0 {
		t.Errorf("the writer waited %s", longest)
	}
	t.Logf("the longest wait from the attacker's own network: %s", longest)
	// A clock that is set back by years makes no lock longer.
	for range 30 {
		_, _ = w.Look(t.Context(), network(6), sent.Number, wrongOf(sent.PIN))
	}
	w.now = w.now.AddDate(-3, 0, 0)
	if _, err := w.Look(t.Context(), network(6), sent.Number, sent.PIN); err != nil {
		t.Errorf("after the clock was set back: %v", err)
	}
}

// TestAttackNumbers tries for some days what an attacker can, and reckons what a
// year reaches. docs/tell.md has the numbers.
func TestAttackNumbers(t *testing.T) {
	w := sqlite(t)
	sent := w.send("x")
	const pins = 1e10
	numbers := math.Pow(2, 55)
	span := 48 // hours
	tried := func(networks, anHour int, number func(i int) string) (n int) {
		i := 0
		for range span {
			for k := range anHour {
				i++
				_, err := w.Look(t.Context(), network(100+k%networks), number(i), wrongOf(sent.PIN))
				if jaga.CodeOf(err) == jaga.CodeDenied {
					n++
				}
				w.now = w.now.Add(time.Hour / time.Duration(anHour))
			}
		}
		return n
	}
	known := func(int) string { return sent.Number }
	one := tried(1, 200, known)
	year := float64(one) * 365 * 24 / float64(span)
	if p := year / pins; one < span*3 || p > 1e-5 {
		t.Errorf("one network that knows the number reaches %g of its PINs in a year (%d tries in %d hours)", p, one, span)
	}
	t.Logf("the number is known, one network, 200 tries an hour: %.0f count in a year, %.1e of all PINs", year, year/pins)
	many := tried(50, 500, known)
	year = float64(many) * 365 * 24 / float64(span)
	if p := year / pins; p > 1e-4*5 {
		t.Errorf("50 networks that know the number reach %g of its PINs in a year", p)
	}
	t.Logf("the number is known, 50 networks, 500 tries an hour: %.0f count in a year, %.1e of all PINs", year, year/pins)
	// Nobody knows a number: what can be tried at all, against a full store.
	seed := uint64(0)
	span = 5
	guess := tried(1, 4000, func(int) string {
		var s [16]byte
		seed++
		binary.BigEndian.PutUint64(s[:], seed*0x9e3779b97f4a7c15)
		n, _ := slip.Checked(s)
		return n
	})
	year = float64(guess) * 365 * 24 / float64(span)
	if guess > span*3001 {
		t.Errorf("%d guesses in %d hours, want at most 3,000 an hour", guess, span)
	}
	t.Logf("no number is known, one network, 4,000 tries an hour: %.0f count in a year, a chance of %.1e to meet one of 5,000 numbers, and %.1e with its PIN", year, year*5000/numbers, year*5000/numbers/pins)
	w.look(sent)
}

// TestEqualWork: a number that is nobody's costs as much time as a wrong PIN.
func TestEqualWork(t *testing.T) {
	w := sqlite(t, func(o *tell.Options) { o.Work = 20_000 })
	sent := w.send("x")
	took := map[string][]time.Duration{}
	for i := range 9 {
		for _, n := range []string{sent.Number, elsewhere()} {
			began := time.Now()
			_, err := w.Look(t.Context(), network(i), n, wrongOf(sent.PIN))
			took[n] = append(took[n], time.Since(began))
			w.want(err, jaga.CodeDenied, "pin")
		}
	}
	median := func(d []time.Duration) float64 { slices.Sort(d); return float64(d[len(d)/2]) }
	a, b := median(took[sent.Number]), median(took[elsewhere()])
	if a > 2*b || b > 2*a {
		t.Errorf("%v against %v", time.Duration(a), time.Duration(b))
	}
}

func TestFloods(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	try := func(from netip.Addr) error {
		_, err := w.Send(ctx, from, tell.Letter{Token: w.Token(), Text: "x"})
		return err
	}
	day := 0
	for range 23 {
		n := 0
		for try(home()) == nil {
			n++
		}
		if n > 12 {
			t.Errorf("%d messages of one network within an hour", n)
		}
		day += n
		w.now = w.now.Add(time.Hour)
	}
	if day != 40 {
		t.Errorf("%d messages of one network within a day, want 40", day)
	}
	w.want(try(netip.MustParseAddr("::ffff:192.0.2.99")), jaga.CodeBusy, "flood")
	w.must(try(network(1)))
	// What is refused is not counted.
	for range 30 {
		_, err := w.Send(ctx, network(2), tell.Letter{Text: " "})
		w.want(err, jaga.CodeInvalid, "text")
	}
	w.must(try(network(2)))
}

// TestBounds: what is stored is bounded by count, and a writer who has a number
// can write on although the box is full.
func TestBounds(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	first := w.send("first")
	n := 1
	for i := 0; ; i++ {
		_, err := w.Send(ctx, network(i), tell.Letter{Token: w.Token(), Text: "x"})
		if err == nil {
			n++
		} else {
			w.want(err, jaga.CodeBusy, "full")
			break
		}
		if i%100 == 99 {
			w.now = w.now.Add(time.Hour)
		}
	}
	if n != 300 {
		t.Errorf("%d wait, want 300", n)
	}
	for i := range 12 {
		th, _, err := w.Reply(ctx, home(), first.Number, first.PIN, strings.Repeat("y", i+1))
		if i < 9 {
			w.must(err)
			continue
		}
		w.want(err, jaga.CodeBusy, "enough")
		if !th.Full || len(th.Messages) != 10 {
			t.Errorf("%d messages are shown", len(th.Messages))
		}
	}
	for i := 10; ; i += 2 { // answers make room, until the conversation is long
		w.must(w.Take(ctx, "person:1", 1))
		if err := w.Answer(ctx, "person:1", 1, int64(i), "z"); err != nil {
			w.want(err, jaga.CodeConflict, "answer")
			if i != 100 {
				t.Errorf("full with %d messages", i)
			}
			break
		}
		if _, _, err := w.Reply(ctx, home(), first.Number, first.PIN, "more"); err != nil {
			w.want(err, jaga.CodeBusy, "enough")
			i--
		}
	}
}

// TestKept: conversations go when their time is over, and not because a clock is
// wrong for a while.
func TestKept(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.t.Context()
		sent := w.send("x")
		tend := func(want int) {
			w.t.Helper()
			if n, err := w.Tend(ctx); err != nil || n != want {
				w.t.Errorf("%d removed, want %d; %v", n, want, err)
			}
		}
		tend(0)
		// The clock jumps ahead by ten years for some hours, and is put right.
		right := w.now
		w.now = right.AddDate(10, 0, 0)
		for range 20 {
			tend(0)
			w.now = w.now.Add(time.Hour)
		}
		w.now = right.Add(20 * time.Hour)
		tend(0)
		// It jumps again, later than a day after: what was noted then is forgotten.
		w.now = right.AddDate(10, 0, 1)
		tend(0)
		w.now = right.AddDate(-10, 0, 0)
		tend(0)
		w.now = right.Add(48 * time.Hour)
		tend(0)
		if w.look(sent).State != tell.Waiting {
			w.t.Fatal("it is gone")
		}
		w.now = begun().Add(89*24*time.Hour - 2*time.Hour)
		tend(0)
		w.look(sent)
		for w.now.Before(begun().Add(91 * 24 * time.Hour)) {
			if _, err := w.Tend(ctx); err != nil {
				w.t.Fatal(err)
			}
			w.now = w.now.Add(time.Hour)
			if _, err := w.Look(ctx, home(), sent.Number, sent.PIN); err != nil {
				w.want(err, jaga.CodeDenied, "pin")
				break
			}
		}
		if age := w.now.Sub(begun()); age < 89*24*time.Hour || age > 90*24*time.Hour+time.Hour {
			w.t.Errorf("kept for %s, want 90 days", age)
		}
		tend(0)
		w.must(w.db.View(ctx, func(tx *store.Tx) error {
			left, err := store.One[int64](tx, `SELECT (SELECT COUNT(*) FROM tell_messages) + (SELECT COUNT(*) FROM tell_threads) + (SELECT COUNT(*) FROM tell_tally)`)
			if left != 0 {
				w.t.Errorf("%d rows are left", left)
			}
			list, err2 := store.CustodyTrail(tx, "tell", 10)
			if len(list) != 2 || list[0].Detail != `{"received":"1"}` || list[1].Detail != `{"removed":"1"}` || list[0].Actor != "system" {
				w.t.Errorf("%+v", list)
			}
			if err == nil {
				err = err2
			}
			return err
		}))
		if _, err := w.db.VerifyCustody(ctx, storetest.Verifier(w.t), "", nil); err != nil {
			w.t.Error(err)
		}
	})
}

func TestCues(t *testing.T) {
	t.Parallel()
	c := tell.NewCues()
	for text, want := range map[string]bool{
		"I want to die":                                     true,
		"i dont WANT to live any more":                      true,
		"I don’t want to live.":                             true,
		"sometimes I just wanna\ndie, you know":             true,
		"gue pengen mati aja":                               true,
		"aku nggak kuat lagi kak":                           true,
		"dia di depan rumah":                                true,
		"he is coming over tonight":                         true,
		"Someone asks me for pictures.":                     false,
		"my phone died and I want a new one":                false,
		"ada yang minta foto terus":                         false,
		"kenapa HP-ku mati terus ya":                        false,
		"":                                                  false,
		strings.Repeat("hello there ", 300) + "kill myself": true,
	} {
		if got := c.Urgent(text); got != want {
			t.Errorf("%.60q: %v", text, got)
		}
	}
}

func FuzzCues(f *testing.F) {
	c := tell.NewCues()
	f.Add("I want to die", "aku mau mati")
	f.Fuzz(func(t *testing.T, a, b string) {
		if c.Urgent(a) && !c.Urgent(a+" \n "+b) && len(a) < 1000 {
			t.Errorf("%q: more text hides it", a)
		}
	})
}
