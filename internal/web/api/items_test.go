package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/intake"
)

func TestItemsEndToEnd(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("KNOWN", photo(1, 600))
		// The same scene, smaller, is found.
		a := c.form("/v1/items", []string{"Prefer", "wait"}, part{"ref", "", "post-1"}, part{"author", "", "u1"}, part{"audience", "", "public"}, part{"file", "x.bin", photo(1, 300)})
		rec := decode[intake.Record](c, http.StatusOK, a)
		if rec.Outcome.State() != jaga.StateFindings || rec.Item.Ref != "post-1" || rec.Item.Author != "u1" || rec.Item.Audience != "public" || rec.Type != "image/jpeg" || rec.Item.Source != "key:1" {
			t.Errorf("record %+v", rec)
		}
		if a.header.Get("Preference-Applied") != "wait" {
			t.Error("no Preference-Applied")
		}
		// Accepted first, found later.
		a = c.form("/v1/items", nil, part{"ref", "", "post-2"}, part{"file", "", photo(1, 500)})
		rec = decode[intake.Record](c, http.StatusAccepted, a)
		if rec.Outcome.State() != jaga.StateNotChecked || a.header.Get("Location") != "/v1/items/"+rec.Item.ID {
			t.Errorf("accepted %+v at %q", rec, a.header.Get("Location"))
		}
		c.intake.Wait()
		if rec = want[intake.Record](c, http.StatusOK, "GET", a.header.Get("Location"), ""); rec.Outcome.State() != jaga.StateFindings || len(rec.Signals) != 4 {
			t.Errorf("afterwards %+v", rec)
		}
		// Another scene is clear.
		rec = decode[intake.Record](c, http.StatusOK, c.form("/v1/items", []string{"Prefer", "respond-async;x, wait=10"}, part{"file", "a", photo(2, 300)}))
		if rec.Outcome.State() != jaga.StateClear {
			t.Errorf("another scene is %s", rec.Outcome.State())
		}
		// Hashes alone, in capital letters too.
		rec = want[intake.Record](c, http.StatusOK, "POST", "/v1/items", fmt.Sprintf(`{"ref":"h","signals":[{"type":"pdq","value":%q,"quality":90},{"type":"md5","value":%q}]}`, strings.ToUpper(hashP), md5P))
		if rec.Item.Kind != jaga.KindHash || rec.Outcome.State() != jaga.StateClear || rec.Signals[0].Value != hashP {
			t.Errorf("hashes: %+v", rec)
		}

		all := want[ItemList](c, http.StatusOK, "GET", "/v1/items", "")
		if len(all.Items) != 4 || all.Next != "" {
			t.Fatalf("%d items, next %q", len(all.Items), all.Next)
		}
		if found := want[ItemList](c, http.StatusOK, "GET", "/v1/items?state=findings", ""); len(found.Items) != 2 {
			t.Errorf("%d with findings", len(found.Items))
		}
		if found := want[ItemList](c, http.StatusOK, "GET", "/v1/items?ref=post-2", ""); len(found.Items) != 1 || found.Items[0].Item.Ref != "post-2" {
			t.Errorf("by reference %+v", found)
		}
		var walked []string
		for next, path := "x", "/v1/items?limit=3"; next != ""; path = "/v1/items?limit=3&before=" + next {
			page := want[ItemList](c, http.StatusOK, "GET", path, "")
			for _, r := range page.Items {
				walked = append(walked, r.Item.ID)
			}
			next = page.Next
		}
		for i, r := range all.Items {
			if walked[i] != r.Item.ID {
				t.Errorf("pages %v", walked)
			}
		}
		c.refused(c.call("GET", "/v1/items/01900000-0000-7000-8000-000000000000", ""), 404, "not_found", "item")
		c.refused(c.call("GET", "/v1/items?before=x", ""), 422, "invalid", "before")
	})
}

