package hma_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/web/hma"
)

const canary = "sEcReT-cAnArY"

// Whatever an error is about, neither it nor the log repeats what was sent:
// that may be the address of abuse material, or somebody's name.
func TestNothingIsRepeated(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		var log strings.Builder
		c.h = hma.New(hma.Options{Banks: c.banks, Engine: c.eng, Decoder: decoder(), FetchURLs: true, FetchHosts: []string{"example.org"},
			Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		c.bank("A")
		c.signal("A", pdqBody(hashP))
		var paths []string
		c.get("/site-map").decode(t, &paths)
		requests, errors := 0, 0
		send := func(method, path, kind, body string) {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Header.Set("Content-Type", kind)
			r.Header.Set("X-Canary", canary)
			r.Header.Set("Authorization", "Bearer "+canary)
			a := c.send(r)
			requests++
			if a.status < 400 {
				return
			}
			errors++
			if all := strings.ToLower(fmt.Sprint(a.body, a.header)); strings.Contains(all, strings.ToLower(canary)) {
				t.Errorf("%s %s (%s) answers %d %.300s", method, path, kind, a.status, all)
			}
		}
		for _, template := range paths {
			for _, in := range []string{canary, "A"} {
				path := strings.NewReplacer("<bank_name>", in, "<int:content_id>", "1", "<signal_type_name>", in, "<api_name>", in, "<exchange_name>", in).Replace(template)
				for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", canary} {
					for _, q := range []string{"", "?url=http://" + canary + "/", "?url=" + canary, "?url=http://example.org:99999/" + canary, "?url=" + url.QueryEscape("http://"+canary+":x@example.org/"),
						"?signal_type=" + canary + "&signal=" + canary, "?signal_type=pdq&signal=" + canary, "?types=" + canary, "?content_type=" + canary + "&url=http://example.org/",
						"?bypass_coinflip=" + canary, "?include_distance=" + canary + "&signal=1&signal_type=pdq", "?banks=" + canary} {
						if method == canary && q != "" {
							continue
						}
						send(method, path+q, "", "")
					}
					for _, body := range []string{canary, `"` + canary + `"`, `["` + canary + `"]`, `{"` + canary + `":"` + canary + `"}`, `{"name":"` + canary + `"}`, `{"name":["` + canary + `"]}`,
						`{"name":"B","enabled_ratio":"` + canary + `","enabled":"` + canary + `"}`, `{"enabled_ratio":"` + canary + `"}`, `{"note":["` + canary + `"],"pdq":"` + canary + `"}`,
						`{"pdq":["` + canary + `","` + canary + `"]}`, `{"disable_until_ts":"` + canary + `"}`, `{"bank":"` + canary + `","api":"` + canary + `","api_json":"` + canary + `"}`,
						`{"bank":"A","api":"` + canary + `"}`, `{"url":"` + canary + `","content_type":"` + canary + `"}`, `{"signal_type":"` + canary + `","signal_value":"` + canary + `"}`} {
						send(method, path, "application/json", body)
					}
					send(method, path, canary, canary)
					for _, form := range []string{
						"form-data; name=" + canary + "; filename=" + canary, "form-data; name=photo; filename=" + canary, "form-data; name=metadata", canary,
					} {
						send(method, path, "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: "+form+"\r\n\r\n"+canary+"\r\n--b--\r\n")
					}
					send(method, path, "application/x-www-form-urlencoded", "url="+canary+"&content_type="+canary+"&signal_type="+canary+"&signal_value="+canary)
					send(method, path, "application/x-www-form-urlencoded", "%"+canary)
				}
			}
		}
		if requests < 3000 || errors < 1000 {
			t.Errorf("%d requests, %d errors: the test misses its paths", requests, errors)
		}
		if strings.Contains(strings.ToLower(log.String()), strings.ToLower(canary)) {
			t.Errorf("log %.500s", log.String())
		}
		if strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("what was sent became a fault: %.500s", log.String())
		}
		// Nor a page for a path that is not there.
		a := c.get("/c/" + canary)
		if a.status != http.StatusNotFound || strings.Contains(a.body, canary) {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}
