package takedown_test

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/takedown"
	"github.com/jaga-project/jaga/internal/testpic"
)

var home = netip.MustParseAddr("192.0.2.7")

// world is an installation as far as cases need it, with a clock that the test
// turns.
type world struct {
	t     *testing.T
	db    *store.DB
	banks *bank.Service
	eng   *engine.Engine
	in    *intake.Service
	s     *takedown.Service
	now   time.Time
}

func open(t *testing.T, db *store.DB) *world {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	w := &world{t: t, db: db, eng: engine.New(), now: time.Now()}
	var err error
	if w.banks, err = bank.Open(ctx, db, w.eng, bank.Options{Dir: t.TempDir(), Key: [32]byte{7}}); err != nil {
		t.Fatal(err)
	}
	w.s = takedown.New(db, w.banks, w.eng, takedown.Options{Key: [32]byte{7}, Open: true, Now: func() time.Time { return w.now }})
	w.in = intake.New(ctx, db, w.eng, media.NewDecoder(media.DefaultLimits(), 1), intake.Options{Rotations: true, Matched: takedown.Saw})
	t.Cleanup(w.in.Wait)
	return w
}

// picture returns a generated picture, its codes, and a smaller copy of it.
func picture(t *testing.T, seed uint64) (file []byte, codes []engine.Value, copied []byte) {
	t.Helper()
	photo := testpic.Photo(seed, 900, 700)
	file, copied = testpic.PNG(photo), testpic.PNG(testpic.Resize(photo, 500, 389))
	m, err := media.NewDecoder(media.DefaultLimits(), 1).Measure(t.Context(), bytes.NewReader(file), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Usable() {
		if s.Type == jaga.SHA1 {
			continue
		}
		v, err := engine.ParseValue(s.Type, s.Value)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, v)
	}
	if len(codes) != 3 {
		t.Fatalf("%d codes", len(codes))
	}
	return file, codes, copied
}

func (w *world) file(codes []engine.Value) (number, pin string) {
	w.t.Helper()
	number, pin, err := w.s.File(w.t.Context(), home, codes)
	if err != nil {
		w.t.Fatal(err)
	}
	return number, pin
}

