package tell_test

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/tell"
)

// canary stands in every message of these tests.
const canary = "quartz-lantern"

// begun is a Thursday, 10:25 in Jakarta.
func begun() time.Time { return time.Date(2026, 11, 26, 3, 25, 17, 123456000, time.UTC) }

func home() netip.Addr { return netip.MustParseAddr("192.0.2.1") }

// world is a service and what a test does with it.
type world struct {
	*tell.Service
	t   *testing.T
	db  *store.DB
	now time.Time
}

func open(t *testing.T, db *store.DB, change ...func(*tell.Options)) *world {
	t.Helper()
	w := &world{t: t, db: db, now: begun()}
	opt := tell.Options{Key: bytes.Repeat([]byte{7}, 32), Team: "Tim Uji", Goal: 4 * time.Hour, Keep: 90 * 24 * time.Hour,
		Hours: hours(t, "Asia/Jakarta", nil, "mon-fri 09:00-17:00"), Work: 1, Now: func() time.Time { return w.now }}
	for _, c := range change {
		c(&opt)
	}
	s, err := tell.New(db, opt)
	if err != nil {
		t.Fatal(err)
	}
	w.Service = s
	return w
}

func each(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(open(t, db)) })
}

func sqlite(t *testing.T, change ...func(*tell.Options)) *world {
	t.Helper()
	t.Parallel()
	return open(t, storetest.Open(t, storetest.SQLite(t)), change...)
}

// send sends a message from a network of its own.
func (w *world) send(text string) tell.Sent {
	w.t.Helper()
	token := w.Token()
	sent, err := w.Send(w.t.Context(), netip.AddrFrom4([4]byte{10, token[0], token[1], token[2]}), tell.Letter{Token: token, Lang: "en", Text: text + " " + canary})
	if err != nil {
		w.t.Fatal(err)
	}
	return sent
}

func (w *world) look(s tell.Sent) tell.Thread {
	w.t.Helper()
	th, err := w.Look(w.t.Context(), home(), s.Number, s.PIN)
	if err != nil {
		w.t.Fatal(err)
	}
	return th
}

