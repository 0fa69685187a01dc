package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/jaga-project/jaga/internal/auth"
)

const (
	people = `{"conversation":"c1","channel":"private","participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"13-15"}]}`
	secret = `{"conversation":"c1","id":"m1","from":"a","to":"b","at":"2026-05-01T20:00:00Z","text":"dont tell anyone, CANARY"}`
)

func TestMessages(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		post := func(body string) MessagesAnswer {
			t.Helper()
			r := c.do("POST", "/v1/messages", strings.NewReader(body), "Content-Type", "application/json")
			var a MessagesAnswer
			if r.status != 200 || json.Unmarshal([]byte(r.body), &a) != nil {
				t.Fatalf("%d %s", r.status, r.body)
			}
			return a
		}
		if a := post(people); a.Messages != 0 || len(a.Findings) != 0 {
			t.Errorf("participants alone: %+v", a)
		}
		a := post("[" + secret + "]")
		if a.Messages != 1 || len(a.Findings) != 1 || a.Findings[0].Because[0].Indicator != "G-13" || *a.Findings[0].Because[0].Span != [2]int{0, 16} {
			t.Fatalf("got %+v, want the finding of G-13 with its place", a)
		}
		if again := post(secret); len(again.Findings) != 0 {
			t.Errorf("a repetition found %+v", again.Findings)
		}
		var list FindingList
		r := c.do("GET", "/v1/findings?band=review&lang=id", nil)
		if err := json.Unmarshal([]byte(r.body), &list); err != nil || len(list.Findings) != 1 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		f := list.Findings[0]
		if strings.Contains(r.body, "CANARY") || f.Source != "key:1" || f.Finding.Because[0].Explain == a.Findings[0].Because[0].Explain {
			t.Errorf("the list holds text, another source, or no Indonesian: %s", r.body)
		}
		if r := c.do("GET", "/v1/findings/"+f.ID+"/excerpt", nil); r.status != 200 || !strings.Contains(r.body, "CANARY") {
			t.Errorf("the excerpt: %d %s", r.status, r.body)
		}
		if r := c.do("GET", "/v1/findings/nothing", nil); r.status != 404 {
			t.Errorf("a finding that is not there: %d", r.status)
		}
		if strings.Contains(c.log.String(), "CANARY") {
			t.Error("the log holds the text of a message")
		}
		// A key for messages opens no excerpts.
		_, key, err := c.s.Auth.CreateKey(t.Context(), "system", "sender", []auth.Scope{auth.MessagesWrite, auth.FindingsRead}, timeNever)
		if err != nil {
			t.Fatal(err)
		}
		c.key = key
		if r := c.do("GET", "/v1/findings/"+f.ID+"/excerpt", nil); r.status != 403 {
			t.Errorf("without the scope: %d, want 403", r.status)
		}
	})
}

func TestMessagesRefuses(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		for _, b := range []struct {
			body, field string
			status      int
		}{
			{``, "body", 400},
			{`{`, "", 422},
			{`[` + secret + `,{"conversation":"c1","from":"a","act":"nothing"}]`, "[1].act", 422},
			{`{"conversation":"c1","from":"a","text":"x","score":7}`, "score", 422},
			{`[` + strings.Repeat(" ", maxMessages+1) + `]`, "", 413},
		} {
			r := c.do("POST", "/v1/messages", strings.NewReader(b.body), "Content-Type", "application/json")
			var p Problem
			_ = json.Unmarshal([]byte(r.body), &p)
			if r.status != b.status || p.Field != b.field && b.field != "" {
				t.Errorf("%.60s: %d %s, want %d and the field %s", b.body, r.status, r.body, b.status, b.field)
			}
		}
		if n := c.s.Talk.Counts().Messages; n != 0 {
			t.Errorf("%d messages of refused bodies were taken", n)
		}
	})
}