func TestItemsThatCannotBeChecked(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("KNOWN", photo(1, 300))
		good := photo(3, 300)
		for name, data := range map[string]string{"empty": "", "cut off": good[:len(good)/2], "text": "not a picture", "damaged": good[:100] + strings.Repeat("\x00", 400)} {
			rec := decode[intake.Record](c, http.StatusOK, c.form("/v1/items", []string{"Prefer", "wait"}, part{"file", "a.jpg", data}))
			if rec.Outcome.State() != jaga.StateNotChecked {
				t.Errorf("%s: %s, want not checked", name, rec.Outcome.State())
			}
		}
		// Without banks nothing was checked.
		want[DeletedBank](c, http.StatusOK, "DELETE", "/v1/banks/KNOWN", "")
	})
}

func TestItemsRefuseBadForms(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		const path = "/v1/items"
		for _, wait := range []string{"wait", "respond-async"} {
			h := []string{"Prefer", wait}
			c.refused(c.form(path, h, part{"ref", "", "x"}), 422, "invalid", "file")
			c.refused(c.form(path, h, part{"file", "a", "1"}, part{"ref", "", "x"}), 422, "invalid", "body")
			c.refused(c.form(path, h, part{"file", "a", "1"}, part{"file", "b", "2"}), 422, "invalid", "body")
			c.refused(c.form(path, h, part{"CANARY", "", "x"}, part{"file", "b", "2"}), 422, "invalid", "body")
			c.refused(c.form(path, h, part{"CANARY", "b", "2"}), 422, "invalid", "file")
			c.refused(c.form(path, h, part{"ref", "", "x"}, part{"ref", "", "y"}, part{"file", "b", "2"}), 422, "invalid", "ref")
			c.refused(c.form(path, h, part{"ref", "", strings.Repeat("x", 600)}, part{"file", "b", "2"}), 422, "invalid", "ref")
			c.refused(c.form(path, h, part{"ref", "", "a\xffb"}, part{"file", "b", "2"}), 422, "invalid", "ref")
			c.refused(c.form(path, h, part{"ref", "", "a\x00b"}, part{"file", "b", "2"}), 422, "invalid", "ref")
			c.refused(c.form(path, h, part{"file", "b", strings.Repeat("x", 2<<20+1)}), 413, "invalid", "body")
			c.refused(c.form(path, h, part{"file", "b", strings.Repeat("x", 4<<20)}), 413, "invalid", "body")
			kind, body := formBody(t, part{"ref", "", "x"}, part{"file", "a.jpg", photo(1, 200)})
			for _, cut := range []int{0, 10, 60, 130, len(body) / 2, len(body) - 30, len(body) - 3} {
				c.refused(c.do("POST", path, strings.NewReader(body[:cut]), "Content-Type", kind, "Prefer", wait), 400, "invalid", "body")
			}
			c.refused(c.do("POST", path, strings.NewReader(body), "Content-Type", "multipart/form-data", "Prefer", wait), 400, "invalid", "body")
			if rec := decode[intake.Record](c, 0, reply{0, nil, c.form(path, h, part{"file", "b", strings.Repeat("x", 2<<20)}).body}); rec.Bytes != 2<<20 {
				t.Errorf("a file of the limit's size: %+v", rec)
			}
		}
		if list := want[ItemList](c, 200, "GET", path, ""); len(list.Items) != 2 {
			t.Errorf("%d items were stored, want 2", len(list.Items))
		}
	})
}

