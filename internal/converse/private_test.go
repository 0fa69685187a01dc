package converse_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// TestPrivateChannelsAreRefusedWhereTheLawSaysSo: nothing of them is kept, and
// everything else is taken.
func TestPrivateChannelsAreRefusedWhereTheLawSaysSo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		off := false
		s, err := converse.Open(t.Context(), db, converse.Options{Detector: using(detector(t)), Key: bytes.Repeat([]byte{7}, 32), Scanning: func(time.Time) converse.Scanning {
			if off {
				return converse.Scanning{By: []string{"eu-dsa18"}}
			}
			return converse.Scanning{Allowed: true, By: []string{"us-2258a"}}
		}})
		if err != nil {
			t.Fatal(err)
		}
		entry := func(conversation, channel, id string) converse.Entry {
			return entry(t, `{"conversation":"`+conversation+`","channel":"`+channel+`","id":"`+id+`","from":"a","to":"b","text":"dont tell anyone"}`)
		}
		take := func(want int, list ...converse.Entry) {
			t.Helper()
			a, err := s.Observe(t.Context(), "key:1", list)
			if err != nil || a.Messages != want {
				t.Errorf("%d messages, %v; want %d", a.Messages, err, want)
			}
		}
		rows := func() (n int64) {
			t.Helper()
			if err := s.Snapshot(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				n, err = store.One[int64](tx, `SELECT (SELECT COUNT(*) FROM talk_journal) + (SELECT COUNT(*) FROM talk_states) + (SELECT COUNT(*) FROM talk_findings)`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		refused := func(field string, list ...converse.Entry) {
			t.Helper()
			was, counts := rows(), s.Counts().Messages
			_, err := s.Observe(t.Context(), "key:1", list)
			e, ok := errors.AsType[*jaga.Error](err)
			if !ok || !errors.Is(err, converse.ErrPrivate) || e.Code != jaga.CodeConflict || e.Field != field || !strings.Contains(e.Msg, "eu-dsa18") || !strings.Contains(e.Hint, "law.profiles") || !strings.Contains(e.Hint, "/v1/reports") {
				t.Errorf("%v, want a refusal of %s", err, field)
			}
			if now := rows(); now != was || s.Counts().Messages != counts {
				t.Errorf("%d rows and %d messages, were %d and %d", now, s.Counts().Messages, was, counts)
			}
		}
		take(1, entry("before", "private", "m1"))
		take(1, entry("team", "group", "m1"))
		off = true
		if now := s.Scanning(); now.Allowed || len(now.By) != 1 {
			t.Errorf("%+v", now)
		}
		refused("channel", entry("c", "private", "m1"))
		refused("channel", entry("c", "", "m1"))
		refused("channel", entry("before", "", "m2"))
		refused("[1].channel", entry("d", "public", "m1"), entry("c", "private", "m1"))
		take(1, entry("team", "", "m2")) // known as a group's
		take(2, entry("live", "live", "m1"), entry("live", "", "m2"))
	})
}
