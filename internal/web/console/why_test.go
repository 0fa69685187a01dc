package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/testpic"
)

func TestWhy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN")
		strict := bank.Defaults("STRICT")
		strict.Threshold = 4
		if _, err := w.banks.Create(t.Context(), "person:1", strict); err != nil {
			t.Fatal(err)
		}
		w.addPhoto("KNOWN", 1)
		ask := func(status int, parts ...part) string {
			t.Helper()
			a := w.upload("/why", parts...)
			if a.status != status {
				t.Errorf("status %d, want %d: %s", a.status, status, text(a.body))
			}
			return a.body
		}
		near := hashP[:62] + "21" // two bits differ
		two := ask(200, part{"value_a", "", hashP}, part{"type_a", "", "pdq"}, part{"value_b", "", strings.ToUpper(near)}, part{"type_b", "", "pdq"})
		want(t, "two hashes", two, "2 bits of 256 differ: near enough", "4 STRICT (matches)", "31 customary threshold, KNOWN (matches)", "rotations are computed from a picture", hashP, near)
		far := ask(200, part{"value_a", "", hashP}, part{"value_b", "", strings.Repeat("0", 64)})
		want(t, "far apart", far, "128 bits of 256 differ: too far", "128 bits →")
		pair := ask(200, part{"file_a", "a.png", string(testpic.PNG(testpic.Rotate90(testpic.Photo(1, 240, 180))))}, part{"file_b", "b.jpg", string(photo(1))})
		want(t, "a turned picture", pair, "near enough to match", "Nearest after a turn", "Different files", "All eight rotations")
		if n := strings.Count(pair, `class="card best"`); n != 1 {
			t.Errorf("%d nearest rotations", n)
		}
		if n := strings.Count(pair, `<svg class="bits"`); n != 10 {
			t.Errorf("%d bit fields, want 2 large and 8 small", n)
		}
		want(t, "the same file", ask(200, part{"file_a", "a.jpg", string(photo(1))}, part{"file_b", "b.jpg", string(photo(1))}), "0 bits of 256 differ", "Equal: the same file")
		want(t, "a file and its hash", ask(200, part{"value_a", "", hashP}, part{"file_b", "b.jpg", string(photo(1))}), "Typed hash", "The file", "All eight rotations")
		want(t, "no picture", ask(200, part{"file_a", "a.txt", "words"}, part{"file_b", "b.jpg", string(photo(1))}), "It is not a picture", "Different files")
		want(t, "other types", ask(200, part{"value_a", "", md5P}, part{"value_b", "", hashP}), "only one side has a PDQ hash", "Not compared")

		want(t, "one file", ask(200, part{"file_a", "a.jpg", string(smaller(1))}), "1 match in the banks", "KNOWN · 1")
		want(t, "one in the second place", ask(200, part{"file_b", "a.jpg", string(smaller(1))}), "1 match in the banks")
		want(t, "one that is not there", ask(200, part{"file_a", "a.jpg", string(smaller(5))}), "Nothing found in what was checked")
		damaged := ask(200, part{"file_a", "a.jpg", string(smaller(5)[:600])})
		want(t, "one that is damaged", damaged, "not everything was checked", "Not checked")
		unwanted(t, "one that is damaged", damaged, "Nothing found in what was checked")
		flat := ask(200, part{"file_a", "flat.png", string(testpic.PNG(testpic.Flat(96, 96, flatGrey)))})
		want(t, "one without detail", flat, "too little detail", "not everything was checked")
		want(t, "one hash", ask(200, part{"value_a", "", md5P}), "Nothing found in what was checked")

		want(t, "nothing", ask(422), "Choose a file or type a hash")
		bad := ask(422, part{"value_a", "", hashP}, part{"value_b", "", `"><script>`})
		want(t, "a bad hash", bad, "The second hash is no hash", `value="`+hashP+`"`)
		unwanted(t, "a bad hash", bad, "<script>")
		if a := w.post("/why", url.Values{"value_a": {hashP}}); a.status != 422 {
			t.Errorf("a form of another kind: %d", a.status)
		}

		id := w.take("post", smaller(1))
		body := w.page("/items/" + id)
		want(t, "the item", body, "Why does it match?", `href="/why?item=`+id+`&amp;match=0"`)
		want(t, "from the item", w.page("/why?item="+id+"&match=0"), "near enough to match", "Entry 1 of KNOWN", "The item", "All eight rotations", "MD5")
		unwanted(t, "addresses", body, "/why?a=", "value_a")
		for _, q := range []string{"item=" + id, "item=" + id + "&match=99", "item=" + id + "&match=-1", "item=no&match=0"} {
			if a := w.get("/why?" + q); a.status != 404 {
				t.Errorf("%s: %d", q, a.status)
			}
		}
		// A match stays explained when its entry is gone.
		if _, err := w.banks.DeleteEntry(t.Context(), "person:1", "KNOWN", 1); err != nil {
			t.Fatal(err)
		}
		want(t, "after the entry went", w.page("/why?item="+id+"&match=0"), "near enough to match")
	})
}

