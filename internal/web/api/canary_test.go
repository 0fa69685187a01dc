package api

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga/internal/auth"
)

// canary is what must come back in no problem and stand in no log.
const canary = "CANARY-4711" // "canary" alone is a state of rules

// TestProblemsNeverRepeatWhatWasSent sends the canary in every place of every
// operation, in bodies that are good but for one field, and reads every problem
// and the log.
func TestProblemsNeverRepeatWhatWasSent(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A", photo(1, 200))
		answers, problems := 0, 0
		check := func(what string, a reply) {
			answers++
			if a.status >= 400 {
				problems++
				if strings.Contains(strings.ToUpper(a.body+fmt.Sprint(a.header)), "CANARY-") {
					t.Errorf("%s: a problem repeats what was sent: %d %v %s", what, a.status, a.header, a.body)
				}
			}
			if a.status >= 500 && a.status != 503 {
				t.Errorf("%s: %d %s", what, a.status, a.body)
			}
		}
		doc := c.s.api.OpenAPI()
		for _, op := range operations(doc) {
			good := strings.NewReplacer("{name}", "A", "{id}", "999").Replace(op.Path)
			at := op.Method + " " + op.Path
			example := sample(doc, op.Operation)
			body := func() io.Reader { return strings.NewReader(string(encode(example))) }
			json := []string{"Content-Type", "application/json"}
			if example == nil {
				body = func() io.Reader { return nil }
				json = nil
			}
			// In the path, in unknown and in known parameters.
			for _, path := range []string{strings.NewReplacer("{name}", canary, "{id}", canary).Replace(op.Path), good + "/" + canary, good + "?" + canary + "=1", good + "?x=" + canary} {
				check(at+" path", c.do(op.Method, path, body(), json...))
			}
			for _, p := range op.Parameters {
				if p.In == "query" {
					check(at+" "+p.Name, c.do(op.Method, good+"?"+p.Name+"="+canary, body(), json...))
					check(at+" "+p.Name+" bytes", c.do(op.Method, good+"?"+p.Name+"="+canary+"%00%ff", body(), json...))
				}
			}
			for _, h := range []string{"Accept", "Content-Type", "Prefer", "Authorization", "Cookie", "X-Anything"} {
				for _, v := range []string{canary, "text/" + canary, "Bearer jaga_" + canary, "jaga_session=" + canary} {
					check(at+" header "+h, c.do(op.Method, good, body(), append(append([]string{}, json...), h, v)...))
				}
			}
			if op.RequestBody == nil {
				continue
			}
			for _, text := range []string{canary, `"` + canary + `"`, `{"` + canary + `":1}`, `{"` + canary, `[` + canary, `{"a":` + canary + `}`, `1e999` + canary} {
				check(at+" body", c.do(op.Method, good, strings.NewReader(text), json...))
			}
			for i, v := range spoilt(example) {
				check(fmt.Sprint(at, " spoilt ", i), c.do(op.Method, good, strings.NewReader(string(encode(v))), json...))
			}
			for _, p := range [][]part{
				{{"file", canary, canary}}, {{canary, "", canary}}, {{canary, canary, canary}}, {{"note", "", canary + "\x00"}, {"file", "x", "x"}},
				{{"ref", "", canary + "\xff"}, {"file", canary, "x"}}, {{"expires_at", "", canary}, {"file", canary, "x"}}, {{"metadata", "", canary}, {"file", canary, "x"}},
				{{"author", "", strings.Repeat(canary, 100)}, {"file", canary, "x"}}, {{"file", canary, "x"}, {"ref", "", canary}},
			} {
				check(at+" form", c.form(good, nil, p...))
			}
			kind, text := formBody(t, part{"file", canary, canary})
			check(at+" cut form", c.do(op.Method, good, strings.NewReader(text[:len(text)-20]), "Content-Type", kind))
			check(at+" form without bounds", c.do(op.Method, good, strings.NewReader(text), "Content-Type", "multipart/form-data; boundary="+canary))
		}
		if problems < 500 || answers < problems {
			t.Errorf("%d problems of %d answers: the test does not reach far", problems, answers)
		}
		for line := range strings.Lines(c.log.String()) {
			if strings.Contains(strings.ToUpper(line), "CANARY") {
				t.Errorf("the log has what was sent: %s", line)
			}
		}
	})
}

// sample is the example of an operation's JSON body, or nil.
func sample(doc *huma.OpenAPI, op *huma.Operation) any {
	if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return nil
	}
	return op.RequestBody.Content["application/json"].Example
}

