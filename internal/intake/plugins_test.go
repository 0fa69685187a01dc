package intake_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testpic"
)

// TestPluginsMakeNothingClear takes a picture in with a plugin that is sure of
// it, one that fails, and no bank at all.
func TestPluginsMakeNothingClear(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		file := testpic.JPEG(testpic.Photo(5, 200, 150), 85)
		whole := false
		sure := httptest.NewServer(&plugintest.Double{Answer: func(f plugin.Facts, body []byte) plugin.Signals {
			whole = bytes.Equal(body, file) && f.Kind == jaga.KindImage && f.Bytes == int64(len(file)) && f.Type == "image/jpeg"
			return plugin.Signals{Signals: []plugin.Signal{{Category: "shapes", Score: 1}}}
		}})
		t.Cleanup(sure.Close)
		down := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(down.Close)
		peers, err := plugin.New(t.Context(), db, []plugin.Config{
			{Name: "sure", URL: sure.URL, Kind: plugin.Classifier}, {Name: "down", URL: down.URL, Kind: plugin.Classifier, Required: true},
		}, plugin.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		t.Cleanup(stop)
		s := intake.New(ctx, db, engine.New(), media.NewDecoder(media.DefaultLimits(), 1), intake.Options{Keep: time.Hour, Plugins: peers})
		rec, err := s.Take(t.Context(), intake.Request{Source: "key:1", Body: bytes.NewReader(file)})
		if err != nil {
			t.Fatal(err)
		}
		stored, err := s.Get(t.Context(), rec.Item.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []jaga.Outcome{rec.Outcome, stored.Outcome} {
			if o.State() != jaga.StateNotChecked || o.Band() != jaga.BandNone || len(o.Findings) != 0 || len(o.Checked) != 0 {
				t.Errorf("scores changed the outcome: %+v", o)
			}
			if len(o.Scores) != 1 || o.Scores[0] != (jaga.Score{Name: "sure", Version: "1.0", Category: "shapes", Value: 1}) {
				t.Errorf("scores %+v", o.Scores)
			}
			if last := o.Skipped[len(o.Skipped)-1]; last.Detector != "plugin/down" || last.Optional || last.Why != jaga.WhyUnanswered {
				t.Errorf("skipped %+v", o.Skipped)
			}
		}
		if !whole {
			t.Error("the plugin did not get the whole file with its facts")
		}
	})
}