func TestItems(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN")
		allow := bank.Defaults("FINE")
		allow.Role = "allow"
		if _, err := w.banks.Create(t.Context(), "person:1", allow); err != nil {
			t.Fatal(err)
		}
		w.addPhoto("KNOWN", 1)
		w.addPhoto("FINE", 1)
		a := w.upload("/items", part{"ref", "", "my <ref>"}, part{"file", "a.jpg", string(smaller(1))})
		if a.status != http.StatusSeeOther {
			t.Fatalf("check a picture: %d %s", a.status, text(a.body))
		}
		body := w.page(a.header.Get("Location"))
		want(t, "the item", body, "my &lt;ref&gt;", "Evidence for", "Evidence against", "FINE", "Operator", "168 × 126", "A finding was made")
		if a := w.upload("/items", part{"file", "a.jpg", string(smaller(4))}, part{"file", "b.txt", "words"}); a.header.Get("Location") != "/items" {
			t.Errorf("two files lead to %q", a.header.Get("Location"))
		}
		list := w.page("/items")
		want(t, "the list", list, "Findings 1", "Not checked 1", "Nothing found 1", "3 items are kept", "PDQ distance", "It is not a picture", "Checked:")
		unwanted(t, "the list", list, "<img", "clean")
		for filter, n := range map[string]int{"findings": 1, "not_checked": 1, "clear": 1, "nonsense": 3} {
			if got := strings.Count(w.page("/items?state="+filter), "<tr data-row>"); got != n {
				t.Errorf("%s: %d rows, want %d", filter, got, n)
			}
		}
		want(t, "by reference", w.page("/items?ref="+url.QueryEscape("my <ref>")), "my &lt;ref&gt;")
		want(t, "by another", w.page("/items?ref=no"), "No item fits")
		for _, parts := range [][]part{nil, {{"ref", "", strings.Repeat("r", 600)}, {"file", "a.jpg", string(photo(2))}}, {{"file", "a", strings.Repeat("x", maxUp+1<<20)}}} {
			if a := w.upload("/items", parts...); a.status != 422 || !strings.Contains(a.body, `id="problem"`) {
				t.Errorf("status %d", a.status)
			}
		}
		for i := range 55 {
			w.take("post", []byte(strings.Repeat("w", i+1)))
		}
		first := w.page("/items")
		if n := strings.Count(first, "<tr data-row>"); n != 50 {
			t.Errorf("%d rows on the first page", n)
		}
		_, rest, found := strings.Cut(first, `href="/items?before=`)
		older, _, _ := strings.Cut(rest, `"`)
		if !found {
			t.Fatal("no link to older items")
		}
		if n := strings.Count(w.page("/items?before="+older), "<tr data-row>"); n != 8 {
			t.Errorf("%d rows on the second page", n)
		}
	})
}

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "none yet", w.page("/keys"), "There is no key yet")
		for _, f := range []url.Values{{"label": {""}, "scopes": {"match"}}, {"label": {"kept"}}, {"label": {"kept"}, "scopes": {"admin"}}} {
			a := w.post("/keys", f)
			if a.status != 422 {
				t.Errorf("%v: %d", f, a.status)
			}
			want(t, "a bad key", a.body, "This needs a change", f.Get("label"))
		}
		a := w.post("/keys", url.Values{"label": {"forum"}, "scopes": {"match", "items:read"}, "expires": {"30"}})
		_, rest, found := strings.Cut(a.body, `id="secret-text">`)
		secret, _, _ := strings.Cut(rest, "<")
		if a.status != 200 || !found || !strings.HasPrefix(secret, auth.KeyPrefix) {
			t.Fatalf("a new key: %d %s", a.status, text(a.body))
		}
		who, err := w.auth.Key(t.Context(), secret)
		if err != nil || who.Name != "forum" || !who.May(auth.Match) || who.May(auth.KeysWrite) {
			t.Errorf("%+v %v", who, err)
		}
		list := w.page("/keys")
		unwanted(t, "later", list, secret)
		want(t, "later", list, "forum", "compare without storing", "in 30 days")
		want(t, "revoked", w.done("/keys/1/revoke", nil), "The key was revoked")
		if _, err := w.auth.Key(t.Context(), secret); err == nil {
			t.Error("a revoked key works")
		}
		for _, id := range []string{"1", "x", "99"} {
			if a := w.post("/keys/"+id+"/revoke", nil); a.status != 404 {
				t.Errorf("revoke %s: %d", id, a.status)
			}
		}
		a = w.post("/account/link", nil)
		_, rest, found = strings.Cut(a.body, "http://example.com/sign-in?token=")
		token, _, _ := strings.Cut(rest, "<")
		if !found {
			t.Fatalf("no link: %s", text(a.body))
		}
		if _, err := w.auth.SignIn(t.Context(), token); err != nil {
			t.Errorf("the link for another device: %v", err)
		}
	})
}
