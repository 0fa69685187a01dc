package bank_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/listfmt"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

const actor = "person:1"

func open(t testing.TB, db *store.DB, dir string) (*bank.Service, *engine.Engine) {
	t.Helper()
	e := engine.New()
	s, err := bank.Open(context.Background(), db, e, bank.Options{Dir: dir, Key: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	return s, e
}

func create(t testing.TB, s *bank.Service, name string) bank.Bank {
	t.Helper()
	b, err := s.Create(context.Background(), actor, bank.Defaults(name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func value(typ jaga.SignalType, i int) engine.Value {
	v := engine.Value{Type: typ}
	sum := md5.Sum(fmt.Append(nil, typ, i))
	copy(v.Bytes[:], sum[:])
	copy(v.Bytes[16:], sum[:])
	for j := typ.Size(); j < 32; j++ {
		v.Bytes[j] = 0
	}
	return v
}

func signal(v engine.Value) jaga.Signal { return jaga.Signal{Type: v.Type, Value: v.String()} }

func matched(t testing.TB, e *engine.Engine, v engine.Value) (banks []string) {
	t.Helper()
	a, err := e.Match(engine.Query{Signals: []jaga.Signal{signal(v)}, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range a.Matches {
		banks = append(banks, m.Bank)
	}
	return banks
}

func TestBankLife(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s, e := open(t, db, "")
		create(t, s, "KNOWN")
		if _, err := s.Create(ctx, actor, bank.Defaults("KNOWN")); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a second bank of the name: %v", err)
		}
		v := value(jaga.PDQ, 1)
		en, err := s.Add(ctx, actor, "KNOWN", bank.NewEntry{Values: []engine.Value{v, value(jaga.MD5, 1)}, Note: "case 7", Metadata: json.RawMessage(`{"content_id":"e1"}`), Source: "hotline-a", Licence: "members only"})
		if err != nil {
			t.Fatal(err)
		}
		if en.Note != "case 7" || en.Source != "hotline-a" || len(en.Signals) != 2 || string(en.Metadata) != `{"content_id":"e1"}` || en.DisableUntil != 1 {
			t.Errorf("%+v", en)
		}
		if got := matched(t, e, v); len(got) != 1 {
			t.Fatalf("right after adding: %v", got)
		}
		b, err := s.Update(ctx, actor, "KNOWN", func(x *bank.Settings) { x.Name, x.Threshold = "RENAMED", 10 })
		if err != nil || b.Entries != 1 {
			t.Fatalf("%+v, error %v", b, err)
		}
		if got := matched(t, e, v); len(got) != 1 || got[0] != "RENAMED" {
			t.Errorf("after renaming: %v", got)
		}
		off, on, note := int64(0), int64(1), "looked at"
		if en, err = s.UpdateEntry(ctx, actor, "RENAMED", en.ID, bank.EntryChange{DisableUntil: &off, Note: &note}); err != nil || en.Note != note || en.DisableUntil != 0 {
			t.Fatalf("%+v, error %v", en, err)
		}
		if got := matched(t, e, v); len(got) != 0 {
			t.Errorf("switched off: %v", got)
		}
		if _, err = s.UpdateEntry(ctx, actor, "RENAMED", en.ID, bank.EntryChange{DisableUntil: &on}); err != nil || len(matched(t, e, v)) != 1 {
			t.Errorf("switched on again: %v", err)
		}
		if err := s.SetOpinion(ctx, actor, "RENAMED", en.ID, "confirm", "seen"); err != nil {
			t.Fatal(err)
		}
		if err := s.SetOpinion(ctx, actor, "RENAMED", en.ID, "reject", ""); err != nil {
			t.Fatal(err)
		}
		if ops, err := s.Opinions(ctx, en.ID); err != nil || len(ops) != 1 || ops[0].Verdict != "reject" {
			t.Errorf("opinions %+v, error %v", ops, err)
		}
		id, err := s.Delete(ctx, actor, "RENAMED")
		if err != nil || len(matched(t, e, v)) != 0 {
			t.Fatalf("after deleting the bank: %v", err)
		}
		if _, err := s.Get(ctx, "RENAMED"); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("a deleted bank: %v", err)
		}
		if _, err := s.Restore(ctx, actor, id); err != nil || len(matched(t, e, v)) != 1 {
			t.Fatalf("after restoring: %v", err)
		}
		if there, err := s.DeleteEntry(ctx, actor, "RENAMED", en.ID); err != nil || !there {
			t.Fatalf("%v, error %v", there, err)
		}
		if there, err := s.DeleteEntry(ctx, actor, "RENAMED", en.ID); err != nil || there {
			t.Errorf("a second time: %v, error %v", there, err)
		}
		if len(matched(t, e, v)) != 0 || len(matched(t, e, value(jaga.MD5, 1))) != 0 {
			t.Error("a deleted entry matches")
		}
		if b, _ := s.Get(ctx, "RENAMED"); b.Entries != 0 {
			t.Errorf("%d entries counted", b.Entries)
		}
		if n, err := db.VerifyCustody(ctx, storetest.Verifier(t), "", nil); err != nil || n < 9 {
			t.Errorf("%d custody records, error %v", n, err)
		}
	})
}

func TestBadSettingsAreRefused(t *testing.T) {
	t.Parallel()
	s, _ := open(t, storetest.Open(t, storetest.SQLite(t)), "")
	for field, change := range map[string]func(*bank.Settings){
		"name":          func(s *bank.Settings) { s.Name = "01_BANK" },
		"role":          func(s *bank.Settings) { s.Role = "block" },
		"form":          func(s *bank.Settings) { s.Form = "fifth" },
		"band":          func(s *bank.Settings) { s.Band = jaga.BandNone },
		"enabled_ratio": func(s *bank.Settings) { s.EnabledRatio = 1.01 },
		"threshold":     func(s *bank.Settings) { s.Threshold = 65 },
		"note":          func(s *bank.Settings) { s.Note = strings.Repeat("n", 1001) },
	} {
		set := bank.Defaults("OK")
		change(&set)
		_, err := s.Create(t.Context(), actor, set)
		var e *jaga.Error
		if !errors.As(err, &e) || e.Field != field || e.Code != jaga.CodeInvalid {
			t.Errorf("%s: %v", field, err)
		}
	}
	for name, ok := range map[string]bool{"A": true, "_X9": true, "lower": false, "": false, "A B": false, strings.Repeat("A", 255): true, strings.Repeat("A", 256): false} {
		if _, err := s.Create(t.Context(), actor, bank.Defaults(name)); (err == nil) != ok {
			t.Errorf("name %.20q: %v", name, err)
		}
	}
	if _, err := s.Add(t.Context(), actor, "A", bank.NewEntry{}); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("an entry without hashes: %v", err)
	}
	if _, err := s.Add(t.Context(), actor, "NOPE", bank.NewEntry{Values: []engine.Value{value(jaga.MD5, 1)}}); jaga.CodeOf(err) != jaga.CodeNotFound {
		t.Errorf("an absent bank: %v", err)
	}
}

func list(typ jaga.SignalType, from, to int) string {
	var b strings.Builder
	b.WriteString("type,value\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "%s,%s\n", typ, value(typ, i))
	}
	return b.String()
}

func TestImport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s, e := open(t, db, t.TempDir())
		create(t, s, "LIST")
		res, err := s.Import(ctx, actor, "LIST", strings.NewReader(list(jaga.PDQ, 0, 300)+list(jaga.MD5, 0, 200)[len("type,value\n"):]), bank.ImportOptions{Source: "a list"})
		if err != nil || res.Added != 500 || res.Rows != 500 || res.Digest == "" {
			t.Fatalf("%+v, error %v", res, err)
		}
		if res, err = s.Import(ctx, actor, "LIST", strings.NewReader(list(jaga.PDQ, 250, 310)+list(jaga.PDQ, 305, 310)[len("type,value\n"):]), bank.ImportOptions{}); err != nil || res.Added != 10 || res.Duplicates != 55 {
			t.Fatalf("%+v, error %v", res, err)
		}
		for i := range 310 {
			if len(matched(t, e, value(jaga.PDQ, i))) != 1 {
				t.Fatalf("entry %d does not match", i)
			}
		}
		bad := list(jaga.PDQ, 400, 420) + "pdq,zz\n"
		if _, err := s.Import(ctx, actor, "LIST", strings.NewReader(bad), bank.ImportOptions{}); jaga.CodeOf(err) != jaga.CodeInvalid || !strings.Contains(err.Error(), "line 22") {
			t.Errorf("a list with a bad line: %v", err)
		}
		if len(matched(t, e, value(jaga.PDQ, 401))) != 0 {
			t.Error("a part of a refused list matches")
		}
		if b, _ := s.Get(ctx, "LIST"); b.Entries != 510 {
			t.Errorf("%d entries, want 510", b.Entries)
		}
		if res, err = s.Import(ctx, actor, "LIST", strings.NewReader(bad), bank.ImportOptions{SkipBad: true}); err != nil || res.Added != 20 || res.Bad != 1 || res.BadLines[0].Line != 22 {
			t.Fatalf("%+v, error %v", res, err)
		}
		var out bytes.Buffer
		if n, err := s.Export(ctx, actor, "LIST", &out, listfmt.JSONL, jaga.PDQ); err != nil || n != 330 {
			t.Fatalf("%d rows exported, error %v", n, err)
		}
		create(t, s, "COPY")
		if res, err = s.Import(ctx, actor, "COPY", &out, bank.ImportOptions{}); err != nil || res.Added != 330 {
			t.Fatalf("%+v, error %v", res, err)
		}
		if got := matched(t, e, value(jaga.PDQ, 5)); len(got) != 2 {
			t.Errorf("in both banks: %v", got)
		}
		page, err := s.Entries(ctx, "LIST", bank.Filter{Type: jaga.MD5, Limit: 7})
		if err != nil || len(page) != 7 || page[0].Signals[0].Type != jaga.MD5 {
			t.Fatalf("%d entries, error %v", len(page), err)
		}
		if rest, err := s.Entries(ctx, "LIST", bank.Filter{Type: jaga.MD5, After: page[6].ID, Limit: 1000}); err != nil || len(rest) != 193 {
			t.Errorf("%d entries follow, error %v", len(rest), err)
		}
	})
}