func (w *world) look(number, pin string) slip.Case {
	w.t.Helper()
	c, err := w.s.Look(w.t.Context(), home, number, pin)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) list(state slip.State) []takedown.Review {
	w.t.Helper()
	list, err := w.s.List(w.t.Context(), state, 50)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// take hands a file in and returns how many matches it has.
func (w *world) take(file []byte) int {
	w.t.Helper()
	rec, err := w.in.Take(w.t.Context(), intake.Request{Source: "test", Body: bytes.NewReader(file)})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(rec.Outcome.Matches)
}

func (w *world) accept(id int64) {
	w.t.Helper()
	if err := w.s.Accept(w.t.Context(), "person:1", id); err != nil {
		w.t.Fatal(err)
	}
}

// TestCase follows a case from its filing to its withdrawal.
func TestCase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		file, codes, copied := picture(t, 1)
		number, pin := w.file(codes)
		if c := w.look(number, pin); c.State != slip.Waiting || c.Codes != 3 || c.Looking != 0 || c.Seen != 0 {
			t.Fatalf("%+v", c)
		}
		if n := w.take(copied); n != 0 {
			t.Fatalf("%d matches before anybody accepted the case", n)
		}
		waiting := w.list(slip.Waiting)
		if len(waiting) != 1 || waiting[0].Kinds()[jaga.PDQ] != 1 || len(waiting[0].Codes) != 3 {
			t.Fatalf("%+v", waiting)
		}
		w.accept(waiting[0].ID)
		if err := w.s.Accept(t.Context(), "person:1", waiting[0].ID); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("accepted twice: %v", err)
		}
		if n := w.take(copied); n == 0 {
			t.Fatal("a smaller copy does not match")
		}
		if n := w.take(file); n < 3 {
			t.Fatalf("the file itself has %d matches, want all three codes", n)
		}
		if c := w.look(number, pin); c.State != slip.Accepted || c.Looking != 3 || c.Seen != 2 {
			t.Errorf("%+v, want two files seen", c)
		}
		b, err := w.banks.Get(t.Context(), takedown.BankName)
		if err != nil || b.Entries != 3 || b.Role != jaga.RoleMatch {
			t.Errorf("%+v, %v", b, err)
		}
		// Switched off by hand, the entries are looked for no longer, and the
		// case says so.
		if _, err := w.banks.Update(t.Context(), "person:1", takedown.BankName, func(s *bank.Settings) { s.EnabledRatio = 0 }); err != nil {
			t.Fatal(err)
		}
		if c := w.look(number, pin); c.Looking != 0 {
			t.Errorf("%d codes are looked for in a bank that is off", c.Looking)
		}
		if c, err := w.s.Withdraw(t.Context(), home, strings.ToLower(number), pin); err != nil || c.State != slip.Withdrawn {
			t.Fatalf("%+v, %v", c, err)
		}
		if c, err := w.s.Withdraw(t.Context(), home, number, pin); err != nil || c.State != slip.Withdrawn || c.Codes != 3 {
			t.Fatalf("withdrawn twice: %+v, %v", c, err)
		}
		if _, err := w.banks.Update(t.Context(), "person:1", takedown.BankName, func(s *bank.Settings) { s.EnabledRatio = 1 }); err != nil {
			t.Fatal(err)
		}
		if n := w.take(copied); n != 0 {
			t.Errorf("%d matches after the withdrawal", n)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			left, err := store.One[int64](tx, `SELECT (SELECT COUNT(*) FROM takedown_codes) + (SELECT COUNT(*) FROM entries)`)
			if left != 0 {
				t.Errorf("%d codes are left", left)
			}
			trail, err2 := store.CustodyTrail(tx, "takedown:1", 10)
			var acts []string
			for _, r := range trail {
				acts = append(acts, r.Actor+" "+r.Action)
				for _, v := range codes {
					if strings.Contains(r.Detail, v.String()) {
						t.Errorf("a record holds a code: %s", r.Detail)
					}
				}
			}
			if !slices.Equal(acts, []string{"reader takedown.file", "person:1 takedown.accept", "reader takedown.withdraw"}) || err2 != nil {
				t.Errorf("records: %v", acts)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
	})
}

// TestLateSighting: what came in before a case was accepted is found by looking
// again, and counted once although all three codes match it.
func TestLateSighting(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		file, codes, _ := picture(t, 2)
		w.take(file)
		number, pin := w.file(codes)
		w.accept(w.list(slip.Waiting)[0].ID)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- db.Work(ctx, 1, map[string]store.Handler{bank.GrewJob: w.in.Rematch, bank.RebuildJob: w.banks.RebuildWork})
		}()
		for began := time.Now(); w.look(number, pin).Seen == 0 && time.Since(began) < 20*time.Second; time.Sleep(10 * time.Millisecond) {
		}
		time.Sleep(200 * time.Millisecond) // jobs that wait for their turn
		stop()
		<-done
		if c := w.look(number, pin); c.Seen != 1 {
			t.Errorf("seen %d times, want once", c.Seen)
		}
	})
}

