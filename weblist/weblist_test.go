package weblist

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/text"
)

// TestParseURL: spellings that open the same page are the same address.
func TestParseURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://example.org":                        "example.org/",
		"HTTPS://WWW.Example.ORG:443/":              "example.org/",
		"  http://example.org/a\n":                  "example.org/a",
		"http://exa\nmple.org/a":                    "example.org/a",
		"example.org":                               "example.org/",
		"example.org.":                              "example.org/",
		"http:example.org/a":                        "example.org/a",
		`http:\\example.org\a\b`:                    "example.org/a/b",
		"http:////example.org//a///b":               "example.org/a/b",
		"http://user:secret@example.org/a":          "example.org/a",
		"http://good.example@bad.example/":          "bad.example/",
		"http://example.org/a/":                     "example.org/a",
		"http://example.org/A":                      "example.org/A",
		"http://example.org/%61%2Fb%2f":             "example.org/a%2Fb%2F",
		"http://example.org/./x/../a":               "example.org/a",
		"http://example.org/../../a":                "example.org/a",
		"http://example.org/%2e%2E/a/%2e":           "example.org/a",
		"http://example.org/a b":                    "example.org/a%20b",
		"http://example.org/é":                      "example.org/%C3%A9",
		"http://example.org/a?utm_source=x&b=1#top": "example.org/a?utm_source=x&b=1",
		"http://example.org/a?":                     "example.org/a",
		"http://example.org?x":                      "example.org/?x",
		"http://example.org:80/":                    "example.org/",
		"http://example.org:0080/":                  "example.org/",
		"http://example.org:/":                      "example.org/",
		"https://example.org:80/":                   "example.org:80/",
		"http://example.org:8080/a":                 "example.org:8080/a",
		"http://EXAMPLE%2Eorg/":                     "example.org/",
		"http://ｅｘａｍｐｌｅ．ｏｒｇ/":                       "example.org/",
		"http://bücher.example/":                    "xn--bcher-kva.example/",
		"http://BÜCHER.example/":                    "xn--bcher-kva.example/",
		"http://xn--bcher-kva.example/":             "xn--bcher-kva.example/",
		"http://xn--BCHER-KVA.example/":             "xn--bcher-kva.example/",
		"http://faß.example/":                       "xn--fa-hia.example/",
		"http://例え。テスト/":                            "xn--r8jz45g.xn--zckzah/",
		"http://a_b.example.org/":                   "a_b.example.org/",
		"http://192.0.2.1/a":                        "192.0.2.1/a",
		"http://0xC0.0.0x2.01/a":                    "192.0.2.1/a",
		"http://3221225985/a":                       "192.0.2.1/a",
		"http://192.513/a":                          "192.0.2.1/a",
		"http://[2001:DB8:0::1]/a":                  "[2001:db8::1]/a",
		"http://[::ffff:192.0.2.1]/a":               "192.0.2.1/a",
		"rtmp://example.org:1935/live":              "example.org/live",
		"https://bit.ly/AbC":                        "bit.ly/AbC",
		"http://www.bit.ly/AbC+":                    "bit.ly/AbC",
		"https://bit.ly/AbC/?utm_x=1":               "bit.ly/AbC",
		"https://preview.tinyurl.com/AbC":           "tinyurl.com/AbC",
		"https://s.id/xYz":                          "s.id/xYz",
	} {
		u, err := ParseURL(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := u.Canonical(); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{
		"", " ", "http://", "javascript:alert(1)", "http://a b.example/", "http://exa<mple.org/",
		"http://256.1.1.1/", "http://1.2.3.4.5/", "http://[::1", "http://[1.2.3.4]/", "http://example.org:99999/", "http://example.org:x/",
		"http://a..b.example/", "http://" + strings.Repeat("a", 300) + ".example/", strings.Repeat("x", maxURL+1),
	} {
		if u, err := ParseURL(text); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%.40q is %+v, %v", text, u, err)
		} else if len(text) > 5 && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats %q", text)
		}
	}
}

