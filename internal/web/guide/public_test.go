package guide_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/web"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// TestAnybodyMayRead asks through the server, as it is put together, with no
// key, with a session that is over and from a page of another site.
func TestAnybodyMayRead(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	who := auth.New(storetest.Open(t, storetest.SQLite(t)))
	h := web.New(who, slog.New(slog.NewTextHandler(&log, nil)), http.NotFoundHandler(), web.Part{Owns: guide.Owns, Handler: open(t, nil)})
	for _, header := range [][2]string{{"", ""}, {"Cookie", "jaga_session=over; jaga_lang=id"}, {"Authorization", "Bearer jaga_wrong"}, {"Sec-Fetch-Site", "cross-site"}} {
		r := httptest.NewRequest("GET", "/guide/en/t/d", nil)
		r.Header.Set(header[0], header[1])
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), firstEN) || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%v: %d, %v", header, w.Code, w.Header())
		}
	}
	if log.Len() > 0 {
		t.Errorf("the log names what was read:\n%s", log.String())
	}
}
