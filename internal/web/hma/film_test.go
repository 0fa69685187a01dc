package hma_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/web/hma"
	"github.com/jaga-project/jaga/vpdq"
)

// clipOf is a video of a few seconds of one of ffmpeg's pictures that move.
func clipOf(t *testing.T, picture string, seconds int) part {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.mp4")
	make := exec.Command(need.Tool(t, "ffmpeg"), "-v", "error", "-nostdin", "-f", "lavfi", "-i", picture, "-t", fmt.Sprint(seconds),
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", path)
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return part{"video", "x.mp4", string(data)}
}

// TestFilms: videos are hashed, added and looked up as Hasher-Matcher-Actioner
// with its extension for videos does it.
func TestFilms(t *testing.T) {
	t.Parallel()
	known, other := clipOf(t, "mandelbrot=s=320x240:r=10:end_scale=0.01", 5), clipOf(t, "testsrc=s=320x240:r=10", 3)
	each(t, func(o *hma.Options) {}, func(t *testing.T, c *client) {
		var hashes map[string]string
		c.form("/h/hash", known).decode(t, &hashes)
		film, err := vpdq.ParseList(hashes["vpdq"])
		if err != nil || len(film) != 5 || len(hashes["video_md5"]) != 32 {
			t.Fatalf("%v: %d frames, error %v", hashes, len(film), err)
		}
		c.bank("FILMS")
		c.form("/m/lookup", known).is(t, 200, `{"vpdq":{},"video_md5":{}}`)
		text, _ := json.Marshal(hashes["vpdq"])
		id := c.signal("FILMS", `{"vpdq":`+string(text)+`}`)
		want := fmt.Sprintf(`{"FILMS":[{"bank_content_id":%d,"distance":"100%%[100%%]"}]}`, id)
		c.form("/m/lookup", known).is(t, 200, `{"vpdq":`+want+`,"video_md5":{}}`)
		c.form("/m/lookup?types=vpdq", other).is(t, 200, `{"vpdq":{}}`)
		c.get("/m/lookup?signal_type=vpdq&signal="+url.QueryEscape(film[:3].List())).is(t, 200, strings.Replace(want, "[100%]", "[60%]", 1))
		c.get(fmt.Sprintf("/c/bank/FILMS/content/%d?include_signals=true&include_metadata=false", id)).is(t, 200,
			fmt.Sprintf(`{"bank":{"name":"FILMS","matching_enabled_ratio":1},"disable_until_ts":1,"id":%d,"original_media_uri":null,"signals":{"vpdq":%s}}`, id, text))
		c.call("POST", "/m/compare", fmt.Sprintf(`{"vpdq":[%s,%s]}`, text, text)).is(t, 200, `{"vpdq":[true,{"query_match_percent":100,"compared_match_percent":100}]}`)
		for _, bad := range []string{"", "x", "[]x", `["x,1,2"]`, strings.Repeat("ab", 32)} {
			c.get("/m/lookup?signal_type=vpdq&signal="+url.QueryEscape(bad)).refused(t, 400, "message")
		}
		cut := known
		cut.data = cut.data[:len(cut.data)/2]
		c.form("/m/lookup", cut).refused(t, 501, "message")
		// Known is known, whatever else was not looked at.
		var cutHashes map[string]string
		c.form("/h/hash?types=video_md5", cut).decode(t, &cutHashes)
		exact := c.signal("FILMS", `{"video_md5":"`+cutHashes["video_md5"]+`"}`)
		c.form("/m/lookup", cut).is(t, 200, fmt.Sprintf(`{"video_md5":{"FILMS":[{"bank_content_id":%d,"distance":"-"}]}}`, exact))
	})
}
