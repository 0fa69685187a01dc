package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/store"
)

// canary stands in the text of messages and may stand on no page before
// somebody has opened the excerpt.
const canary = "kanari-7421"

// say hands in entries, one a line.
func (w *world) say(lines ...string) {
	w.t.Helper()
	var list []converse.Entry
	for _, line := range lines {
		e, err := converse.ParseEntry([]byte(line))
		if err != nil {
			w.t.Fatalf("%s: %v", line, err)
		}
		list = append(list, e)
	}
	if _, err := w.talk.Observe(w.t.Context(), "key:1", list); err != nil {
		w.t.Fatal(err)
	}
}

// long is a name as long as platforms allow.
var long = strings.Repeat("nama", 50)

// chats hands in conversations: one that is urgent, one among children, one
// with hostile names, one with long names, and one of ordinary life.
func (w *world) chats() {
	w.t.Helper()
	// All in one day, whatever the time is now: a new day stands in a chat where
	// hours that passed would.
	began := time.Now().UTC().Add(-3 * time.Hour)
	if midnight := time.Now().UTC().Truncate(24 * time.Hour); began.Before(midnight) {
		began = midnight.Add(-3 * time.Hour)
	}
	at := func(n int) string { return began.Add(time.Duration(n) * time.Minute).Format(time.RFC3339) }
	w.say(
		`{"conversation":"room-7","channel":"private","participants":[{"id":"streamer","age_band":"adult","role":"famous","followers":900000},{"id":"kim","age_band":"13-15"}]}`,
		`{"conversation":"room-7","id":"m1","from":"streamer","to":"kim","at":"`+at(0)+`","text":"see you at practice `+canary+`"}`,
		`{"conversation":"room-7","id":"m2","from":"kim","to":"streamer","at":"`+at(2)+`","text":"ok :)"}`,
		`{"conversation":"room-7","id":"m3","from":"streamer","to":"kim","at":"`+at(3)+`","text":"Große 日本 🙂 dont tell anyone <b>please</b>"}`,
		`{"conversation":"room-7","id":"m4","from":"streamer","to":"kim","at":"`+at(125)+`","act":"G-11"}`,
		`{"conversation":"room-7","id":"m5","from":"streamer","to":"kim","at":"`+at(126)+`","act":"S-05"}`,
		`{"conversation":"room-7","id":"m6","from":"kim","to":"streamer","at":"`+at(127)+`","act":"block"}`,

		`{"conversation":"class-8b","channel":"private","participants":[{"id":"dewi","age_band":"13-15"},{"id":"raka","age_band":"13-15"}]}`,
		`{"conversation":"class-8b","id":"m1","from":"raka","to":"dewi","at":"`+at(10)+`","text":"jangan bilang siapa siapa ya"}`,
		`{"conversation":"class-8b","id":"m2","from":"raka","to":"dewi","at":"`+at(11)+`","act":"S-05"}`,

		`{"conversation":"<script>alert('c')</script>","participants":[{"id":"<i>x</i>","age_band":"adult"},{"id":"\"><img src=x>","age_band":"10-12"}]}`,
		`{"conversation":"<script>alert('c')</script>","id":"<u>m</u>","from":"<i>x</i>","to":"\"><img src=x>","text":"dont tell anyone \u202ereversed <script>alert('t')</script>"}`,

		`{"conversation":"`+long+`","participants":[{"id":"a`+long+`","age_band":"adult"},{"id":"b`+long+`","age_band":"13-15"}]}`,
		`{"conversation":"`+long+`","id":"m`+long+`","from":"a`+long+`","to":"b`+long+`","at":"`+at(20)+`","text":"`+long+` dont tell anyone"}`,

		`{"conversation":"team","channel":"group","participants":[{"id":"coach","age_band":"adult","role":"coach","verified":true}]}`,
		`{"conversation":"team","id":"m1","from":"coach","at":"`+at(30)+`","text":"practice moves to five"}`,
	)
}