// covers reports whether an entry of a list covers an address in a text.
func covers(t *testing.T, entry, text string) bool {
	t.Helper()
	k, err := ParseEntry(entry)
	if err != nil {
		t.Fatalf("%q: %v", entry, err)
	}
	hit := false
	Find(text, func(f Found) {
		f.URL.Keys(func(other Key) { hit = hit || other.Digest() == k.Digest() })
	})
	return hit
}

// TestLevels: each level of an entry covers what it says and nothing else.
func TestLevels(t *testing.T) {
	t.Parallel()
	addresses := []string{
		"http://example.org/", "http://www.example.org/a", "http://sub.example.org/a/b?c", "http://example.org/a",
		"http://example.org/a/b", "http://example.org/ab", "http://example.org/a?x=1", "http://other.example/", "http://notexample.org/a",
	}
	for entry, want := range map[string][]int{
		"example.org":              {0, 1, 2, 3, 4, 5, 6},
		"*.example.org":            {0, 1, 2, 3, 4, 5, 6},
		"Example.ORG.":             {0, 1, 2, 3, 4, 5, 6},
		"=example.org":             {0, 3, 4, 5, 6},
		"https://example.org/*":    {0, 3, 4, 5, 6},
		"=www.example.org":         {1},
		"example.org/a/*":          {1, 3, 4, 6},
		"https://example.org/":     {0},
		"example.org/a":            {1, 3},
		"http://example.org/a?x=1": {6},
		"sub.example.org":          {2},
		"http://other.example":     {7},
	} {
		var got []int
		for i, a := range addresses {
			if covers(t, entry, "see "+a+" now") {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q covers %v, want %v", entry, got, want)
		}
	}
	for _, entry := range []string{"", "org", "*.org", "a*b.example", "=example.org/a", "*.example.org/a", "example.org/a?x/*", "no addr ess", "http://*/", "example.*"} {
		if k, err := ParseEntry(entry); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%q is %+v, %v", entry, k, err)
		} else if entry != "" && strings.Contains(err.Error(), entry) {
			t.Errorf("the error repeats %q", entry)
		}
	}
}

// TestFind: addresses are found where they stand, however they are written.
func TestFind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"nothing here":                                     "",
		"see http://example.org/a, please":                 "example.org/a|http://example.org/a|",
		"(http://example.org/a_(b))":                       "example.org/a_(b)|http://example.org/a_(b)|",
		"“https://example.org/a”":                          "example.org/a|https://example.org/a|",
		"example.org":                                      "example.org/|example.org|",
		"go to example.org/a.":                             "example.org/a|example.org/a|",
		"hxxp://example.org/a":                             "example.org/a|hxxp://example.org/a|hidden",
		"hXXps://example[.]org/a":                          "example.org/a|hXXps://example[.]org/a|hidden",
		"hxxps[:]//example[.]org/a":                        "example.org/a|hxxps[:]//example[.]org/a|hidden",
		"example(dot)org":                                  "example.org/|example(dot)org|hidden",
		"example [dot] org":                                "example.org/|example [dot] org|hidden",
		"look: example dot org ok":                         "example.org/|example dot org|hidden",
		"example titik org":                                "example.org/|example titik org|hidden",
		"example DOT org/a":                                "example.org/a|example DOT org/a|hidden",
		"ex\u200bample.org":                                "example.org/|ex\u200bample.org|",
		"ｅｘａｍｐｌｅ．ｏｒｇ":                                      "example.org/|ｅｘａｍｐｌｅ．ｏｒｇ|hidden",
		"bücher.example!":                                  "xn--bcher-kva.example/|bücher.example|",
		"seehttp://example.org/a":                          "example.org/a|http://example.org/a|",
		"a.example|b.example":                              "a.example/|a.example| b.example/|b.example|",
		"http://r.example/?u=http%3A%2F%2Fexample.org%2Fa": "r.example/?u=http%3A%2F%2Fexample.org%2Fa|http://r.example/?u=http%3A%2F%2Fexample.org%2Fa| example.org/a|http%3A%2F%2Fexample.org%2Fa|",
		"http://r.example/http://example.org/a":            "r.example/http:/example.org/a|http://r.example/http://example.org/a| example.org/a|http://example.org/a|",
		"name@example.org":                                 "example.org/|example.org|",
		"3.14 and v1.2.3 and 1,5":                          "",
		"wait...what":                                      "",
		"http://192.0.2.1/a":                               "192.0.2.1/a|http://192.0.2.1/a|",
		"<a href=\"http://example.org/a\">x</a>":           "example.org/a|http://example.org/a|",
	} {
		var got []string
		Find(text, func(f Found) {
			hidden := ""
			if f.Hidden {
				hidden = "hidden"
			}
			got = append(got, f.URL.Canonical()+"|"+text[f.Start:f.End]+"|"+hidden)
		})
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q:\n got %s\nwant %s", text, s, want)
		}
	}
}

