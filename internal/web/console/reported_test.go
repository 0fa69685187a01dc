package console_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/takedown"
)

// report hands in the codes of a generated picture, as a reader of the guide
// does, and returns what the reader may know of the case later.
func (w *world) report(seed uint64) func() slip.Case {
	w.t.Helper()
	m, err := media.NewDecoder(media.DefaultLimits(), 1).Measure(w.t.Context(), bytes.NewReader(photo(seed)), media.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	var codes []engine.Value
	for _, s := range m.Usable() {
		if v, err := engine.ParseValue(s.Type, s.Value); err == nil && (s.Type == jaga.PDQ || s.Type == jaga.SHA256) {
			codes = append(codes, v)
		}
	}
	from := netip.MustParseAddr("192.0.2.1")
	number, pin, err := w.cases.File(w.t.Context(), from, codes)
	if err != nil {
		w.t.Fatal(err)
	}
	return func() slip.Case {
		w.t.Helper()
		c, err := w.cases.Look(w.t.Context(), from, number, pin)
		if err != nil {
			w.t.Fatal(err)
		}
		return c
	}
}

func TestReported(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		unwanted(t, "without cases", w.page("/banks"), `id="reported"`)
		allow := bank.Defaults("HARMLESS")
		allow.Role = jaga.RoleAllow
		if _, err := w.banks.Create(t.Context(), "person:1", allow); err != nil {
			t.Fatal(err)
		}
		w.addPhoto("HARMLESS", 41)
		w.take("here", smaller(41))
		look := w.report(41)
		w.report(41)
		home := w.page("/")
		want(t, "home", home, `href="/banks#reported"`, "codes of their pictures that wait for a person")
		page := w.page("/banks")
		want(t, "two cases", page, "Case 1", "Case 2", "2 codes", "1 PDQ", "1 SHA-256", "A code matches the allow bank HARMLESS", "1 of the last 5,000 items matches.", "1 other case has one of the codes")
		unwanted(t, "no picture, no code, no hash of a number", page, "<img", "many people share")
		for i := range 20 {
			w.take(fmt.Sprint("many", i), smaller(41))
		}
		want(t, "a public picture", w.page("/banks"), "21 of the last 5,000 items match. This may be a picture that many people share.")

		want(t, "accepted", w.done("/reported/1", url.Values{"do": {"accept"}}), "The case was accepted", "1 accepted", "Case 2")
		if c := look(); c.State != slip.Accepted || c.Looking != 2 {
			t.Errorf("%+v", c)
		}
		want(t, "the bank's page", w.page("/banks/"+takedown.BankName), "Codes handed in by young people", "reported by a young person", "Look for it no longer")
		unwanted(t, "another bank's page", w.page("/banks/HARMLESS"), "Codes handed in by young people")
		if a := w.post("/reported/1", url.Values{"do": {"accept"}}); a.status != http.StatusConflict {
			t.Errorf("accepted twice: %d", a.status)
		}
		want(t, "stopped", w.done("/reported/1", url.Values{"do": {"refuse"}, "reason": {"common"}}), "are not looked for", "1 not accepted", "Matches too many different files", "Accept after all")
		if c := look(); c.State != slip.Refused || c.Reason != slip.Common {
			t.Errorf("%+v", c)
		}
		if b, err := w.banks.Get(t.Context(), takedown.BankName); err != nil || b.Entries != 0 {
			t.Errorf("%d entries are left (%v)", b.Entries, err)
		}
		want(t, "after all", w.done("/reported/1", url.Values{"do": {"accept"}}), "1 accepted")
		for path, c := range map[string]struct {
			form   url.Values
			status int
		}{
			"/reported/99": {url.Values{"do": {"accept"}}, 404}, "/reported/x": {url.Values{"do": {"accept"}}, 404},
			"/reported/2": {url.Values{"do": {"burn"}}, 422}, "/reported/02": {url.Values{"do": {"refuse"}, "reason": {"because"}}, 422},
		} {
			if a := w.post(path, c.form); a.status != c.status {
				t.Errorf("%s %v: %d, want %d", path, c.form, a.status, c.status)
			}
		}
		w.lang = "id"
		want(t, "in Indonesian", w.page("/banks"), "Kode yang diserahkan anak muda", "Kasus 2", "Jangan terima")
	})
}