func (w *world) next(actor string) int64 {
	w.t.Helper()
	id, ok, err := w.Next(w.t.Context(), actor)
	if err != nil || !ok {
		w.t.Fatal(ok, err)
	}
	return id
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// want expects an error of a code and a field.
func (w *world) want(err error, code jaga.Code, field string) {
	w.t.Helper()
	var e *jaga.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field {
		w.t.Errorf("%v, want %s of %q", err, code, field)
	}
}

func texts(list []tell.Line) (out []string) {
	for _, l := range list {
		who := "writer: "
		if l.Team {
			who = "team: "
		}
		out = append(out, who+l.Text)
	}
	return out
}

// TestThereAndBack: a message, an answer, a question, and the end.
func TestThereAndBack(t *testing.T) {
	each(t, func(w *world) {
		ctx, t := w.t.Context(), w.t
		sent := w.send("Somebody asks me for pictures.")
		th := w.look(sent)
		if th.State != tell.Waiting || len(th.Messages) != 1 || th.Full || th.Passed || !th.Due.Equal(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v", th)
		}
		id := w.next("person:1")
		_, err := w.Read(ctx, "person:2", id)
		w.want(err, jaga.CodeConflict, "lease")
		w.want(w.Take(ctx, "person:2", id), jaga.CodeConflict, "taken")
		c, err := w.Read(ctx, "person:1", id)
		w.must(err)
		if len(c.Lines) != 1 || !strings.Contains(c.Lines[0].Text, canary) || c.Urgent || c.By != "person:1" {
			t.Errorf("%+v", c)
		}
		w.must(w.Save(ctx, "person:1", id, "Thank you for"))
		if th := w.look(sent); len(th.Messages) != 1 {
			t.Error("a draft is shown to the writer")
		}
		if c, err = w.Read(ctx, "person:1", id); err != nil || c.Draft != "Thank you for" {
			t.Errorf("draft %q, %v", c.Draft, err)
		}
		w.must(w.Answer(ctx, "person:1", id, 1, "Thank you for writing. "+canary))
		w.now = w.now.Add(30 * time.Hour)
		th, twice, err := w.Reply(ctx, home(), strings.ToLower(sent.Number), strings.ReplaceAll(sent.PIN, " ", ""), "And now?\r\nHe wrote again.")
		w.must(err)
		if want := []string{"writer: Somebody asks me for pictures. " + canary, "team: Thank you for writing. " + canary, "writer: And now?\nHe wrote again."}; !slices.Equal(texts(th.Messages), want) || twice || th.State != tell.Waiting {
			t.Errorf("%q, %v, %s", texts(th.Messages), twice, th.State)
		}
		if th, twice, err = w.Reply(ctx, home(), sent.Number, sent.PIN, " And now?\nHe wrote again. "); err != nil || !twice || len(th.Messages) != 3 {
			t.Errorf("sent twice: %v, %d messages, %v", twice, len(th.Messages), err)
		}
		if n := w.next("person:2"); n != id {
			t.Errorf("next is %d", n)
		}
		// What came meanwhile is read before it is answered.
		_, _, err = w.Reply(ctx, home(), sent.Number, sent.PIN, "Are you there?")
		w.must(err)
		w.want(w.Answer(ctx, "person:2", id, 3, "Yes."), jaga.CodeConflict, "more")
		w.want(w.Close(ctx, "person:2", id, 3), jaga.CodeConflict, "more")
		w.must(w.Close(ctx, "person:2", id, 4))
		if th := w.look(sent); th.State != tell.Closed || len(th.Messages) != 4 {
			t.Errorf("%+v", th)
		}
		counts, err := w.Counts(ctx)
		if err != nil || counts[tell.Closed] != 1 || counts[tell.Waiting] != 0 {
			t.Errorf("%v, %v", counts, err)
		}
		w.must(w.Delete(ctx, home(), sent.Number, sent.PIN))
		_, err = w.Look(ctx, home(), sent.Number, sent.PIN)
		w.want(err, jaga.CodeDenied, "pin")
		_, err = w.Get(ctx, id)
		w.want(err, jaga.CodeNotFound, "conversation")
		w.want(w.Take(ctx, "person:1", id), jaga.CodeNotFound, "conversation")
		w.trail(id, "person:1 tell.read {\"messages\":\"1\"}", "person:1 tell.read {\"messages\":\"1\"}", "person:1 tell.answer {\"message\":\"2\"}", "person:2 tell.close {}")
	})
}

func (w *world) trail(id int64, want ...string) {
	w.t.Helper()
	w.must(w.db.View(w.t.Context(), func(tx *store.Tx) error {
		list, err := store.CustodyTrail(tx, tell.Subject(id), 100)
		var got []string
		for _, r := range list {
			got = append(got, r.Actor+" "+r.Action+" "+r.Detail)
		}
		if !slices.Equal(got, want) {
			w.t.Errorf("records %q, want %q", got, want)
		}
		return err
	}))
	if _, err := w.db.VerifyCustody(w.t.Context(), storetest.Verifier(w.t), "", nil); err != nil {
		w.t.Error(err)
	}
}

// TestSentTwice: the same form is one message, and its second answer has the
// number and the PIN too, for the first may never have been seen.
func TestSentTwice(t *testing.T) {
	each(t, func(w *world) {
		ctx, t := w.t.Context(), w.t
		l := tell.Letter{Token: w.Token(), Lang: "id", Text: "tolong " + canary}
		var all [8]tell.Sent
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() {
				var err error
				if all[i], err = w.Send(ctx, home(), l); err != nil && jaga.CodeOf(err) != jaga.CodeConflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		first := 0
		for _, s := range all {
			if s.Number != "" && !s.Twice {
				first++
			}
		}
		if counts, err := w.Counts(ctx); err != nil || counts[tell.Waiting] != 1 || first != 1 {
			t.Errorf("%v, %v; %d were the first", counts, err, first)
		}
		again, err := w.Send(ctx, home(), l)
		if err != nil || !again.Twice || len(w.look(again).Messages) != 1 {
			t.Errorf("%v, %v", again, err)
		}
		l.Text = "one more thing"
		more, err := w.Send(ctx, home(), l)
		if err != nil || more.Twice || more.Number != again.Number || len(w.look(more).Messages) != 2 {
			t.Errorf("%v, %v", more, err)
		}
		w.now = w.now.Add(3 * time.Hour) // whoever sends it now may be another
		_, err = w.Send(ctx, home(), l)
		w.want(err, jaga.CodeConflict, "sent")
		for _, token := range []string{"", "short", strings.Repeat("x", 500)} { // no form has such
			a, err := w.Send(ctx, netip.MustParseAddr("198.51.100.1"), tell.Letter{Token: token, Text: "x"})
			b, err2 := w.Send(ctx, netip.MustParseAddr("198.51.100.1"), tell.Letter{Token: token, Text: "x"})
			if err != nil || err2 != nil || a.Number == b.Number {
				t.Errorf("token %.20q: %v, %v", token, err, err2)
			}
		}
	})
}

func TestTexts(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	for _, c := range []struct{ text, field string }{{"", "text"}, {" \r\n\t\x00 ", "text"}, {strings.Repeat("é", tell.MaxText+1), "text_long"}} {
		_, err := w.Send(ctx, home(), tell.Letter{Token: w.Token(), Text: c.text})
		w.want(err, jaga.CodeInvalid, c.field)
	}
	for typed, want := range map[string]string{
		strings.Repeat("é", tell.MaxText): strings.Repeat("é", tell.MaxText),
		"a\x00\x1b[31mb\u202Ec\r\nd\xff":  "a[31mbc\nd\uFFFD",
	} {
		s, err := w.Send(ctx, netip.MustParseAddr("198.51.100.1"), tell.Letter{Token: w.Token(), Text: typed})
		w.must(err)
		if got := w.look(s).Messages[0].Text; got != want {
			t.Errorf("%.20q became %.20q", typed, got)
		}
	}
}

// TestNothingReadable: what was written is in no file of the database, no
// record and no column, and no time says more than the hour.
func TestNothingReadable(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		w := open(t, db)
		ctx := t.Context()
		sent := w.send("he said he will come tonight")
		id := w.next("person:1")
		_, err := w.Read(ctx, "person:1", id)
		w.must(err)
		w.must(w.Save(ctx, "person:1", id, "draft "+canary))
		w.must(w.Answer(ctx, "person:1", id, 1, "answer "+canary))
		_, _, err = w.Reply(ctx, home(), sent.Number, sent.PIN, "reply "+canary)
		w.must(err)
		w.must(w.Take(ctx, "person:1", id))
		w.must(w.Save(ctx, "person:1", id, "draft "+canary))
		_, err = w.Tend(ctx)
		w.must(err)
		number, _ := slip.Number(sent.Number)
		pin, _ := slip.LongPIN(sent.PIN)
		secrets := [][]byte{[]byte(canary), []byte("tonight"), []byte(number), []byte(sent.Number), []byte(pin), []byte(sent.PIN)}
		look := func(where string, data []byte) {
			for _, s := range secrets {
				if bytes.Contains(data, s) {
					t.Errorf("%s holds %q", where, s)
				}
			}
		}
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			files, err := filepath.Glob(path + "*")
			if err != nil || len(files) < 2 {
				t.Fatal(files, err)
			}
			for _, f := range files {
				data, err := os.ReadFile(f)
				w.must(err)
				look(f, data)
			}
		}
		w.must(db.View(ctx, func(tx *store.Tx) error {
			sealed, err := store.All[[]byte](tx, `SELECT sealed FROM tell_messages UNION ALL SELECT draft FROM tell_threads UNION ALL SELECT number FROM tell_threads UNION ALL SELECT pin FROM tell_threads`)
			if err != nil || len(sealed) != 6 {
				t.Errorf("%d columns, %v", len(sealed), err)
			}
			look("a column", bytes.Join(sealed, nil))
			records, err2 := store.All[string](tx, `SELECT actor || action || subject || detail FROM custody_records`)
			look("a record", []byte(strings.Join(records, "\n")))
			if len(records) < 3 {
				t.Error("there are no records to look at")
			}
			times, err3 := store.All[int64](tx, `SELECT at FROM tell_messages UNION ALL SELECT created_at FROM tell_threads UNION ALL SELECT changed_at FROM tell_threads UNION ALL SELECT waiting_at FROM tell_threads`)
			for _, at := range times {
				if at%time.Hour.Microseconds() != 0 {
					t.Errorf("%s is more than an hour tells", time.UnixMicro(at))
				}
			}
			due, err4 := store.One[int64](tx, `SELECT due_at FROM tell_threads`)
			if due == 0 || due%(15*time.Minute).Microseconds() != 0 {
				t.Errorf("due at %s", time.UnixMicro(due))
			}
			return errors.Join(err, err2, err3, err4)
		}))
	})
}

