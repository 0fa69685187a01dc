package api

import (
	"fmt"
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		want[Bank](c, 201, "POST", "/v1/banks", `{"name": "KNOWN"}`)
		want[Entry](c, 201, "POST", "/v1/banks/KNOWN/entries", `{"signals": [{"type": "md5", "value": "`+md5P+`"}]}`)
		at := time.Now().UTC().Format(time.RFC3339)
		body := func(more string) string {
			return fmt.Sprintf(`{"id": "h-10", "observations": [{"hash": {"type": "md5", "value": %q}, "kind": "viewed", "at": %q, "account": "acc-7", "count": 3}%s]}`, md5P, at, more)
		}
		a := want[SpreadReceipt](c, 200, "POST", "/v1/spread", body(`, {"item": "019213a4-7c1e-7b2a-9d3e-5f60718293a4", "kind": "sent", "at": "`+at+`"}`))
		if a != (SpreadReceipt{3, 1, false}) {
			t.Errorf("%+v", a)
		}
		c.refused(c.call("POST", "/v1/spread", body("")), 409, "conflict", "id")
		for field, more := range map[string]string{"observations[1].kind": `{"kind": "CANARY", "at": "` + at + `"}`, "observations[1].hash": `{"kind": "sent", "at": "` + at + `"}`,
			"observations[1].at": `{"item": "019213a4-7c1e-7b2a-9d3e-5f60718293a4", "kind": "sent", "at": "2999-01-01T00:00:00Z"}`} {
			c.refused(c.call("POST", "/v1/spread", body(", "+more)), 422, "invalid", field)
		}
	})
}
