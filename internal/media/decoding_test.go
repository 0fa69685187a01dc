package media

import (
	"slices"
	"testing"
)

// TestGuess: what was started before anybody knew what the film is, is used when it
// is what was needed and ends otherwise; either way the pictures are those of a film
// that was looked at first.
func TestGuess(t *testing.T) {
	t.Parallel()
	d, o := NewDecoder(DefaultLimits(), 2), FrameOptions{Luma: true}
	for _, c := range []struct {
		name string
		used bool
		args []string
	}{
		{"usual.mp4", true, card(1, "-c:v", "libx264", "-pix_fmt", "yuv420p")},
		{"long.mp4", true, card(1, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-vf", "scale=1080:1920")},
		{"sound first.mp4", false, card(1, "-map", "1", "-map", "0", "-c:v", "libx264", "-pix_fmt", "yuv420p")},
		{"older.mp4", false, card(1, "-c:v", "mpeg4")},
		{"colours.mp4", false, card(1, "-c:v", "libx264rgb", "-pix_fmt", "rgb24")},
		{"large.mp4", false, card(1, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-vf", "scale=2048:1152")},
	} {
		path := film(t, c.name, c.args...)
		in, info, err := d.begin(t.Context(), Source{File: open(t, path)}, o)
		if err != nil {
			t.Fatal(c.name, err)
		}
		v, _, _ := info.stream("video")
		first := in.guessed
		if first == nil {
			t.Fatalf("%s: nothing was started", c.name)
		}
		g, err := d.startedDecoding(t.Context(), in, d.frameArgs(in, v, 1, o), 1)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if used := g == first; used != c.used {
			t.Errorf("%s: used is %t", c.name, used)
		}
		_ = g.stop()
		d.finish(in)
		_ = first.p.Wait() // or the test hangs

		got, facts, err := look(t, d, Source{File: open(t, path)}, o)
		want, wantFacts, wantErr := look(t, d, Source{Reader: onlyReader{open(t, path)}}, o)
		if err != nil || wantErr != nil {
			t.Fatal(c.name, err, wantErr)
		}
		if len(got) != 25 || !slices.Equal(got, want) || len(facts.Gaps)+len(wantFacts.Gaps) > 0 {
			t.Errorf("%s: %d pictures and %v, looked at first %d and %v", c.name, len(got), facts.Gaps, len(want), wantFacts.Gaps)
		}
	}
}

// TestGuessForNothing: a film that is not decoded after all leaves nothing behind.
func TestGuessForNothing(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	path := film(t, "usual.mp4", card(20, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-s", "1280x720", "-preset", "ultrafast")...)
	in, _, err := d.begin(t.Context(), Source{File: open(t, path)}, FrameOptions{Luma: true})
	if err != nil {
		t.Fatal(err)
	}
	g := in.guessed
	if second, _ := in.twice(); second.guessed != nil {
		t.Error("the sound has it, too")
	}
	d.finish(in)
	if err := g.p.Wait(); err == nil {
		t.Error("it was decoded to its end")
	}
	if in, _, err := d.begin(t.Context(), Source{File: open(t, path)}, FrameOptions{}); err != nil || in.guessed != nil {
		t.Errorf("colours: %v, started %v", err, in.guessed)
	} else {
		d.finish(in)
	}
}