func TestFindPlaylist(t *testing.T) {
	t.Parallel()
	list := "#EXTM3U\r\n#EXT-X-KEY:METHOD=AES-128,URI=\"keys/1\"\n#EXTINF:4,\nseg 1.ts\n/top.ts\nhttps://other.example/a.ts\n"
	for base, want := range map[string]string{
		"":                            "other.example/a.ts",
		"http://example.org/x/l.m3u8": "example.org/x/keys/1 example.org/x/seg%201.ts example.org/top.ts other.example/a.ts",
		"not\x7f an address":          "other.example/a.ts",
	} {
		var got []string
		FindPlaylist(list, base, func(f Found) {
			got = append(got, f.URL.Canonical())
			if f.Start >= f.End || f.End > len(list) {
				t.Errorf("offsets %d to %d", f.Start, f.End)
			}
		})
		if s := strings.Join(got, " "); s != want {
			t.Errorf("base %q: %s, want %s", base, s, want)
		}
	}
}

// TestWords: phrases are found whole, in any spelling that hides them, and not
// within other words. The words are nonsense.
func TestWords(t *testing.T) {
	t.Parallel()
	digests := map[[32]byte]string{}
	for _, p := range []string{"zorvak", "Blue  Lantern-Fish", "tiga kata rahasia", "kelo"} {
		k, err := ParsePhrase(p)
		if err != nil {
			t.Fatal(err)
		}
		digests[k.Digest()] = k.Text
	}
	for text, want := range map[string]string{
		"zorvak":                     "zorvak",
		"some ZORVAK here":           "ZORVAK",
		"zorvaks":                    "",
		"the z0rvak":                 "z0rvak",
		"zоrvаk":                     "zоrvаk", // Cyrillic o and a
		"z o r v a k":                "z o r v a k",
		"zor\u200bvak":               "zor\u200bvak",
		"blue lantern-fish":          "blue lantern-fish",
		"blue, lantern-fish":         "blue, lantern-fish",
		"blue fish":                  "",
		"ini tiga kata rahasia kita": "tiga kata rahasia",
		"kelompok":                   "",
		"kelo dan zorvak":            "kelo zorvak",
	} {
		var got []string
		Words(text, MaxPhrase, func(s Spotted) {
			if _, ok := digests[s.Digest]; ok && !slices.Contains(got, text[s.Start:s.End]) {
				got = append(got, text[s.Start:s.End])
			}
		})
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: found %q, want %q", text, s, want)
		}
	}
	for _, p := range []string{"", "!!", "ab", "ka ki ku ke ko ka ki"} {
		if k, err := ParsePhrase(p); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%q is %+v, %v", p, k, err)
		}
	}
	long := strings.Repeat("word ", 30000) + "zorvak"
	found := 0
	Words(long, 2, func(s Spotted) {
		if s.Words == 1 && long[s.Start:s.End] == "zorvak" {
			found++
		}
	})
	if found != 1 {
		t.Errorf("a word behind 150 kB was found %d times", found)
	}
}

