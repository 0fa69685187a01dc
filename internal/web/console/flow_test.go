package console_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

func bankForm(name string) url.Values {
	return url.Values{"name": {name}, "role": {"match"}, "form": {"csam"}, "band": {"urgent"}, "threshold": {"31"}, "enabled_ratio": {"100"}, "note": {"ours"}}
}

func with(f url.Values, name, value string) url.Values {
	f.Set(name, value)
	return f
}

func TestBanks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "a new bank", w.done("/banks", bankForm("known shapes")), "KNOWN_SHAPES", "The bank was created", "Put the first entries in")
		b, err := w.banks.Get(t.Context(), "KNOWN_SHAPES")
		if err != nil || b.Band != jaga.BandUrgent || b.Threshold != 31 || b.EnabledRatio != 1 || b.Note != "ours" {
			t.Fatalf("%+v, %v", b, err)
		}
		for field, c := range map[string]struct {
			value, text string
			status      int
		}{
			"name": {"1st", "The name needs capital letters", 422}, "threshold": {"65", "from 0 to 64", 422}, "enabled_ratio": {"x", "from 0 to 100", 422},
			"note": {strings.Repeat("n", 1001), "too long", 422}, "band": {"none", "how soon a person should look", 422}, "role": {"no", "what a match means", 422},
		} {
			a := w.post("/banks", with(bankForm("OTHER"), field, c.value))
			if a.status != c.status {
				t.Errorf("bad %s: status %d, want %d", field, a.status, c.status)
			}
			want(t, "bad "+field, a.body, c.text, `href="#`+field+`"`, "ours")
		}
		a := w.post("/banks", bankForm("KNOWN_SHAPES"))
		if a.status != http.StatusConflict {
			t.Errorf("a bank twice: %d", a.status)
		}
		want(t, "a bank twice", a.body, "a bank of this name already", `value="KNOWN_SHAPES"`)

		want(t, "settings", w.done("/banks/KNOWN_SHAPES/settings", with(with(bankForm("RENAMED"), "enabled_ratio", "40"), "role", "allow")), "RENAMED", "settings were saved", "40 % of look-ups only")
		if b, err = w.banks.Get(t.Context(), "RENAMED"); err != nil || b.EnabledRatio != 0.4 || b.Role != jaga.RoleAllow {
			t.Errorf("%+v, %v", b, err)
		}
		want(t, "the warning", w.page("/banks/RENAMED/settings"), "asked at random", `data-between="enabled_ratio">`)
		want(t, "no warning", w.page("/banks/new"), `data-between="enabled_ratio" hidden>`)
		if a := w.post("/banks/RENAMED/settings", with(bankForm("RENAMED"), "threshold", "-1")); a.status != 422 {
			t.Errorf("bad settings: %d", a.status)
		}

		want(t, "deleted", w.done("/banks/RENAMED/delete", nil), "Bank RENAMED was deleted", "Restore")
		if a := w.get("/banks/RENAMED"); a.status != 404 {
			t.Errorf("a deleted bank: %d", a.status)
		}
		w.newBank("RENAMED")
		a = w.post("/banks/restore", url.Values{"id": {fmt.Sprint(b.ID)}})
		if a.status != http.StatusConflict {
			t.Errorf("restore over another: %d", a.status)
		}
		want(t, "restore over another", a.body, "another bank of this name")
		w.done("/banks/RENAMED/settings", bankForm("MOVED"))
		want(t, "restored", w.done("/banks/restore", url.Values{"id": {fmt.Sprint(b.ID)}}), "restored and matches again")
		for _, id := range []string{"", "x", "999"} {
			if a := w.post("/banks/restore", url.Values{"id": {id}}); a.status != 404 {
				t.Errorf("restore %q: %d", id, a.status)
			}
		}
	})
}