// A large import builds the index anew, and a restart finds it in the snapshot.
func TestLargeImportAndRestart(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	dir := t.TempDir()
	s, e := open(t, db, dir)
	create(t, s, "LARGE")
	res, err := s.Import(t.Context(), actor, "LARGE", strings.NewReader(list(jaga.PDQ, 0, 60_000)), bank.ImportOptions{})
	if err != nil || res.Added != 60_000 {
		t.Fatalf("%+v, error %v", res, err)
	}
	late, err := s.Add(t.Context(), actor, "LARGE", bank.NewEntry{Values: []engine.Value{value(jaga.PDQ, 99_999), value(jaga.SHA256, 5)}})
	if err != nil {
		t.Fatal(err)
	}
	gone, err := s.Entries(t.Context(), "LARGE", bank.Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteEntry(t.Context(), actor, "LARGE", gone[0].ID); err != nil {
		t.Fatal(err)
	}
	check := func(e *engine.Engine, what string) {
		t.Helper()
		for _, i := range []int{1, 2, 777, 59_999, 99_999} {
			if len(matched(t, e, value(jaga.PDQ, i))) != 1 {
				t.Errorf("%s: entry %d does not match", what, i)
			}
		}
		if len(matched(t, e, value(jaga.PDQ, 0))) != 0 {
			t.Errorf("%s: the deleted entry matches", what)
		}
		if len(matched(t, e, value(jaga.SHA256, 5))) != 1 {
			t.Errorf("%s: the SHA-256 of entry %d does not match", what, late.ID)
		}
	}
	check(e, "before")
	version := e.Stats().Version
	_, e = open(t, db, dir)
	check(e, "from the snapshot")
	if e.Stats().Version != version {
		t.Error("the snapshot was not used")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "pdq-*.idx"))
	if len(files) != 1 {
		t.Fatalf("snapshot files %v", files)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(files[0]+"x", data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(files[0]+"x", files[0]); err != nil {
		t.Fatal(err)
	}
	s, e = open(t, db, dir)
	check(e, "after damage")
	if e.Stats().Version == version {
		t.Error("a damaged snapshot was used")
	}
	if err := s.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	check(e, "after a rebuild")
}

// Adding and deleting while the index is rebuilt over and over loses nothing.
func TestChangesDuringRebuild(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	s, e := open(t, db, t.TempDir())
	create(t, s, "BUSY")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := s.Rebuild(t.Context(), nil); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for i := range 60 {
		en, err := s.Add(t.Context(), actor, "BUSY", bank.NewEntry{Values: []engine.Value{value(jaga.PDQ, i)}})
		if err != nil {
			t.Fatal(err)
		}
		if len(matched(t, e, value(jaga.PDQ, i))) != 1 {
			t.Fatalf("entry %d does not match right after it was added", i)
		}
		if i%3 == 0 {
			if _, err := s.DeleteEntry(t.Context(), actor, "BUSY", en.ID); err != nil {
				t.Fatal(err)
			}
		}
		if i%7 == 0 {
			if _, err := s.Import(t.Context(), actor, "BUSY", strings.NewReader(list(jaga.MD5, 10*i, 10*i+10)), bank.ImportOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	close(stop)
	wg.Wait()
	for i := range 60 {
		want := 1
		if i%3 == 0 {
			want = 0
		}
		if got := len(matched(t, e, value(jaga.PDQ, i))); got != want {
			t.Errorf("entry %d: %d matches, want %d", i, got, want)
		}
	}
	if len(matched(t, e, value(jaga.MD5, 71))) != 1 {
		t.Error("an imported entry was lost")
	}
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	s, e := open(t, storetest.Open(t, storetest.SQLite(t)), "")
	create(t, s, "Q")
	v := value(jaga.PDQ, 3)
	en, err := s.Add(t.Context(), actor, "Q", bank.NewEntry{Values: []engine.Value{v}})
	if err != nil {
		t.Fatal(err)
	}
	g := bank.NewGuard(s, bank.GuardOptions{Matches: 5, Window: time.Hour})
	now := time.Unix(1000, 0)
	m := jaga.Match{Bank: "Q", Entry: en.ID, Signal: jaga.Signal{Type: jaga.PDQ, Value: "same"}}
	for i := range 20 {
		if g.Saw(t.Context(), m, now) {
			t.Errorf("one picture, sent %d times, put the entry into quarantine", i+1)
		}
		exact := jaga.Match{Bank: "Q", Entry: en.ID, Signal: jaga.Signal{Type: jaga.MD5, Value: strconv.Itoa(i)}}
		if g.Saw(t.Context(), exact, now) {
			t.Error("equal bytes put the entry into quarantine")
		}
	}
	now = now.Add(2 * time.Hour)
	for i := range 5 {
		m.Signal.Value = strconv.Itoa(i)
		if q := g.Saw(t.Context(), m, now.Add(time.Duration(i)*time.Minute)); q != (i == 4) {
			t.Errorf("match %d: quarantined %v", i, q)
		}
	}
	a, err := e.Match(engine.Query{Signals: []jaga.Signal{signal(v)}, Now: time.Now()})
	if err != nil || a.Matches[0].Suppressed != jaga.SuppressedQuarantine {
		t.Errorf("%+v, error %v", a.Matches, err)
	}
	release := ""
	if en, err = s.UpdateEntry(t.Context(), actor, "Q", en.ID, bank.EntryChange{Quarantine: &release}); err != nil || en.QuarantinedAt != 0 {
		t.Errorf("%+v, error %v", en, err)
	}
	for i := range 10 {
		if g.Saw(t.Context(), m, now.Add(time.Duration(i)*time.Hour+time.Hour)) {
			t.Error("slow matches were quarantined")
		}
	}
}

func BenchmarkImportSQLite(b *testing.B) {
	const rows = 1_000_000
	var text bytes.Buffer
	for i := range rows {
		v := value(jaga.PDQ, i)
		text.WriteString("pdq,")
		text.WriteString(hex.EncodeToString(v.Bytes[:]))
		text.WriteByte('\n')
	}
	s, _ := open(b, storetest.Open(b, storetest.SQLite(b)), b.TempDir())
	n := 0
	for b.Loop() {
		name := fmt.Sprintf("B%d", n)
		n++
		create(b, s, name)
		res, err := s.Import(context.Background(), actor, name, bytes.NewReader(text.Bytes()), bank.ImportOptions{})
		if err != nil || res.Added != rows {
			b.Fatalf("%+v, error %v", res, err)
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