// findings lists what was found, the newest first.
func (w *world) findings(f converse.Filter) []converse.Finding {
	w.t.Helper()
	list, err := w.talk.List(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(list) == 0 {
		w.t.Fatalf("no finding of %+v", f)
	}
	return list
}

func (w *world) opened(id string) (n int) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		records, err := store.CustodyTrail(tx, "finding:"+id, 100)
		for _, r := range records {
			if r.Action == "excerpt.open" && r.Actor == "person:1" {
				n++
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestNoConversations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "an empty installation", w.page("/conversations"), "No message has come in yet", "curl -H", "http://example.com/v1/messages", `href="/keys"`, "no text is kept")
		want(t, "home", w.page("/"), "Jaga also reads conversations", "First steps")
		w.say(`{"conversation":"team","id":"m1","from":"coach","text":"practice moves to five"}`)
		page := w.page("/conversations")
		want(t, "with messages", page, "1 message was read since the start. Nothing found in what was checked.")
		unwanted(t, "with messages", page, "practice moves", "curl")
		home := w.page("/")
		want(t, "home with messages", home, "In conversations", "no finding in the last 24 hours")
		unwanted(t, "home with messages", home, `id="step`, "Three steps")
	})
}

func TestConversations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.chats()
		page := w.page("/conversations")
		want(t, "the list", page, "Signs of sexual extortion", "Signs of grooming", "Urgent", "room-7", "class-8b", "key:1"[4:], "findings in 30 days", "Most often:", "Every form")
		unwanted(t, "the list", page, canary, "practice", "dont tell")
		if strings.Contains(page, "team") {
			t.Error("a conversation without a finding is listed")
		}
		all := strings.Count(page, `data-row`)
		if n := len(w.findings(converse.Filter{})); all != n {
			t.Errorf("%d rows, want the %d findings", all, n)
		}
		urgent := w.page("/conversations?band=urgent")
		if n, want := strings.Count(urgent, "data-row"), len(w.findings(converse.Filter{Band: jaga.BandUrgent})); n != want || n == all {
			t.Errorf("%d urgent rows of %d, want %d", n, all, want)
		}
		grooming := w.page("/conversations?form=grooming")
		if n, want := strings.Count(grooming, "data-row"), len(w.findings(converse.Filter{Form: jaga.FormGrooming})); n != want || n == all {
			t.Errorf("%d rows of grooming, want %d", n, want)
		}
		want(t, "filters keep each other", grooming, `href="/conversations?band=urgent&amp;form=grooming"`)
		want(t, "no row", w.page("/conversations?form=csam"), "No finding fits this choice")
		want(t, "a filter that is none", w.page("/conversations?form=other&band=high&before=x"), "Signs of grooming")
		home := w.page("/")
		want(t, "home", home, "Found last in conversations", "in conversations, last 24 hours", `href="/conversations?band=urgent"`)
		unwanted(t, "home", home, canary)
	})
}

func TestConversationsArePaged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 30 {
			w.say(fmt.Sprintf(`{"conversation":"c%d","participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"13-15"}]}`, i),
				fmt.Sprintf(`{"conversation":"c%d","id":"m","from":"a","to":"b","act":"G-13"}`, i))
		}
		seen := map[string]bool{}
		path := "/conversations?band=review"
		for range 3 {
			page := w.page(path)
			for _, part := range strings.Split(page, `class="row-link" href="`)[1:] {
				seen[part[:strings.IndexByte(part, '"')]] = true
			}
			before, _, more := strings.Cut(page, `">Load older`)
			if !more {
				break
			}
			path = strings.ReplaceAll(before[strings.LastIndex(before, `"`)+1:], "&amp;", "&")
		}
		if len(seen) != 30 {
			t.Errorf("the pages show %d findings, want 30", len(seen))
		}
	})
}

