package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
)

// TestPrivateChannelsAreOff: a body with a private message is refused whole, a
// stream loses its line alone, and the state says which profile it is.
func TestPrivateChannelsAreOff(t *testing.T) {
	t.Parallel()
	off := func(o *Options) {
		talk, err := converse.Open(context.Background(), o.DB, converse.Options{Detector: using(testDetector(t)), Key: []byte("0123456789abcdef"), Scanning: func(time.Time) converse.Scanning {
			return converse.Scanning{By: []string{"eu-dsa18"}}
		}})
		if err != nil {
			t.Fatal(err)
		}
		o.Talk = talk
	}
	each(t, off, func(t *testing.T, c *client) {
		line := func(conversation, channel, id string) string {
			return `{"conversation":"` + conversation + `","channel":"` + channel + `","id":"` + id + `","from":"a","to":"b","text":"dont tell anyone CANARY"}`
		}
		r := c.do("POST", "/v1/messages", strings.NewReader(line("c", "private", "1")), "Content-Type", "application/json")
		var p Problem
		if err := json.Unmarshal([]byte(r.body), &p); err != nil || r.status != 409 || p.Code != jaga.CodeConflict || p.Field != "channel" || !strings.Contains(r.body, "eu-dsa18") || !strings.Contains(r.body, "law.profiles") {
			t.Errorf("%d %s", r.status, r.body)
		}
		body := strings.Join([]string{line("p", "public", "1"), line("c", "private", "1"), line("p", "", "2"), line("d", "private", "1"), line("g", "group", "1")}, "\n")
		stream := func(path string) (bad []int, sum StreamResult) {
			t.Helper()
			r := c.do("POST", path, strings.NewReader(body), "Content-Type", jsonLines, "Accept", jsonLines)
			for text := range strings.Lines(r.body) {
				var l StreamLine
				if err := json.Unmarshal([]byte(text), &l); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				if l.Error != nil {
					bad = append(bad, l.Line)
				}
				if l.Result != nil {
					sum = *l.Result
				}
			}
			return bad, sum
		}
		if bad, sum := stream("/v1/messages"); !slices.Equal(bad, []int{2, 4}) || sum.Bad != 2 || sum.Messages != 3 {
			t.Errorf("lines %v, %+v", bad, sum)
		}
		if bad, sum := stream("/v1/messages?strict=true"); !slices.Equal(bad, []int{2}) || sum.Bad != 1 {
			t.Errorf("strict: lines %v, %+v", bad, sum)
		}
		if st := want[Status](c, 200, "GET", "/v1/status", ""); st.Talk.Private != "off" || !slices.Equal(st.Talk.By, []string{"eu-dsa18"}) || st.Talk.Messages < 3 {
			t.Errorf("%+v", st.Talk)
		}
		for _, f := range want[FindingList](c, 200, "GET", "/v1/findings", "").Findings {
			if f.Finding.Conversation != "p" && f.Finding.Conversation != "g" {
				t.Errorf("a finding of %s", f.Finding.Conversation)
			}
		}
	})
}

// TestProgramsGetNoGoldCases: they do not exist for them, by their number either.
func TestProgramsGetNoGoldCases(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		if st := want[Status](c, 200, "GET", "/v1/status", ""); st.Talk.Private != "not_chosen" {
			t.Errorf("%+v", st.Talk)
		}
		id, err := c.s.Cases.AddGold(t.Context(), "person:1", casework.Finding{Kind: casework.KindUser, Ref: "g", Text: "a made-up person"}, casework.Confirmed)
		if err != nil || id != 1 {
			t.Fatal(id, err)
		}
		if list := want[CaseList](c, 200, "GET", "/v1/cases", ""); len(list.Cases) != 0 {
			t.Errorf("%+v", list)
		}
		gold, none := c.call("GET", "/v1/cases/1", ""), c.call("GET", "/v1/cases/2", "")
		if gold.status != 404 || strings.ReplaceAll(gold.body, "cases/1", "cases/2") != none.body {
			t.Errorf("%d %s, and of none %s", gold.status, gold.body, none.body)
		}
	})
}