func TestItemsRefuseBadJSON(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		post := func(body string) reply {
			return c.do("POST", "/v1/items", strings.NewReader(body), "Content-Type", "application/json")
		}
		c.refused(post(""), 400, "invalid", "body")
		c.refused(post("{"), 400, "invalid", "body")
		c.refused(post(`{"signals":[]} x`), 400, "invalid", "body")
		c.refused(post(strings.Repeat("[", 100)+strings.Repeat("]", 100)), 400, "invalid", "body")
		c.refused(post(`{"ref":"`+strings.Repeat("x", 1<<20)+`"}`), 413, "invalid", "body")
		c.refused(post(`[]`), 422, "invalid", "body")
		c.refused(post(`null`), 422, "invalid", "body")
		c.refused(post(`{}`), 422, "invalid", "signals")
		c.refused(post(`{"signals":null}`), 422, "invalid", "signals")
		c.refused(post(`{"signals":[]}`), 422, "invalid", "signals")
		c.refused(post(`{"signals":[{"type":"md5","value":"`+md5P+`"}],"CANARY":1}`), 422, "invalid", "body")
		c.refused(post(`{"signals":[{"type":"md5","value":"`+md5P+`","CANARY.x":1}]}`), 422, "invalid", "signals[0]")
		c.refused(post(`{"signals":[{"type":"CANARY","value":"`+md5P+`"}]}`), 422, "invalid", "signals[0].type")
		c.refused(post(`{"signals":[{"type":"md5"}]}`), 422, "invalid", "signals[0].value")
		c.refused(post(`{"signals":[{"type":"md5","value":"`+hashP+`"}]}`), 422, "invalid", "signals")
		c.refused(post(`{"signals":[{"type":"md5","value":"`+strings.Repeat("z", 32)+`"}]}`), 422, "invalid", "signals[0].value")
		c.refused(post(`{"signals":[{"type":"md5","value":"`+md5P+`"}],"ref":"a\u0000b"}`), 422, "invalid", "")
		c.refused(post(`{"signals":[{"type":"md5","value":"`+md5P+`"}],"ref":1}`), 422, "invalid", "ref")
		c.refused(c.do("POST", "/v1/items", strings.NewReader("x"), "Content-Type", "text/plain"), 415, "invalid", "Content-Type")
		c.refused(c.do("POST", "/v1/items", strings.NewReader("{}")), 415, "invalid", "Content-Type")
	})
}

func TestHundredUploadsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("KNOWN", photo(1, 300))
		known, other := photo(1, 200), photo(2, 200)
		states := make([]jaga.State, 100)
		var wg sync.WaitGroup
		for i := range states {
			wg.Go(func() {
				data := known
				if i%2 == 1 {
					data = other
				}
				a := c.form("/v1/items", []string{"Prefer", "wait"}, part{"ref", "", fmt.Sprint(i)}, part{"file", "a.jpg", data})
				var rec intake.Record
				if err := json.Unmarshal([]byte(a.body), &rec); err != nil || a.status != 200 || rec.Item.Ref != fmt.Sprint(i) {
					t.Errorf("upload %d: %d %s", i, a.status, a.body)
				}
				states[i] = rec.Outcome.State()
			})
		}
		wg.Wait()
		for i, s := range states {
			if want := []jaga.State{jaga.StateFindings, jaga.StateClear}[i%2]; s != want {
				t.Errorf("upload %d is %s, want %s", i, s, want)
			}
		}
		if n := want[Status](c, 200, "GET", "/v1/status", "").Items; n != (Counts{0, 50, 50}) {
			t.Errorf("counts %+v", n)
		}
	})
}

func TestBudget(t *testing.T) {
	t.Parallel()
	b := budget{most: 100 << 10}
	data, give, err := b.readAll(strings.NewReader(strings.Repeat("x", 70<<10)))
	if err == nil {
		t.Fatalf("%d bytes in a buffer that has grown over the budget", len(data))
	}
	give()
	data, give, err = b.readAll(strings.NewReader("abc"))
	if err != nil || string(data) != "abc" || b.used.Load() == 0 {
		t.Fatalf("%q, %v, %d used", data, err, b.used.Load())
	}
	if _, give2, err := b.readAll(strings.NewReader("abc")); jaga.CodeOf(err) != jaga.CodeBusy {
		t.Errorf("a second file: %v, want busy", err)
	} else {
		give2()
	}
	give()
	if b.used.Load() != 0 {
		t.Errorf("%d bytes are still taken", b.used.Load())
	}
}