// spoilt returns copies of a JSON value, in each of which one place holds the
// canary, in one way or another.
func spoilt(v any) (out []any) {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			for _, x := range spoilt(v[k]) {
				out = append(out, with(v, k, x))
			}
			out = append(out, with(v, k, map[string]any{canary: canary}), with(v, k, []any{canary}))
		}
		out = append(out, with(v, canary, canary), with(v, canary+".x[0]", canary))
	case []any:
		for i := range v {
			for _, x := range spoilt(v[i]) {
				c := append([]any{}, v...)
				c[i] = x
				out = append(out, c)
			}
		}
	default:
		out = append(out, canary, canary+"\x00", strings.Repeat(canary, 200), []any{canary}, map[string]any{canary: 1})
	}
	return out
}

func with(m map[string]any, k string, v any) map[string]any {
	c := map[string]any{k: v}
	for name, x := range m {
		if name != k {
			c[name] = x
		}
	}
	return c
}

// TestExamplesWork sends the example of every operation.
func TestExamplesWork(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		doc := c.s.api.OpenAPI()
		send := func(id string) reply {
			t.Helper()
			for _, op := range operations(doc) {
				if op.OperationID != id {
					continue
				}
				path := op.Path
				for _, p := range op.Parameters {
					if p.In == "path" {
						path = strings.ReplaceAll(path, "{"+p.Name+"}", fmt.Sprint(exampleOf(nil, p.Schema, 0)))
					}
				}
				if path == "/v1/keys/2/rotate" {
					_, _, _ = c.s.Auth.CreateKey(t.Context(), "system", "second", []auth.Scope{auth.Match}, timeNever)
				}
				if body := sample(doc, op.Operation); body != nil {
					return c.do(op.Method, path, strings.NewReader(string(encode(body))), "Content-Type", "application/json")
				}
				return c.do(op.Method, path, nil)
			}
			t.Fatalf("there is no operation %s", id)
			return reply{}
		}
		seen := map[string]bool{}
		for id := range strings.FieldsSeq(`create-bank list-banks get-bank change-bank add-entries list-entries get-entry change-entry set-opinion list-opinions
			create-report list-cases get-case list-case-reports add-case-clock end-case-clock
			create-item create-text list-items start-watch list-watches match compare send-messages list-findings export-list import-list add-hook list-hooks change-hook test-hook rotate-hook list-deliveries replay-delivery replay-hook remove-hook
			submit-rule list-rules get-rule promote-rule start-backtest get-backtest
			status get-statistics list-jobs verify create-key list-keys rotate-key revoke-key create-sign-in-link list-people invite-person create-person-link disable-person delete-entry delete-bank restore-bank`) {
			seen[id] = true
			if a := send(id); a.status/100 != 2 {
				t.Errorf("the example of %s: %d %s", id, a.status, a.body)
			}
		}
		for _, op := range operations(doc) {
			// The numbers of items and findings are drawn anew, a socket is no
			// single request, and TestRules has what only a person may do with
			// a rule, or what needs something to be done before; TestFiling
			// has what follows a decision, TestEvidenceIsSealedOnce files in forms and their
			// numbers, TestSpread times that are not long
			// ago, and TestLive a stream.
			if !seen[op.OperationID] && !slices.Contains([]string{"get-item", "get-finding", "open-excerpt", "messages-socket", "get-watch", "stop-watch", "send-events", "send-media", "live-feed", "get-action", "report-action", "approve-rule", "decline-rule", "roll-back-rule", "explain-rule", "close-breaker", "get-report", "create-appeal", "create-evidence", "list-evidence", "get-evidence", "tell-spread",
				"begin-case-report", "end-case-report", "no-case-report", "close-case"}, op.OperationID) {
				t.Errorf("the example of %s is not sent", op.OperationID)
			}
			// Examples of answers are as their schema says.
			for status, r := range op.Responses {
				m := r.Content["application/json"]
				if m == nil {
					continue
				}
				rec := &recorder{status: atoi(status)}
				rec.ResponseWriter = &headerOnly{header: http.Header{"Content-Type": {"application/json"}}}
				rec.body.Write(encode(m.Example))
				for _, fault := range against(c.s, op.Operation, rec) {
					t.Errorf("%s: the example of the answer %s: %s", op.OperationID, status, fault)
				}
			}
		}
	})
}

func atoi(text string) (n int) {
	_, _ = fmt.Sscan(text, &n)
	return n
}
