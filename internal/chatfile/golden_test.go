package chatfile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jaga-project/jaga/internal/chatfile"
)

var update = flag.Bool("update", false, "write the files that TestGolden compares with")

// wib is Western Indonesian Time, for times that are written without a zone.
var wib = time.FixedZone("WIB", 7*3600)

// samples are the files of testdata with the format each must be found to have.
var samples = []struct {
	file   string
	format chatfile.Format
}{
	{"own.jsonl", chatfile.JSONLines},
	{"own-spread.json", chatfile.JSON},
	{"plain-en.txt", chatfile.Plain},
	{"plain-id.txt", chatfile.Plain},
	{"whatsapp-android-en.txt", chatfile.WhatsApp},
	{"whatsapp-android-id.txt", chatfile.WhatsApp},
	{"WhatsApp Chat - Tom.txt", chatfile.WhatsApp},
	{"Chat WhatsApp dengan Regu Melati.txt", chatfile.WhatsApp},
	{"telegram-chat-id.json", chatfile.Telegram},
	{"telegram-all-en.json", chatfile.Telegram},
	{"discord-en.json", chatfile.Discord},
	{"discord-id.json", chatfile.Discord},
	{"discord-package.json", chatfile.DiscordPackage},
	{"discord-package.csv", chatfile.DiscordPackage},
	{"instagram-en.json", chatfile.Instagram},
	{"instagram-id.json", chatfile.Instagram},
}

// golden is what a sample must be read as.
type golden struct {
	Format        chatfile.Format
	Conversations []*chatfile.Conversation
	Problems      []chatfile.Problem
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, s := range samples {
		t.Run(s.file, func(t *testing.T) {
			t.Parallel()
			all, r := read(t, string(sample(t, s.file)), s.file, chatfile.Options{Location: wib})
			if r.Format() != s.format {
				t.Errorf("format %q, want %q", r.Format(), s.format)
			}
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetIndent("", "\t")
			enc.SetEscapeHTML(false)
			if err := enc.Encode(golden{r.Format(), all, r.Problems()}); err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(filepath.Join("testdata", s.file+".golden"), got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if d := cmp.Diff(string(sample(t, s.file+".golden")), got.String()); d != "" {
				t.Error(d)
			}
		})
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if ext := filepath.Ext(name); ext == ".golden" || ext == ".md" || e.IsDir() {
			continue
		}
		if !slices.ContainsFunc(samples, func(s struct {
			file   string
			format chatfile.Format
		}) bool {
			return s.file == name
		}) {
			t.Errorf("nothing reads testdata/%s", name)
		}
	}
}