func TestFilesBecomeEntries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN")
		up := func(status int, parts ...part) string {
			t.Helper()
			a := w.upload("/banks/KNOWN/files", parts...)
			if a.status != status {
				t.Errorf("status %d, want %d: %s", a.status, status, text(a.body))
			}
			return a.body
		}
		want(t, "a picture", up(200, part{"source", "", "our own"}, part{"licence", "", "CC0"}, part{"file", "a.jpg", string(photo(1))}), "Added as Entry 1", "PDQ", "SHA-256", "our own")
		e, err := w.banks.Entry(t.Context(), "KNOWN", 1)
		if err != nil || e.Source != "our own" || e.Licence != "CC0" || len(e.Signals) != 4 {
			t.Fatalf("%+v, %v", e, err)
		}
		want(t, "the same picture", up(200, part{"file", "again.jpg", string(photo(1))}), "in the bank already")
		want(t, "no picture", up(200, part{"file", "a.zip", "PK\x03\x04 and more"}), "Only exact copies of this file will match", "It is not a picture")
		up(422, part{"file", "empty.txt", ""})
		up(422)
		up(422, part{"source", "", "x"})
		md5 := strings.Repeat("0", 31)
		list := md5 + "1\n" + md5 + "2\n" + md5 + "3\nnot a hash <b>\n" + md5 + "4\n"
		bad := up(422, part{"file", "list.txt", list})
		want(t, "a list with a bad line", bad, "Line 4: 14 characters", "Nothing of this file was kept", "keep the good lines")
		unwanted(t, "a list with a bad line", bad, "not a hash &lt;b")
		want(t, "its good lines", up(200, part{"skip_bad", "", "1"}, part{"file", "list.txt", list}), "4 new entries.", "1 bad line was left out", "Line 4:")
		want(t, "again, and a new one", up(200, part{"file", "list.txt", md5 + "1\n" + md5 + "5\n"}), "1 new entry.", "1 was there already")
		want(t, "64 digits", up(422, part{"file", "list.txt", hashP}), "64 digits can be PDQ or SHA-256; choose the type")
		var z bytes.Buffer
		zw := gzip.NewWriter(&z)
		_, _ = zw.Write([]byte(hashP + "\n"))
		_ = zw.Close()
		want(t, "with a type, compressed", up(200, part{"type", "", "pdq"}, part{"file", "list.txt.gz", z.String()}), "1 new entry.")
		want(t, "two files, one bad", up(422, part{"file", "b.jpg", string(photo(2))}, part{"file", "<i>.txt", "oops"}), "Added as Entry", "&lt;i&gt;.txt", "Line 1: 4 characters")
		big := up(422, part{"file", "big.jpg", strings.Repeat("x", maxUp+1<<20)})
		want(t, "too big", big, "more than the limit of 4.3 MB")

		if a := w.post("/banks/KNOWN/hash", url.Values{"type": {"pdq"}, "value": {"zz"}, "note": {"kept note"}}); a.status != 422 {
			t.Errorf("a bad hash: %d", a.status)
		} else {
			want(t, "a bad hash", a.body, "That is no hash", "kept note", `value="zz"`)
		}
		want(t, "one hash", w.done("/banks/KNOWN/hash", url.Values{"type": {"pdq"}, "value": {strings.ToUpper(md5P)}, "note": {"by hand"}}), "entry was added", "MD5", md5P, "by hand")
		want(t, "search", w.page("/banks/KNOWN?q="+hashP), "1 entry, nearest first", "equal")
		near := "00" + hashP[2:]
		want(t, "search near", w.page("/banks/KNOWN?q="+near), "5 bits apart")
		want(t, "search nothing", w.page("/banks/KNOWN?q="+strings.Repeat("5", 40)), "No entry of this bank")
		want(t, "search nonsense", w.page("/banks/KNOWN?q=nonsense"), "Type the whole hash")
		for _, form := range []url.Values{{"format": {"csv"}}, {"format": {"jsonl"}, "type": {"pdq"}}, {"format": {"plain"}, "type": {"md5"}}} {
			a := w.post("/banks/KNOWN/export", form)
			if a.status != 200 || !strings.Contains(a.header.Get("Content-Disposition"), "KNOWN.") || strings.Count(a.body, "\n") < 2 {
				t.Errorf("export %v: %d %v %q", form, a.status, a.header, a.body)
			}
		}
		for _, form := range []url.Values{{}, {"format": {"plain"}}, {"format": {"csv"}, "type": {"x"}}} {
			if a := w.post("/banks/KNOWN/export", form); a.status != 422 {
				t.Errorf("export %v: %d", form, a.status)
			}
		}
		if a := w.upload("/banks/NO/files", part{"file", "a", "x"}); a.status != 404 {
			t.Errorf("files into no bank: %d", a.status)
		}
	})
}

func TestManyEntriesArePaged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("MANY")
		var list strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&list, "%032x\n", i+1)
		}
		want(t, "import", w.upload("/banks/MANY/files", part{"file", "list.txt", list.String()}).body, "5,000 new entries.")
		first := w.page("/banks/MANY")
		if n := strings.Count(first, "<tr data-row>"); n != 50 {
			t.Errorf("%d rows on the first page", n)
		}
		want(t, "the first page", first, "?after=50#entries", "5,000")
		second := w.page("/banks/MANY?after=50")
		want(t, "the second page", second, "?after=100#entries", "Back to the first", ">51</a>")
	})
}

