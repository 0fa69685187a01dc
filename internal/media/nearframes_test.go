package media

import (
	"os"
	"testing"

	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// TestNearFramesAreKept: leaving out of an entry the frames that are near to the
// one before would make the index smaller and lose frames of copies that are now
// found; this measures both, and fails should it ever lose nothing, since then it
// ought to be done.
func TestNearFramesAreKept(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	hashes := func(path string) vpdq.Video {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		m, err := d.Measure(t.Context(), f, Options{})
		if err != nil || m.Film == nil {
			t.Fatalf("%v %+v", err, m.Skipped)
		}
		for _, s := range m.Signals {
			if s.Frames != "" {
				v, err := vpdq.ParseBinary([]byte(s.Frames))
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
		}
		t.Fatal("no frames")
		return nil
	}
	dropNear := func(v vpdq.Video, near int) (out vpdq.Video) {
		for _, f := range v {
			if n := len(out); n == 0 || f.Hash.Distance(out[n-1].Hash) > near {
				out = append(out, f)
			}
		}
		return out
	}
	lost := 0
	for name, source := range map[string]string{
		"a slow zoom":    "mandelbrot=s=320x240:r=5:end_pts=2000:end_scale=0.01,format=yuv420p",
		"a moving scene": "testsrc2=s=320x240:r=5,format=yuv420p",
		"a still, noise": "smptebars=s=320x240:r=5,noise=alls=40:allf=t,format=yuv420p",
	} {
		known := film(t, "known.mp4", "-f", "lavfi", "-i", source, "-t", "60", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20")
		copied := film(t, "copy.mp4", "-i", known, "-vf", "scale=160:120,eq=brightness=0.06:contrast=0.9", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "36")
		entry := hashes(known).Prune(vpdq.PruneOptions{Quality: pdq.MinQuality, Distinct: true})
		query := hashes(copied)
		whole := vpdq.Compare(query, entry, vpdq.DefaultRule()).At(pdq.MatchThreshold)
		for _, near := range []int{4, 8, 16, 24} {
			less := dropNear(entry, near)
			o := vpdq.Compare(query, less, vpdq.DefaultRule()).At(pdq.MatchThreshold)
			t.Logf("%s: near %d keeps %d of %d frames; of the copy's %d frames %d match instead of %d; of the entry's %.0f %% instead of %.0f %%",
				name, near, len(less), len(entry), o.QueryFrames, o.QueryMatched, whole.QueryMatched, o.StoredPercent(), whole.StoredPercent())
			lost += whole.QueryMatched - o.QueryMatched
		}
	}
	if lost == 0 {
		t.Error("nothing is lost")
	}
}
