package hma_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jaga-project/jaga/internal/web/hma"
)

// A ratio is one that was asked for: it is never made of nothing, and what is
// not a number in Python is not one here.
func FuzzParseBank(f *testing.F) {
	for _, s := range []string{`{"name":"A","enabled_ratio":"0.5"}`, `{"name":"A","enabled":false,"enabled_ratio":null}`, `{"enabled":"yes"}`, `[]`, `{"name":{}}`, `{"enabled_ratio":1e999}`, `{"name":"A","enabled_ratio":"0x1"}`, `{"name":"A","enabled_ratio":"1_0"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		name, share, err := hma.ParseBank(data)
		if err != nil {
			return
		}
		var sent map[string]any
		_ = json.Unmarshal(data, &sent)
		if name == nil || share != nil && sent["enabled_ratio"] == nil && sent["enabled"] == nil {
			t.Errorf("name %v, ratio %v", name, share)
		}
		if text, ok := sent["enabled_ratio"].(string); ok && strings.ContainsAny(text, "xX_") {
			t.Errorf("%q was taken for a number", text)
		}
	})
}

// What is taken is a lowercase hash of the type's length, whatever was sent.
func FuzzParseSignals(f *testing.F) {
	f.Add([]byte(`{"pdq":"` + hashP + `","note":"x"}`))
	f.Add([]byte(`{"video_md5":" ` + strings.ToUpper(md5P) + `\n"}`))
	f.Add([]byte(`{"pdq":"` + hashP + `\n"}`))
	f.Add([]byte(`{"sha1":1,"note":null}`))
	sizes := map[string]int{"pdq": 64, "video_md5": 32, "md5": 32, "sha1": 40, "sha256": 64}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := hma.ParseSignals(data)
		if err == nil && len(got) == 0 {
			t.Error("no hash and no error")
		}
		for name, value := range got {
			if len(value) != sizes[name] || strings.Trim(value, "0123456789abcdef") != "" {
				t.Errorf("%s is %q", name, value)
			}
		}
		if err != nil && !known(err) {
			t.Errorf("error %v", err)
		}
	})
}

// What is kept of metadata is read back as the same metadata.
func FuzzMetadata(f *testing.F) {
	for _, s := range []string{`{"content_id":"a","content_uri":null,"json":{"a":[1]}}`, `{"json_data":{}}`, `{"collab":5}`, `{"x":null}`, `null`, `{"json":{"a":1e400}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		kept, err := hma.ParseMetadata(data)
		if err != nil {
			if !known(err) {
				t.Errorf("error %v", err)
			}
			return
		}
		if kept == nil {
			return
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal(kept, &fields) != nil || len(fields) == 0 || len(fields) > 3 {
			t.Fatalf("kept %s", kept)
		}
		again, err := hma.ParseMetadata(kept)
		if err != nil || string(again) != string(kept) {
			t.Errorf("%s is read back as %s, %v", kept, again, err)
		}
	})
}

func FuzzPair(f *testing.F) {
	f.Add("pdq", []byte(`["`+hashP+`","`+hashP+`"]`))
	f.Add("md5", []byte(`[null,5]`))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if err := hma.ParsePair(name, data); err != nil && !known(err) {
			t.Errorf("error %v", err)
		}
	})
}

func FuzzNote(f *testing.F) {
	for _, s := range []string{`"x"`, `null`, `0`, `false`, `""`, `7`, `"\ud800"`, `1e3`, ` 5`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		note, err := hma.JSONNote(data)
		if err == nil && (!utf8.ValidString(note) || utf8.RuneCountInString(note) > 255) {
			t.Errorf("note %q", note)
		}
		if n, ok := hma.JSONInt(data); ok && !json.Valid(data) {
			t.Errorf("%q is the number %d", data, n)
		}
	})
}

// FuzzUpload sends damaged forms to the whole handler: it answers each of them,
// and never that all is well with a file it could not read.
func FuzzUpload(f *testing.F) {
	c := offline(f)
	f.Add("--b\r\nContent-Disposition: form-data; name=photo; filename=x\r\n\r\n" + photo(1).data[:200] + "\r\n--b--\r\n")
	f.Add("--b\r\nContent-Disposition: form-data; name=video; filename=x\r\n\r\nbytes\r\n--b--\r\n")
	f.Add("--b\r\nContent-Disposition: form-data; name=note\r\n\r\nn\r\n--b--")
	f.Add("--b")
	f.Fuzz(func(t *testing.T, body string) {
		switch a := c.raw(t, "/h/hash", "multipart/form-data; boundary=b", body); a.status {
		case 200, 400, 413, 501, 503:
			if a.status == 200 && !strings.HasPrefix(a.body, `{"pdq":"`) {
				t.Errorf("answer %s", a.body)
			}
		default:
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
}

// known reports whether an error is one that a client is told, which all of
// those about its input are: short and without what was sent.
func known(err error) bool { return len(err.Error()) < 120 }