// TestSharedCode: the same code in two cases is one entry, which stays for as
// long as one of them is accepted.
func TestSharedCode(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		file, codes, _ := picture(t, 3)
		n1, p1 := w.file(codes)
		n2, p2 := w.file(codes[:2])
		waiting := w.list(slip.Waiting)
		if waiting[0].Shared != 1 || waiting[1].Shared != 1 {
			t.Errorf("shared with %d and %d other cases, want 1", waiting[0].Shared, waiting[1].Shared)
		}
		w.accept(waiting[0].ID)
		w.accept(waiting[1].ID)
		if b, err := w.banks.Get(t.Context(), takedown.BankName); err != nil || b.Entries != 3 {
			t.Fatalf("%d entries, want 3 (%v)", b.Entries, err)
		}
		w.take(file)
		if a, b := w.look(n1, p1), w.look(n2, p2); a.Seen != 1 || b.Seen != 1 || a.Looking != 3 || b.Looking != 2 {
			t.Errorf("%+v, %+v", a, b)
		}
		if _, err := w.s.Withdraw(t.Context(), home, n1, p1); err != nil {
			t.Fatal(err)
		}
		if b, err := w.banks.Get(t.Context(), takedown.BankName); err != nil || b.Entries != 2 {
			t.Errorf("%d entries, want the 2 of the other case (%v)", b.Entries, err)
		}
		// Not accepted any longer, and then again: a reviewer can go both ways.
		if err := w.s.Refuse(t.Context(), "person:1", waiting[1].ID, slip.Common); err != nil {
			t.Fatal(err)
		}
		if c := w.look(n2, p2); c.State != slip.Refused || c.Reason != slip.Common || c.Looking != 0 {
			t.Errorf("%+v", c)
		}
		if n := w.take(file); n != 0 {
			t.Errorf("%d matches of a case that is accepted no longer", n)
		}
		w.accept(waiting[1].ID)
		if n := w.take(file); n != 2 {
			t.Errorf("%d matches of a case that is accepted again, want 2", n)
		}
		if err := w.s.Refuse(t.Context(), "person:1", waiting[1].ID, "because"); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("a reason that there is not: %v", err)
		}
		if err := w.s.Refuse(t.Context(), "person:1", 999, slip.Common); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("a case that there is not: %v", err)
		}
	})
}

// TestWarnings: a reviewer is told of allow banks and of other banks.
func TestWarnings(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	_, codes, _ := picture(t, 4)
	for name, role := range map[string]jaga.Role{"KNOWN": jaga.RoleMatch, "HARMLESS": jaga.RoleAllow} {
		set := bank.Defaults(name)
		set.Role = role
		if _, err := w.banks.Create(t.Context(), "person:1", set); err != nil {
			t.Fatal(err)
		}
		if _, err := w.banks.Add(t.Context(), "person:1", name, bank.NewEntry{Values: codes[:1]}); err != nil {
			t.Fatal(err)
		}
	}
	w.file(codes)
	r := w.list(slip.Waiting)[0]
	if !slices.Equal(r.Allowed, []string{"HARMLESS"}) || !slices.Equal(r.Known, []string{"KNOWN"}) {
		t.Errorf("allowed by %v, known to %v", r.Allowed, r.Known)
	}
}

// TestWrongPIN: a wrong PIN and a number that is nobody's get the same answers,
// also when there are many of them.
func TestWrongPIN(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	_, codes, _ := picture(t, 5)
	number, pin := w.file(codes)
	wrong := "0000 0000"
	if wrong == pin {
		wrong = "0000 0001"
	}
	elsewhere := slip.NewNumber()
	answers := map[string][]string{}
	from := netip.MustParseAddr("2001:db8::1")
	for i := range 16 {
		for _, n := range []string{number, elsewhere} {
			_, err := w.s.Look(t.Context(), from, n, wrong)
			answers[n] = append(answers[n], string(jaga.CodeOf(err))+err.Error())
		}
		if i == 12 {
			if _, err := w.s.Look(t.Context(), from, number, pin); jaga.CodeOf(err) != jaga.CodeBusy {
				t.Errorf("a locked number answers to its PIN: %v", err)
			}
			w.now = w.now.Add(16 * time.Minute)
		}
	}
	if !slices.Equal(answers[number], answers[elsewhere]) {
		t.Errorf("the answers tell whether there is such a case:\n%q\n%q", answers[number], answers[elsewhere])
	}
	if a := answers[number]; a[9] == a[10] || a[0] != a[9] || a[13] != a[0] || a[14] != a[10] {
		t.Errorf("want 10 tries, a lock, and after 15 minutes one more: %q", a)
	}
	w.now = w.now.Add(16 * time.Minute) // the lock is twice as long now
	if _, err := w.s.Look(t.Context(), from, number, pin); jaga.CodeOf(err) != jaga.CodeBusy {
		t.Errorf("the second lock is no longer than the first: %v", err)
	}
	w.now = w.now.Add(16 * time.Minute)
	if _, err := w.s.Look(t.Context(), from, number, pin); err != nil {
		t.Errorf("after the lock the PIN fits: %v", err)
	}
	for _, c := range [][2]string{{"", ""}, {number, ""}, {"", pin}, {number, pin + "1"}, {"<script>", "’"}} {
		if _, err := w.s.Look(t.Context(), home, c[0], c[1]); jaga.CodeOf(err) != jaga.CodeDenied || err.Error() != "pin: find case: number and PIN do not fit" {
			t.Errorf("%q: %v", c, err)
		}
	}
}

