package chatfile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/packs"
	"github.com/jaga-project/jaga/internal/chatfile"
)

var updateTalk = flag.Bool("update-talk", false, "write the golden results of conversations anew")

// TestTalkGolden reads conversations and compares the results, byte by byte,
// with those in the repository. The same test runs under js/wasm (scripts/ci),
// so the browser gives what the server gives.
func TestTalkGolden(t *testing.T) {
	core, err := packs.Core()
	if err != nil {
		t.Fatal(err)
	}
	d, err := convo.New(convo.Options{}, core...)
	if err != nil {
		t.Fatal(err)
	}
	const name = "testdata/talk/conversations.jsonl"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for c, err := range chatfile.New(bytes.NewReader(data), name, chatfile.Options{Strict: true}).All() {
		if err != nil {
			t.Fatal(err)
		}
		head, problems := c.Head()
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		s := d.Open(head, nil)
		for i := range c.Messages {
			s.Observe(c.Messages[i].Convo())
		}
		for _, lang := range []string{"en", "id"} {
			r := s.Result(lang)
			r.Version = "" // it names the packs, which change more often
			r.NotChecked = nil
			b, err := json.MarshalIndent(r, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			got.Write(b)
			got.WriteByte('\n')
		}
	}
	const golden = "testdata/talk/results.golden"
	if *updateTalk {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the results differ from %s; if that is meant, write it anew with -update-talk\ngot %s", golden, got.Bytes())
	}
}