// TestSealedInPlace: a text that was moved to another place does not open, and
// is shown to nobody.
func TestSealedInPlace(t *testing.T) {
	w := sqlite(t)
	a, b := w.send("first"), w.send("second")
	w.must(w.db.Bulk(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE tell_messages SET sealed = (SELECT sealed FROM tell_messages WHERE thread_id = 1) WHERE thread_id = 2`)
		return err
	}))
	if _, err := w.Look(t.Context(), home(), b.Number, b.PIN); jaga.CodeOf(err) != jaga.CodeInternal || strings.Contains(err.Error(), canary) {
		t.Errorf("%v", err)
	}
	w.look(a)
	other := open(t, w.db, func(o *tell.Options) { o.Key = bytes.Repeat([]byte{8}, 32) })
	if _, err := other.Look(t.Context(), home(), a.Number, a.PIN); jaga.CodeOf(err) != jaga.CodeDenied {
		t.Errorf("another installation's key: %v", err)
	}
}

// TestOrder: urgent first, then by the time of the answer.
func TestOrder(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.t.Context()
		w.send("hello")
		w.now = w.now.Add(time.Hour)
		w.send("I want to die")
		w.send("hello again")
		list, err := w.List(ctx, tell.Waiting, 10)
		w.must(err)
		var ids []int64
		for _, h := range list {
			ids = append(ids, h.ID)
			if h.Urgent != (h.ID == 2) || h.Late(w.now) || !h.Late(w.now.Add(26*time.Hour)) {
				w.t.Errorf("%+v", h)
			}
		}
		if !slices.Equal(ids, []int64{2, 1, 3}) {
			w.t.Errorf("order %v", ids)
		}
	})
}

// TestOneAtATime: of many people who ask for the next conversation at once, no
// two get the same.
func TestOneAtATime(t *testing.T) {
	each(t, func(w *world) {
		const n, people = 15, 40
		for range n {
			w.send("x")
		}
		var mu sync.Mutex
		got := map[int64]string{}
		var wg sync.WaitGroup
		for i := range people {
			actor := "person:" + string(rune('A'+i))
			wg.Go(func() {
				id, ok, err := w.Next(w.t.Context(), actor)
				if err != nil && jaga.CodeOf(err) != jaga.CodeBusy {
					w.t.Error(err)
				}
				if !ok {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if got[id] != "" {
					w.t.Errorf("%d was given to %s and %s", id, got[id], actor)
				}
				got[id] = actor
			})
		}
		wg.Wait()
		if len(got) != n {
			w.t.Errorf("%d of %d were taken", len(got), n)
		}
		// A lease ends by itself, and with a clock that was set back.
		w.want(w.Take(w.t.Context(), "person:9", 1), jaga.CodeConflict, "taken")
		w.now = w.now.Add(tell.Lease + time.Second)
		w.must(w.Take(w.t.Context(), "person:9", 1))
		w.now = w.now.Add(-1000 * time.Hour)
		if h, err := w.Get(w.t.Context(), 1); err != nil || h.By != "" {
			w.t.Errorf("held by %q, %v", h.By, err)
		}
		w.must(w.Take(w.t.Context(), "person:8", 1))
		w.must(w.Release(w.t.Context(), "person:9", 1)) // somebody else's stays
		if h, err := w.Get(w.t.Context(), 1); err != nil || h.By != "person:8" {
			w.t.Errorf("held by %q, %v", h.By, err)
		}
		w.must(w.Release(w.t.Context(), "person:8", 1))
		if h, err := w.Get(w.t.Context(), 1); err != nil || h.By != "" {
			w.t.Errorf("held by %q, %v", h.By, err)
		}
	})
}

// TestPass: a case is opened together with its record, or neither.
func TestPass(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var got []tell.Handover
		fail := true
		w := open(t, db, func(o *tell.Options) {
			o.OpenCase = func(tx *store.Tx, actor string, h tell.Handover) (int64, error) {
				got = append(got, h)
				if fail {
					return 0, jaga.Errorf(jaga.CodeUnavailable, "no cases today")
				}
				return 42, nil
			}
		})
		ctx := t.Context()
		sent := w.send("I am not safe")
		id := w.next("person:1")
		_, err := w.Pass(ctx, "person:1", id, " ")
		w.want(err, jaga.CodeInvalid, "summary")
		if _, err := w.Pass(ctx, "person:1", id, "A child says that it is in danger."); err == nil || w.look(sent).Passed {
			t.Errorf("passed on without a case: %v", err)
		}
		fail = false
		n, err := w.Pass(ctx, "person:1", id, "A child says that it is in danger.")
		if err != nil || n != 42 || !w.look(sent).Passed || !got[1].Urgent || got[1].Thread != id || strings.Contains(got[1].Summary, canary) {
			t.Errorf("%d, %v, %+v", n, err, got)
		}
		_, err = w.Pass(ctx, "person:1", id, "Again.")
		w.want(err, jaga.CodeConflict, "summary")
		w.trail(id, `person:1 tell.pass {"case":"42"}`)
	})
}

func TestTemplates(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.t.Context()
		for _, lang := range []string{"en", "id"} {
			list, err := w.Templates(ctx, lang)
			if err != nil || len(list) != len(tell.TemplateNames()) || list[0].Own || list[0].Text == "" {
				w.t.Fatalf("%v, %v", list, err)
			}
		}
		w.must(w.SaveTemplate(ctx, "person:1", tell.Template{Name: "thanks", Lang: "id", Text: "Terima kasih."}))
		w.must(w.SaveTemplate(ctx, "person:1", tell.Template{Name: "thanks", Lang: "id", Text: "Makasih."}))
		if list, err := w.Templates(ctx, "id"); err != nil || list[0].Text != "Makasih." || !list[0].Own {
			w.t.Errorf("%v, %v", list, err)
		}
		w.must(w.SaveTemplate(ctx, "person:1", tell.Template{Name: "thanks", Lang: "id", Text: " "}))
		if list, err := w.Templates(ctx, "id"); err != nil || list[0].Own {
			w.t.Errorf("%v, %v", list, err)
		}
		w.want(w.SaveTemplate(ctx, "person:1", tell.Template{Name: "no", Lang: "id", Text: "x"}), jaga.CodeNotFound, "template")
		w.want(w.SaveTemplate(ctx, "person:1", tell.Template{Name: "thanks", Lang: "id", Text: strings.Repeat("x", 5000)}), jaga.CodeInvalid, "template_long")
	})
}

func TestPromise(t *testing.T) {
	w := sqlite(t)
	p := w.Promise()
	if !p.Reads || p.Until.Sub(begun()).Round(time.Hour) != 7*time.Hour || p.KeepDays != 90 || p.Team != "Tim Uji" || p.Due.In(p.Zone).Format("Mon 15:04") != "Thu 15:00" {
		t.Errorf("%+v", p)
	}
	w.now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) // a Friday evening
	if p := w.Promise(); p.Reads || p.Next.In(p.Zone).Format("Mon 15:04") != "Mon 09:00" || p.Due.In(p.Zone).Format("Mon 15:04") != "Mon 13:00" {
		t.Errorf("%+v", p)
	}
	off := open(t, w.db, func(o *tell.Options) { o.Team = "" })
	sent := w.send("x")
	if _, err := off.Send(t.Context(), home(), tell.Letter{Text: "x"}); off.Open() || jaga.CodeOf(err) != jaga.CodeUnavailable {
		t.Errorf("%v", err)
	}
	w.must(off.Delete(t.Context(), home(), sent.Number, sent.PIN)) // what is there can be deleted
	if _, err := tell.New(w.db, tell.Options{Key: []byte("k"), Team: "x"}); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("a team without hours: %v", err)
	}
}
