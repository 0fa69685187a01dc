package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/intake"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		if rec := want[intake.Record](c, http.StatusOK, "POST", "/v1/texts", `{"text":"see example.org"}`); rec.Outcome.State() != jaga.StateNotChecked {
			t.Errorf("without lists: %s", rec.Outcome.State())
		}
		want[Bank](c, http.StatusCreated, "POST", "/v1/banks", `{"name":"LINKS"}`)
		a := c.do("POST", "/v1/banks/LINKS/import?type=url", strings.NewReader("listed.example\nhttps://other.example/A?b=1\n"), "Content-Type", "text/plain")
		if a.status != http.StatusOK && a.status != http.StatusCreated {
			t.Fatalf("list: %d %s", a.status, a.body)
		}
		text := "go to hxxps://www.listed[.]example/x"
		rec := want[intake.Record](c, http.StatusOK, "POST", "/v1/texts", fmt.Sprintf(`{"text":%q,"ref":"p1","author":"u1"}`, text))
		if rec.Outcome.State() != jaga.StateFindings || rec.Item.Kind != jaga.KindText || rec.Item.Ref != "p1" || len(rec.Outcome.Matches) != 1 {
			t.Fatalf("record %+v", rec)
		}
		m := rec.Outcome.Matches[0]
		if p := m.Places; len(p) != 1 || !p[0].Hidden || text[p[0].Start:p[0].End] != "hxxps://www.listed[.]example/x" || m.Signal.Type != jaga.Domain {
			t.Errorf("match %+v", m)
		}
		if a := c.call("GET", "/v1/items/"+rec.Item.ID, ""); strings.Contains(string(a.body), "listed") {
			t.Errorf("the item shows what is on a list: %s", a.body)
		}
		if rec := want[intake.Record](c, http.StatusOK, "POST", "/v1/texts", `{"text":"other.example/a?b=1"}`); rec.Outcome.State() != jaga.StateClear {
			t.Errorf("another path is %s", rec.Outcome.State())
		}
		c.refused(c.call("POST", "/v1/texts", `{"text":""}`), 422, "invalid", "text")
	})
}
