package listfmt

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
)

const (
	md5A = "0123456789abcdef0123456789abcdef"
	sha  = "0123456789abcdef0123456789abcdef01234567"
	pdqA = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
)

func read(t *testing.T, list string, typ jaga.SignalType) (rows []string, faults []string) {
	t.Helper()
	r, err := NewReader(strings.NewReader(list), typ)
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		var bad *LineError
		switch {
		case err == io.EOF:
			return rows, faults
		case errors.As(err, &bad):
			faults = append(faults, bad.Error())
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, fmt.Sprintf("%d %s %s %s", row.Line, row.Type, row.Text()[:4], row.Note))
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		list string
		typ  jaga.SignalType
		want []string
	}{
		"plain":               {md5A + "\n" + sha + "\n", "", []string{"1 md5 0123 ", "2 sha1 0123 "}},
		"plain, given type":   {pdqA, "pdq", []string{"1 pdq f8f8 "}},
		"plain with a head":   {"pdq\n" + pdqA + "\n", "", []string{"2 pdq f8f8 "}},
		"upper case, CRLF":    {"# a comment\r\n\r\n  " + strings.ToUpper(md5A) + " \r\n", "", []string{"3 md5 0123 "}},
		"byte order mark":     {"\xef\xbb\xbf" + md5A, "", []string{"1 md5 0123 "}},
		"csv":                 {"type,value,note\nmd5," + md5A + ",\"a, b\"\npdq," + pdqA + ",\n", "", []string{"2 md5 0123 a, b", "3 pdq f8f8 "}},
		"csv, other order":    {"id;Hash;signal_type\n1;" + pdqA + ";PDQ\n", "", []string{"2 pdq f8f8 "}},
		"csv, named by type":  {"id,md5\n7," + md5A + "\n", "", []string{"2 md5 0123 "}},
		"csv, no header":      {md5A + ",md5\n" + pdqA + ",pdq\n", "", []string{"1 md5 0123 ", "2 pdq f8f8 "}},
		"csv, type first":     {"pdq," + pdqA + "\n", "", []string{"1 pdq f8f8 "}},
		"csv, ThreatExchange": {"indicator,type\n" + pdqA + ",HASH_PDQ\n" + md5A + ",HASH_MD5\n", "", []string{"2 pdq f8f8 ", "3 md5 0123 "}},
		"json lines":          {`{"type":"pdq","value":"` + pdqA + `","note":"x"}` + "\n" + `{"md5":"` + md5A + `"}`, "", []string{"1 pdq f8f8 x", "2 md5 0123 "}},
		"empty":               {"", "", nil},
	} {
		rows, faults := read(t, c.list, c.typ)
		if !slices.Equal(rows, c.want) || len(faults) > 0 {
			t.Errorf("%s: rows %q, faults %q", name, rows, faults)
		}
	}
}

func TestFaultsNameTheLineAndShowNoContent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		list string
		typ  jaga.SignalType
		want string
	}{
		"ambiguous":      {pdqA, "", "line 1: 64 digits can be PDQ or SHA-256; say which (--type)"},
		"wrong length":   {md5A + "\n" + md5A[:30], "", "line 2: 30 characters"},
		"wrong type":     {md5A, "pdq", "line 1: 32 characters; pdq has 64"},
		"not hex":        {strings.Repeat("g", 32), "", "line 1: not hexadecimal"},
		"unknown type":   {"type,value\nsha512," + md5A, "", "line 2: the type is not one of"},
		"missing column": {"note,value\nonly one cell", "", "line 2: it has no column 2"},
		"broken quotes":  {"type,value,note\nmd5," + md5A + ",\"x", "", "line 2: broken quotation marks"},
		"broken json":    {"{\"md5\":\"" + md5A + "\"}\n{oops", "", "line 2: not a JSON object"},
		"json no value":  {`{"type":"md5"}`, "", `line 1: no "value"`},
		"json number":    {`{"md5":7}`, "", `line 1: "md5" is not a text`},
		"json array":     {`[{"md5":"x"}]`, "", "line 1: a JSON array"},
		"long line":      {md5A + "\n" + strings.Repeat("a", 17<<20) + "\n" + md5A, "", "line 2: longer than 16777216 bytes"},
		"long note":      {"type,value,note\nmd5," + md5A + "," + strings.Repeat("n", 256), "", "line 2: the note has 256 characters"},
		"nul bytes":      {"\x00\x00\x00", "", "line 1: 3 characters"},
	} {
		_, faults := read(t, c.list, c.typ)
		if len(faults) == 0 || !strings.HasPrefix(faults[0], c.want) {
			t.Errorf("%s: faults %q, want %q", name, faults, c.want)
		}
	}
	if rows, faults := read(t, md5A+"\nbad\n"+md5A+"\n", ""); len(rows) != 2 || len(faults) != 1 {
		t.Errorf("reading does not go on after a fault: %q %q", rows, faults)
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, md5A+"\n"+md5A+"\n")
	_ = z.Close()
	if rows, _ := read(t, b.String(), ""); len(rows) != 2 {
		t.Errorf("rows %q", rows)
	}
	r, err := NewReader(bytes.NewReader(b.Bytes()[:b.Len()-6]), "")
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.Next()
	}
	if err == io.EOF || jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("a cut gzip file ends with %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, format := range []Format{CSV, JSONL, Plain} {
		for range 20 {
			var b bytes.Buffer
			w, err := NewWriter(&b, format)
			if err != nil {
				t.Fatal(err)
			}
			var want []Row
			typ := jaga.SignalTypes()[rnd.IntN(4)]
			for i := range rnd.IntN(50) {
				row := Row{Type: typ}
				if format != Plain {
					row.Type = jaga.SignalTypes()[rnd.IntN(4)]
					row.Note = []string{"", "plain", "with \"quotes\", and comma", "# hash", "titik; koma"}[i%5]
				}
				for j := range row.Type.Size() {
					row.Value[j] = byte(rnd.Uint32())
				}
				if err := w.Write(&row); err != nil {
					t.Fatal(err)
				}
				want = append(want, row)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			r, err := NewReader(&b, "")
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; ; i++ {
				row, err := r.Next()
				if err == io.EOF {
					if i != len(want) {
						t.Fatalf("%s: %d rows, want %d", format, i, len(want))
					}
					break
				}
				if err != nil {
					t.Fatalf("%s: %v in\n%s", format, err, text)
				}
				if row.Type != want[i].Type || row.Value != want[i].Value || row.Note != want[i].Note {
					t.Fatalf("%s row %d: %+v, want %+v", format, i, *row, want[i])
				}
			}
		}
	}
	if _, err := NewWriter(io.Discard, "xml"); err == nil {
		t.Error("an unknown format was accepted")
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("type,value\nmd5,"+md5A), "")
	f.Add([]byte(`{"pdq":"`+pdqA+`"}`), "pdq")
	f.Add([]byte(md5A+"\n"+sha), "md5")
	f.Fuzz(func(t *testing.T, data []byte, typ string) {
		r, err := NewReader(bytes.NewReader(data), jaga.SignalType(typ))
		if err != nil {
			return
		}
		for {
			row, err := r.Next()
			var bad *LineError
			if errors.As(err, &bad) {
				continue
			}
			if err != nil {
				return
			}
			if !row.Type.Valid() {
				t.Fatalf("row with type %q", row.Type)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var list bytes.Buffer
	list.WriteString("type,value\n")
	for i := range 100_000 {
		fmt.Fprintf(&list, "pdq,%064x\n", i)
	}
	for b.Loop() {
		r, _ := NewReader(bytes.NewReader(list.Bytes()), "")
		for {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "rows/s")
}
