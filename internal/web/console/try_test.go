package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/converse"
)

const talked = `{"conversation":"c1","participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"13-15"}],"messages":[` +
	`{"id":"m1","from":"b","to":"a","at":"2026-05-01T18:00:00Z","text":"hello <b>you</b>"},` +
	`{"id":"m2","from":"a","to":"b","at":"2026-05-01T18:01:00Z","text":"日本 dont tell anyone"}]}` + "\n"

func (w *world) try(parts ...part) answer {
	w.t.Helper()
	return w.upload("/conversations/try", parts...)
}

func TestTry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "the form", w.page("/conversations/try"), "Nothing is stored or recorded", "Paste a chat", "At most 2.1")
		head, err := w.db.CustodyHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		quiet := `{"conversation":"c2","messages":[{"id":"m1","from":"a","text":"hello"}]}` + "\n"
		for _, p := range []part{{"chat", "", talked + quiet}, {"file", "chats.jsonl", talked + quiet}} {
			a := w.try(p)
			if a.status != http.StatusOK {
				t.Fatalf("%s: status %d: %s", p.field, a.status, text(a.body))
			}
			want(t, p.field, a.body, "Something for a person to look at", "Read as JSON lines", "3 messages", "1 conversation without a finding", "Signs of grooming", "Account under review a adult", "May need help b 13–15 years",
				"日本 <mark>dont tell anyone</mark>", "&lt;b&gt;you&lt;/b&gt;", `href="#c1-m2"`, `id="c1-m2"`, "could not be looked for", "It is not the child", "Signs are no proof")
			unwanted(t, p.field, a.body, "<b>you", "nobody&#39;s age")
			if p.field == "chat" {
				want(t, "what was typed stays", a.body, "&#34;age_band&#34;:&#34;adult&#34;")
			}
		}
		// Nothing was stored, and no act was recorded.
		list, err := w.talk.List(t.Context(), converse.Filter{})
		if err != nil || len(list) != 0 || w.talk.Counts().Messages != 0 {
			t.Errorf("%d findings and %d messages are stored (%v)", len(list), w.talk.Counts().Messages, err)
		}
		if now, err := w.db.CustodyHead(t.Context()); err != nil || now.Size != head.Size {
			t.Errorf("the custody log grew from %d to %d records (%v)", head.Size, now.Size, err)
		}
		unwanted(t, "afterwards", w.page("/conversations/try"), "dont tell")
	})
}

func TestTryInOtherForms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.try(part{"chat", "", "a line before any name\nAdi: hi\nKim: hello\n"})
		want(t, "plain text", a.body, "Nothing found in what was checked.", "Read as plain text", "2 messages", "Line 1: it comes before the first “name: text”", "1 place could not be read and was not checked",
			"Not checked", "nobody&#39;s age", "time not given")
		w.lang = "id"
		a = w.try(part{"file", "Chat WhatsApp dengan Kim.txt", "01/05/26 18.00 - Adi: halo\n01/05/26 18.01 - Kim: <Media tidak disertakan>\n01/05/26 20.30 - Adi: sampai besok\n"})
		want(t, "a WhatsApp export", a.body, "Tidak ada temuan dalam yang diperiksa.", "ekspor WhatsApp", "3 pesan", "1 lampiran atau pesan terhapus tidak diperiksa.", "Kim", "1 Mei 2026", "2 jam kemudian")
		a = w.try(part{"chat", "", `{"conversation":"c","messages":[{"from":"a","text":"x","at":"soon"}]}`})
		want(t, "a problem in Indonesian", a.body, "Baris 1:", "bukan waktu; dianggap tidak diketahui")
	})
}

func TestTryRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		refused := func(what string, a answer, parts ...string) {
			t.Helper()
			if a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: status %d, want 422: %s", what, a.status, text(a.body))
			}
			want(t, what, a.body, parts...)
		}
		refused("nothing", w.try(part{"chat", "", " \n"}), "Paste a chat or choose a file first.", `aria-invalid="true"`)
		refused("no form with files", w.post("/conversations/try", nil), "Paste a chat or choose a file first.")
		large := strings.Repeat("Adi: practice moves to five\n", 80_000)
		refused("a large file", w.try(part{"file", "x.txt", large}), "more than the limit of 2.1")
		refused("a large text", w.try(part{"chat", "", large}), "more than the limit of 2.1")
		refused("both are large", w.try(part{"chat", "", strings.Repeat("x", 2<<20)}, part{"file", "x.txt", large}), "more than the limit of 2.1")

		zip := w.try(part{"file", "chat.zip", "PK\x03\x04\x00\x00\x00\x00\x00"})
		want(t, "an archive", zip.body, "No conversation was read, so nothing was checked", "It could not be read as a chat")
		unwanted(t, "an archive", zip.body, "Nothing found")
	})
}

func TestTryShowsWhatCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b strings.Builder
		b.WriteString(`{"conversation":"<u>long</u>","participants":[{"id":"<i>a</i>","age_band":"adult"},{"id":"b","age_band":"13-15"}],"messages":[`)
		for i := range 500 {
			if i == 250 {
				b.WriteString(`{"from":"<i>a</i>","to":"b","text":"dont tell anyone"},`)
			}
			b.WriteString(`{"from":"b","to":"<i>a</i>","text":"ordinary words"},`)
		}
		b.WriteString(`{"from":"b","to":"<i>a</i>","text":"last"}]}`)
		a := w.try(part{"chat", "", b.String()})
		want(t, "a long chat", a.body, "248 messages not shown", "249 messages not shown", "<mark>dont tell anyone</mark>", "502 messages")
		unwanted(t, "a long chat", a.body, "<u>long", "<i>a")
		if n := strings.Count(a.body, `class="said `); n != 5 {
			t.Errorf("%d messages are shown, want the one that counts and two before and after", n)
		}
	})
}

func TestGlossary(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		page := w.page("/indicators")
		want(t, "the glossary", page, "72 indicators", `id="G-13"`, `id="C-08"`, `id="CTX-07"`, `id="OPEN"`, "Request for secrecy", "surprise parties", "No indicator is a verdict on a person", "Gift, then request")
		_, main, _ := strings.Cut(page, "<main")
		unwanted(t, "the glossary", main, "<details")
		w.lang = "id"
		want(t, "in Indonesian", w.page("/indicators"), "72 indikator", "pesta kejutan", "Hadiah, lalu permintaan")
	})
}