func TestEntries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN")
		w.addPhoto("KNOWN", 1)
		path := entryPath("KNOWN", 1)
		matches := func() bool {
			t.Helper()
			id := w.take("", smaller(1))
			rec, err := w.in.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return len(rec.Outcome.Findings) > 0
		}
		if !matches() {
			t.Fatal("the entry matches nothing")
		}
		want(t, "off", w.done(path, url.Values{"do": {"off"}}), "switched off and matches nothing")
		if matches() {
			t.Error("an entry that is off matches")
		}
		want(t, "off in the list", w.page("/banks/KNOWN?show=off"), "Switched off")
		want(t, "on", w.done(path, url.Values{"do": {"on"}}), "Saved.")
		if !matches() {
			t.Error("an entry that is on again matches nothing")
		}
		want(t, "note", w.done(path, url.Values{"do": {"note"}, "note": {"<b>a note</b>"}}), "&lt;b&gt;a note")
		if a := w.post(path, url.Values{"do": {"note"}, "note": {strings.Repeat("n", 300)}}); a.status != 422 || !strings.Contains(a.body, strings.Repeat("n", 300)) {
			t.Errorf("a long note: %d; what was typed must stay", a.status)
		}
		want(t, "opinion", w.done(path, url.Values{"do": {"opinion"}, "verdict": {"reject"}, "opinion_note": {"not this"}}), "Reject", "Operator", "not this")
		if a := w.post(path, url.Values{"do": {"opinion"}, "verdict": {"maybe"}}); a.status != 422 {
			t.Errorf("no opinion: %d", a.status)
		}
		want(t, "expiry", w.done(path, url.Values{"do": {"expiry"}, "expires": {"2020-02-03"}}), "Expired", `value="2020-02-03"`)
		if matches() {
			t.Error("an expired entry matches")
		}
		want(t, "no expiry", w.done(path, url.Values{"do": {"expiry"}, "expires": {""}}), "Saved.")
		if a := w.post(path, url.Values{"do": {"expiry"}, "expires": {"soon"}}); a.status != 422 {
			t.Errorf("a bad date: %d", a.status)
		}
		why := "it matched 500 different pictures within 1h0m0s"
		if _, err := w.banks.UpdateEntry(t.Context(), "system", "KNOWN", 1, bank.EntryChange{Quarantine: &why}); err != nil {
			t.Fatal(err)
		}
		want(t, "quarantine", w.page(path), "This entry waits for a person", "500 different pictures", "Release")
		want(t, "quarantine at home", w.page("/"), "entry of KNOWN waits for a person")
		want(t, "released", w.done(path, url.Values{"do": {"release"}}), "Saved.")
		unwanted(t, "released", w.page(path), "waits for a person")
		if a := w.post(path, url.Values{"do": {"format c:"}}); a.status != 422 {
			t.Errorf("an unknown act: %d", a.status)
		}

		a := w.post(path+"/delete", nil)
		if a.status != 200 {
			t.Fatalf("delete: %d", a.status)
		}
		want(t, "deleted", a.body, "Entry 1 was deleted", "Undo")
		if matches() {
			t.Error("a deleted entry matches")
		}
		if again := w.post(path+"/delete", nil); again.status != 404 {
			t.Errorf("deleted twice: %d", again.status)
		}
		form := hiddenOf(a.body)
		want(t, "undone", w.done("/banks/KNOWN/entries", form), "Entry 2", "The entry was added", "a note")
		if !matches() {
			t.Error("an entry that came back matches nothing")
		}
		var acts []string
		err := w.db.View(t.Context(), func(tx *store.Tx) error {
			var records []custody.Record
			records, err := store.CustodyTrail(tx, "entry:1", 100)
			for _, r := range records {
				acts = append(acts, r.Actor+" "+r.Action)
			}
			return err
		})
		if err != nil || acts[0] != "person:1 entry.add" || acts[len(acts)-1] != "person:1 entry.delete" {
			t.Errorf("custody: %q, %v", acts, err)
		}
	})
}

// hiddenOf are the fields of a page that nobody types.
func hiddenOf(body string) url.Values {
	form := url.Values{}
	for _, in := range strings.Split(body, `<input type="hidden" name="`)[1:] {
		name, rest, _ := strings.Cut(in, `" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		form.Set(name, html.UnescapeString(value))
	}
	return form
}

// TestDeletedFilmComesBack: the undo of a film and of sound brings back what they
// are found by, and not their digests alone.
func TestDeletedFilmComesBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN")
		var film vpdq.Video
		for i := range 30 {
			film = append(film, vpdq.Feature{Frame: i, Hash: pdq.Hash{byte(i), 1}, Quality: 90 - i, At: float64(i) * 1.25})
		}
		sound, err := engine.SoundValue(chroma.Fingerprint(tune(1, 40)))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range []engine.Value{engine.FilmValue(film), sound} {
			e, err := w.banks.Add(t.Context(), "person:1", "KNOWN", bank.NewEntry{Values: []engine.Value{v}})
			if err != nil {
				t.Fatal(err)
			}
			a := w.post(entryPath("KNOWN", e.ID)+"/delete", nil)
			if a.status != 200 {
				t.Fatalf("delete: %d", a.status)
			}
			want(t, "undone", w.done("/banks/KNOWN/entries", hiddenOf(a.body)), "The entry was added")
			back, err := w.banks.Entry(t.Context(), "KNOWN", e.ID+1)
			if err != nil {
				t.Fatal(err)
			}
			values, err := w.banks.Values(t.Context(), back)
			if err != nil || !slices.Equal(values, []engine.Value{v}) {
				t.Errorf("value %d came back otherwise: %v", i, err)
			}
		}
	})
}