// FuzzFind: no text makes Find or Words panic or point outside it, and what is
// found is canonical: read again, it is the same.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"hxxp://example[.]org/a?b#c", "a dot b", "http://[::1]:80/%zz", "http://x/http%3a%2f%2fy", "ｅｘ．ｏｒｇ", "http://例え。テスト/é", "z\u200b.\xff.org", `http:\\a.b\..\c`, "xn--.org xn--a.org", "a.b.c.d.e.f.g.h.i.j.k/l/m/n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		Find(s, func(x Found) {
			if x.Start < 0 || x.Start > x.End || x.End > len(s) {
				t.Fatalf("offsets %d to %d of %d", x.Start, x.End, len(s))
			}
			again, err := ParseURL(x.URL.Canonical())
			if err != nil || again.Canonical() != x.URL.Canonical() {
				t.Fatalf("%q read again is %q (%v)", x.URL.Canonical(), again.Canonical(), err)
			}
			n := 0
			x.URL.Keys(func(k Key) { n++; k.Digest() })
			if n > maxDomains+maxPaths+5 {
				t.Fatalf("%d keys", n)
			}
		})
		Words(s, 3, func(x Spotted) {
			if x.Start < 0 || x.Start > x.End || x.End > len(s) {
				t.Fatalf("offsets %d to %d of %d", x.Start, x.End, len(s))
			}
		})
		FindPlaylist(s, "http://example.org/", func(Found) {})
		if k, err := ParseEntry(s); err == nil {
			k.Digest()
		}
	})
}

// TestFindLinear: text made to be slow is not.
func TestFindLinear(t *testing.T) {
	t.Parallel()
	for name, piece := range map[string]string{"schemes": "http://", "dots": "a.", "brackets": "[", "spaces": " dot ", "percent": "%3a%2f%2f", "open": "a [                    "} {
		s := strings.Repeat(piece, 1<<20/len(piece))
		work := 0
		Find(s, func(Found) { work++ })
		if work > 1<<18 {
			t.Errorf("%s: %d addresses", name, work)
		}
	}
}

// BenchmarkMatch looks a million entries up in chat messages; the baselines in
// the same run do it with strings.Contains for every entry, and with a regular
// expression of a thousandth of them.
func BenchmarkMatch(b *testing.B) {
	const entries = 1_000_000
	digests := make(map[[32]byte]struct{}, entries)
	plain := make([]string, entries)
	for i := range entries {
		plain[i] = fmt.Sprintf("%x.example", uint32(i)*2654435761)
		k, err := ParseEntry(plain[i])
		if err != nil {
			b.Fatal(err)
		}
		digests[k.Digest()] = struct{}{}
	}
	message := "have you seen this https://www." + plain[424242] + "/a/b?c=d it is so funny, tell the others to look too"
	match := func() (n int) {
		look := func(d [32]byte) {
			if _, ok := digests[d]; ok {
				n++
			}
		}
		Find(message, func(f Found) { f.URL.Keys(func(k Key) { look(k.Digest()) }) })
		Words(message, MaxPhrase, func(s Spotted) { look(s.Digest) })
		return n
	}
	if match() != 1 {
		b.Fatal("not found")
	}
	var ours float64
	b.Run("digests", func(b *testing.B) {
		for b.Loop() {
			match()
		}
		ours = b.Elapsed().Seconds() / float64(b.N)
	})
	b.Run("loop", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for _, p := range plain {
				if strings.Contains(message, p) {
					n++
				}
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/ours, "loop/digests")
	})
	b.Run("regexp1000", func(b *testing.B) {
		re := regexp.MustCompile(strings.ReplaceAll(strings.Join(plain[:1000], "|"), ".", `\.`))
		for b.Loop() {
			re.FindAllStringIndex(message, -1)
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/ours, "regexp/digests")
	})
}

// TestLongWords: a phrase is found wherever it stands in a text that is read in
// parts, and once.
func TestLongWords(t *testing.T) {
	t.Parallel()
	k, err := ParsePhrase("zorvak melati biru")
	if err != nil {
		t.Fatal(err)
	}
	for back := 0; back < 30; back += 4 {
		s := strings.Repeat("a b ", text.MaxBytes/4-5) + strings.Repeat(".", back) + " zorvak melati biru " + strings.Repeat("ccc ", text.MaxBytes/32)
		n := 0
		Words(s, MaxPhrase, func(x Spotted) {
			if x.Digest == k.Digest() {
				n++
				if got := s[x.Start:x.End]; got != "zorvak melati biru" {
					t.Errorf("%d dots: found %q", back, got)
				}
			}
		})
		if n != 1 {
			t.Errorf("%d dots: found %d times", back, n)
		}
	}
}