func TestMessagesStream(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		var b strings.Builder
		b.WriteString(people + "\n" + secret + "\nnonsense CANARY\n\n")
		for i := range 200 {
			fmt.Fprintf(&b, `{"conversation":"q%d","id":"m%d","from":"x","to":"y","text":"see you"}`+"\n", i%10, i)
		}
		r := c.do("POST", "/v1/messages", strings.NewReader(b.String()), "Content-Type", jsonLines, "Accept", jsonLines)
		var last StreamLine
		bad := 0
		sc := bufio.NewScanner(strings.NewReader(r.body))
		for sc.Scan() {
			last = StreamLine{}
			if err := json.Unmarshal(sc.Bytes(), &last); err != nil {
				t.Fatal(err)
			}
			if last.Error != nil {
				bad++
				if last.Line != 3 {
					t.Errorf("the wrong line is called %d", last.Line)
				}
			}
		}
		if last.Result == nil || *last.Result != (StreamResult{Lines: 204, Messages: 201, Findings: 1, Bad: 1}) || bad != 1 || strings.Contains(r.body, "CANARY") {
			t.Errorf("got %+v, %d bad, %s", last.Result, bad, r.body)
		}
		r = c.do("POST", "/v1/messages?strict=true", strings.NewReader("nonsense\n"+secret+"\n"), "Content-Type", jsonLines, "Accept", jsonLines)
		if !strings.Contains(r.body, `"bad":1`) || !strings.Contains(r.body, `"messages":0`) {
			t.Errorf("strict: %s", r.body)
		}
	})
}

// A stream is answered while it goes on.
func TestMessagesStreamAnswersAtOnce(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		in, out := io.Pipe()
		req, err := http.NewRequestWithContext(t.Context(), "POST", c.url+"/v1/messages", in)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+c.key)
		req.Header.Set("Content-Type", jsonLines)
		req.Header.Set("Accept", jsonLines)
		go func() { _, _ = io.WriteString(out, people+"\n"+secret+"\n") }()
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		sc := bufio.NewScanner(resp.Body)
		for sc.Scan() && !strings.Contains(sc.Text(), "G-13") {
		}
		if !strings.Contains(sc.Text(), "G-13") {
			t.Fatal("no finding came while the stream was open")
		}
		out.Close()
		for sc.Scan() {
		}
	})
}

func TestMessagesSocket(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		dial := func(h http.Header) (*websocket.Conn, int) {
			conn, resp, err := websocket.Dial(t.Context(), c.url+"/v1/messages/socket", &websocket.DialOptions{HTTPHeader: h})
			if err != nil {
				if resp == nil {
					t.Fatal(err)
				}
				return nil, resp.StatusCode
			}
			return conn, resp.StatusCode
		}
		if _, status := dial(nil); status != 401 {
			t.Errorf("without a key: %d, want 401", status)
		}
		key := http.Header{"Authorization": {"Bearer " + c.key}}
		if _, status := dial(http.Header{"Authorization": key["Authorization"], "Origin": {"http://other.test"}}); status != 403 {
			t.Errorf("from a page of another site: %d, want 403", status)
		}
		if r := c.do("GET", "/v1/messages/socket", nil); r.status != 426 {
			t.Errorf("without upgrade: %d, want 426", r.status)
		}
		conn, _ := dial(key)
		defer conn.CloseNow()
		for i, frame := range []struct {
			text     string
			messages int
			findings int
			fails    bool
		}{{people, 0, 0, false}, {"nonsense", 0, 0, true}, {"[" + secret + "]", 1, 1, false}} {
			if err := conn.Write(t.Context(), websocket.MessageText, []byte(frame.text)); err != nil {
				t.Fatal(err)
			}
			var a SocketAnswer
			if err := wsjson.Read(t.Context(), conn, &a); err != nil {
				t.Fatal(err)
			}
			if a.Frame != i+1 || a.Messages != frame.messages || len(a.Findings) != frame.findings || (a.Error != nil) != frame.fails {
				t.Errorf("frame %d: %+v", i+1, a)
			}
		}
		conn.Close(websocket.StatusNormalClosure, "")
		for range 100 {
			if c.s.Talk.Counts().Messages == 1 {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error("the message did not arrive")
	})
}