func TestFinding(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.chats()
		f := w.findings(converse.Filter{Conversation: "room-7", Form: jaga.FormSextortion})[0]
		path := "/conversations/" + f.ID
		page := w.page(path)
		want(t, "a finding", page, "Signs of sexual extortion", "Account under review streamer adult", "May need help kim 13–15 years", "Power over the other shows in 2 of 7 ways", "age", "fame",
			"Evidence for", "Evidence against", "Nothing was seen that speaks against it", `href="/indicators#S-05"`, "message m5", "an act, not words",
			"could not be looked for", "who knows whom", "How soon a person should look", "It is not the child", "What to do next", "SAPA 129", strings.ReplaceAll(f.Finding.Version, "+", "&#43;"),
			"Opening it is recorded in the custody log, with your name", "Also in this conversation", "A finding was made or raised")
		unwanted(t, "a finding", page, canary, "practice", "dont tell", "<mark")
		if n := w.opened(f.ID); n != 0 {
			t.Fatalf("looking at the finding made %d records of an opened excerpt", n)
		}
		if a := w.get(path + "/excerpt"); a.status == http.StatusOK {
			t.Errorf("GET of the excerpt: status %d; opening it must be an act", a.status)
		}
		open := w.post(path+"/excerpt", nil)
		if open.status != http.StatusOK || open.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("open: %d %v", open.status, open.header)
		}
		want(t, "the open excerpt", open.body, canary, "Opened and recorded with your name.", "Veil it again", `href="`+path+`#excerpt"`,
			"The platform saw:", "Blocks the other side", "From here on", "2 hours later", `<a href="#m-5">message m5</a>`, "The excerpt was opened")
		if n := w.opened(f.ID); n != 1 {
			t.Errorf("%d records of the opened excerpt, want 1", n)
		}
		unwanted(t, "afterwards", w.page(path), canary)

		// The other finding of the conversation marks the words, whole characters
		// before them and tags in them.
		g := w.findings(converse.Filter{Conversation: "room-7", Form: jaga.FormGrooming})[0]
		words := w.post("/conversations/"+g.ID+"/excerpt", nil)
		want(t, "the marked words", words.body, `Große 日本 🙂 <mark>dont tell anyone</mark><a class="ind small" href="/indicators#G-13">G-13</a> &lt;b&gt;please&lt;/b&gt;`, `class="said left`, `class="said right`)
		order := []int{strings.Index(words.body, canary), strings.Index(words.body, "ok :)"), strings.Index(words.body, "<mark>"), strings.Index(words.body, "Blocks the other")}
		for i := range order[1:] {
			if order[i] < 0 || order[i] > order[i+1] {
				t.Errorf("the messages stand at %v", order)
			}
		}
	})
}

func TestFindingAmongChildrenIsForTheirWelfare(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.chats()
		w.lang = "id"
		f := w.findings(converse.Filter{Conversation: "class-8b"})[0]
		want(t, "the finding", w.page("/conversations/"+f.ID), "Akun yang ditinjau tampaknya juga milik anak. Anak perlu didukung lebih dahulu", "CTX-02", "Kedua pihak tampaknya anak-anak yang usianya sebaya.")
	})
}

func TestHostileConversation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.chats()
		f := w.findings(converse.Filter{Conversation: "<script>alert('c')</script>"})[0]
		path := "/conversations/" + f.ID
		for _, body := range []string{w.page("/conversations"), w.page(path), w.post(path+"/excerpt", nil).body} {
			unwanted(t, path, body, "<script>alert", "<i>x", "<img src", "<u>m")
		}
		open := w.post(path+"/excerpt", nil).body
		want(t, "the excerpt", open, "&lt;script&gt;alert(&#39;t&#39;)&lt;/script&gt;", "time not given", `dir="auto"`)
	})
}

// A message with a long identifier is marked, although the finding knows it by
// a digest alone.
func TestExcerptOfLongNames(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.chats()
		f := w.findings(converse.Filter{Conversation: long})[0]
		open := w.post("/conversations/"+f.ID+"/excerpt", nil).body
		want(t, "the excerpt", open, "<mark>dont tell anyone</mark>", `href="#m-1"`, `class="said left`, "Account under review a"+long)
	})
}

func TestNoSuchFinding(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, id := range []string{"x", "0197f1a0-0000-7000-8000-000000000000", "%00", "%3Cscript%3E", strings.Repeat("a", 900)} {
			if a := w.get("/conversations/" + id); a.status != http.StatusNotFound || !strings.Contains(a.body, "<h1") {
				t.Errorf("GET %.40s: status %d, want 404 with a page", id, a.status)
			}
			if a := w.post("/conversations/"+id+"/excerpt", url.Values{}); a.status != http.StatusNotFound {
				t.Errorf("open %.40s: status %d, want 404", id, a.status)
			}
		}
	})
}