// TestFloods: one network can file and try only so much, and neighbours share
// its limit; nothing but one installation's memory knows of it.
func TestFloods(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	_, codes, _ := picture(t, 6)
	try := func(from string) error {
		_, _, err := w.s.File(t.Context(), netip.MustParseAddr(from), codes)
		return err
	}
	n := 0
	for try("192.0.2.1") == nil {
		n++
	}
	if n != 20 {
		t.Errorf("%d cases of one network within an hour, want 20", n)
	}
	if err := try("::ffff:192.0.2.200"); jaga.CodeOf(err) != jaga.CodeBusy {
		t.Errorf("a neighbour: %v", err)
	}
	if err := try("198.51.100.1"); err != nil {
		t.Errorf("another network: %v", err)
	}
	if err := try("2001:db8:1:2::1"); err != nil {
		t.Errorf("another network: %v", err)
	}
	w.now = w.now.Add(61 * time.Minute)
	if err := try("192.0.2.1"); err != nil {
		t.Errorf("after an hour: %v", err)
	}
	for i := 0; ; i++ { // until all wait that may
		err := try(netip.AddrFrom4([4]byte{10, byte(i >> 4), byte(i & 15), 1}).String())
		if err == nil {
			w.now = w.now.Add(time.Minute)
			continue
		}
		if jaga.CodeOf(err) != jaga.CodeBusy || !strings.HasPrefix(err.Error(), "full") {
			t.Errorf("%v", err)
		}
		if waiting, err := w.s.Waiting(t.Context()); err != nil || waiting != 300 {
			t.Errorf("%d cases wait, want 300 (%v)", waiting, err)
		}
		break
	}
	missed := 0
	for jaga.CodeOf(func() error { _, err := w.s.Look(t.Context(), home, slip.NewNumber(), "1111 1111"); return err }()) == jaga.CodeDenied {
		missed++
	}
	if missed != 60 {
		t.Errorf("%d wrong numbers of one network, want 60", missed)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	w := open(t, db)
	_, codes, _ := picture(t, 7)
	number, pin := w.file(codes)
	closed := takedown.New(db, w.banks, w.eng, takedown.Options{Key: [32]byte{7}})
	if _, _, err := closed.File(t.Context(), home, codes); jaga.CodeOf(err) != jaga.CodeUnavailable || closed.Open() {
		t.Errorf("%v", err)
	}
	if c, err := closed.Withdraw(t.Context(), home, number, pin); err != nil || c.State != slip.Withdrawn {
		t.Errorf("a case cannot be withdrawn where none are taken in: %v", err)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	_, codes, _ := picture(t, 8)
	number, pin := w.file(codes)
	id := w.list(slip.Waiting)[0].ID
	if err := w.s.Refuse(t.Context(), "person:1", id, slip.Unusable); err != nil {
		t.Fatal(err)
	}
	purge := func() {
		t.Helper()
		if err := w.s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	purge()
	if n := len(w.list(slip.Refused)[0].Codes); n != 3 {
		t.Errorf("%d codes are left at once", n)
	}
	w.now = w.now.Add(8 * 24 * time.Hour)
	purge()
	if n := len(w.list(slip.Refused)[0].Codes); n != 0 {
		t.Errorf("%d codes are left after a week", n)
	}
	if err := w.s.Accept(t.Context(), "person:1", id); jaga.CodeOf(err) != jaga.CodeConflict {
		t.Errorf("a case without codes is accepted: %v", err)
	}
	if c := w.look(number, pin); c.State != slip.Refused || c.Codes != 3 {
		t.Errorf("%+v", c)
	}
	w.now = w.now.Add(180 * 24 * time.Hour)
	purge()
	if _, err := w.s.Look(t.Context(), home, number, pin); jaga.CodeOf(err) != jaga.CodeDenied {
		t.Errorf("after half a year: %v", err)
	}
}
