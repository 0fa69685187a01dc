package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/testpic"
)

// TestLive watches a stream of pictures through the API.
func TestLive(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		a := c.call("POST", "/v1/live", `{"source":"frames","ref":"stream-7","account":"host"}`)
		var w live.Watch
		if err := json.Unmarshal([]byte(a.body), &w); err != nil || a.status != 201 || a.header.Get("Location") != "/v1/live/"+w.ID || w.State != live.Starting {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if a := c.call("POST", "/v1/live", `{"source":"frames","banks":["MISSPELT"]}`); a.status != 404 || !strings.Contains(a.body, `"bank"`) {
			t.Errorf("a bank that is not there: %d %s", a.status, a.body)
		}
		lines := `{"type":"person","person":{"id":"host","age_band":"13-15"}}
{"id":"1","type":"act","from":"viewer","act":"category","category":"direction","score":0.9}

{"id":"2","type":"gift","from":"viewer","amount":5,"currency":"USD"}`
		a = c.do("POST", "/v1/live/"+w.ID+"/events", strings.NewReader(lines), "Content-Type", "application/x-ndjson")
		if a.status != 200 || !strings.Contains(a.body, `"events":3`) {
			t.Errorf("%d %s", a.status, a.body)
		}
		a = c.do("POST", "/v1/live/"+w.ID+"/events", strings.NewReader(`{"type":"chat","from":"a","text":"x"}`+"\n{}\n"), "Content-Type", "application/x-ndjson")
		if a.status != 422 && a.status != 400 || !strings.Contains(a.body, `"field":"[1].type"`) {
			t.Errorf("a line that is wrong: %d %s", a.status, a.body)
		}

		// The feed takes events and pictures.
		conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(c.url, "http")+"/v1/live/"+w.ID+"/feed", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + c.key}}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		say := func(kind websocket.MessageType, data []byte) string {
			t.Helper()
			if err := conn.Write(t.Context(), kind, data); err != nil {
				t.Fatal(err)
			}
			_, got, err := conn.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return string(got)
		}
		if got := say(websocket.MessageText, []byte(`{"type":"chat","from":"viewer","text":"hello"}`)); !strings.Contains(got, `"frame":1,"events":1`) {
			t.Errorf("%s", got)
		}
		if err := conn.Write(t.Context(), websocket.MessageBinary, testpic.JPEG(testpic.Photo(1, 320, 240), 85)); err != nil {
			t.Fatal(err)
		}
		if got := say(websocket.MessageBinary, []byte("no picture")); !strings.Contains(got, `"frame":3`) || !strings.Contains(got, `"field":"picture"`) {
			t.Errorf("%s", got)
		}

		var d live.Detail
		a = c.call("GET", "/v1/live/"+w.ID, "")
		if err := json.Unmarshal([]byte(a.body), &d); err != nil || a.status != 200 || d.Rates.Directing != 1 || d.Rates.Gifts != 1 || len(d.Parts) < 2 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := c.do("POST", "/v1/live/"+w.ID+"/media", strings.NewReader("x"), "Content-Type", "application/octet-stream"); a.status != 409 {
			t.Errorf("a stream for a watch of pictures: %d %s", a.status, a.body)
		}
		if a := c.call("DELETE", "/v1/live/"+w.ID, ""); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if got := say(websocket.MessageText, []byte(`{"type":"chat","from":"viewer","text":"hello"}`)); !strings.Contains(got, `"code":"conflict"`) {
			t.Errorf("after the end: %s", got)
		}
		for query, want := range map[string]int{"": 1, "?state=running": 0, "?state=over": 1, "?ref=stream-7": 1, "?ref=other": 0} {
			var list Watches
			a := c.call("GET", "/v1/live"+query, "")
			if err := json.Unmarshal([]byte(a.body), &list); err != nil || len(list.Watches) != want {
				t.Errorf("%s: %s", query, a.body)
			}
		}
		for _, path := range []string{"/v1/live/nothing", "/v1/live/" + fmt.Sprintf("%036d", 0)} {
			if a := c.call("GET", path, ""); a.status != 404 {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
		if a := c.call("POST", "/v1/live", `{"source":"https://secret:word@10.0.0.1/secret"}`); a.status != 403 || strings.Contains(a.body, "secret") || strings.Contains(c.log.String(), "secret") {
			t.Errorf("a private address: %d %s", a.status, a.body)
		}
	})
}
