package hma_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/testpic"
)

// The calls of docs/hma.md, in the order of the page, with what each answers.
func TestPage(t *testing.T) {
	t.Parallel()
	sh, curl := need.Tool(t, "curl", "sh"), need.Tool(t, "curl", "curl")
	page, err := os.ReadFile("../../../docs/hma.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```\n").FindAllSubmatch(page, -1) {
		script.Write(m[1])
	}
	each(t, nil, func(t *testing.T, c *client) {
		srv := httptest.NewServer(c.h)
		defer srv.Close()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "photo.jpg"), testpic.JPEG(testpic.Photo(7, 320, 240), 85), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, sh, "-eu")
		cmd.Dir = dir
		cmd.Env = []string{"JAGA_URL=" + srv.URL, "HOME=" + dir, "PATH=" + filepath.Dir(curl) + string(os.PathListSeparator) + os.Getenv("PATH")}
		cmd.Stdin = strings.NewReader(script.String())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		// The first answer has no line end; nor does HMA's.
		got := strings.Split(strings.TrimSpace(strings.Replace(string(out), "I-AM-ALIVE", "I-AM-ALIVE\n", 1)), "\n")
		p := `[0-9a-f]{64}`
		bank := `\{"matching_enabled_ratio":1.0,"name":"HOLIDAYS"\}`
		want := []string{
			`I-AM-ALIVE`, `\[\]`, bank,
			`\{"message":"Bank already exists"\}`, `\{"message":".*"\}`, `\[\{.*"type":"missing".*\}\]`,
			`\{"pdq":"` + p + `"\}`, `\{"id":1,"signals":\{"pdq":"` + p + `"\}\}`,
			`\{"id":2,"signals":\{"pdq":"` + hashP + `"\}\}`,
			`\{"HOLIDAYS":\[\{"bank_content_id":2,"distance":"0"\}\]\}`,
			`\{"pdq":\{"HOLIDAYS":\[\{"bank_content_id":1,"distance":"0"\}\]\}\}`,
			`\{"matches":\[\{"bank_content_id":2,"distance":"0"\}\]\}`,
			`\{"pdq":\[true,\{"distance":0\}\]\}`,
			`\{.*"pdq":\{"built_to":[0-9]+,"present":true,"size":2\}.*\}`,
			`\{"bank":` + bank + `,"disable_until_ts":1,"id":3,"original_media_uri":null,"signals":\{"pdq":"` + hashP + `"\}\}`,
			`\{"bank":` + bank + `,"collab_metadata":\{\},"disable_until_ts":0,"id":3,"note":null,"original_media_uri":null,"user_metadata":null\}`,
			`\{"bank":` + bank + `,"collab_metadata":\{\},"disable_until_ts":1,"id":3,"note":"seen",.*\}`,
			`\{"deleted":1\}`,
			`\{"matching_enabled_ratio":0.5,"name":"HOLIDAYS"\}`,
			`\{"HOLIDAYS":\[\{"bank_content_id":2,"distance":"0"\}\]\}`, `\{\}`,
			`\{"matching_enabled_ratio":1.0,"name":"TRAVEL"\}`, `\{"message":"Done"\}`,
		}
		if len(got) != len(want) {
			t.Fatalf("%d answers, want %d:\n%s", len(got), len(want), out)
		}
		for i := range want {
			if !regexp.MustCompile(`^` + want[i] + `$`).MatchString(got[i]) {
				t.Errorf("answer %d: %s\nwant %s", i+1, got[i], want[i])
			}
		}
	})
}
