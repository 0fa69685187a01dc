package weblist

import (
	"slices"
	"strings"
)

// Example is a text that an entry covers, or one that looks like it and that it
// does not cover.
type Example struct {
	Text    string
	Covered bool
}

// Examples says by example what an entry covers: first what it does, then what
// it does not, at most three of each. Every example was looked up: what is said
// of it is what [URL.Keys] or [Words] say.
func (k Key) Examples() []Example {
	yes, no := k.addresses()
	if k.Level == Phrase {
		yes, no = k.phrases()
	}
	var out []Example
	for _, x := range yes {
		if k.Covers(x) {
			out = append(out, Example{x, true})
		}
	}
	for _, x := range no {
		if !k.Covers(x) {
			out = append(out, Example{x, false})
		}
	}
	return out
}

// Covers reports whether something of the text is what the entry is about.
func (k Key) Covers(text string) (covered bool) {
	if k.Level == Phrase {
		digest := k.Digest()
		Words(text, MaxPhrase, func(s Spotted) { covered = covered || s.Digest == digest })
		return covered
	}
	Find(text, func(f Found) {
		f.URL.Keys(func(other Key) { covered = covered || other == k })
	})
	return covered
}

// addresses are candidates of examples for a list of addresses.
func (k Key) addresses() (yes, no []string) {
	const page = "/page?id=1"
	switch k.Level {
	case Domain:
		return []string{"https://" + k.Text + "/", "http://www." + k.Text + page},
			[]string{"https://other-" + k.Text + "/", "https://" + k.Text + ".other.example/"}
	case Host:
		yes = []string{"https://" + k.Text + "/", "http://" + k.Text + page}
		if isIP(k.Text) {
			return yes, nil
		}
		no = []string{"https://sub." + k.Text + "/"}
		if _, above, ok := strings.Cut(k.Text, "."); ok && strings.Contains(above, ".") {
			no = append(no, "https://"+above+"/")
		}
		return yes, no
	case Path:
		below := strings.TrimSuffix(k.Text, "/")
		return []string{"https://" + k.Text, "http://www." + below + page, "https://" + below + "/a/b"},
			[]string{"https://" + below + "-other", "https://" + k.host() + "/"}
	case Exact:
		return []string{"https://" + k.Text, "http://www." + k.Text + "#part"},
			[]string{"https://" + strings.TrimSuffix(k.Text, "/") + "/more", "https://" + k.Text + k.and() + "more=1", "https://" + k.host() + "/"}
	}
	return nil, nil
}

// host is where the path begins.
func (k Key) host() string {
	host, _, _ := strings.Cut(k.Text, "/")
	return host
}

// and joins a further part to the query.
func (k Key) and() string {
	if strings.Contains(k.Text, "?") {
		return "&"
	}
	return "?"
}

// phrases are candidates of examples for a list of words.
func (k Key) phrases() (yes, no []string) {
	words := strings.Split(k.Text, " ")
	spaced := slices.Clone(words)
	spaced[0] = strings.Join(strings.Split(words[0], ""), " ")
	yes = []string{k.Text, strings.ToUpper(k.Text) + "!", strings.Join(spaced, " ")}
	no = []string{"x" + k.Text}
	if len(words) > 1 {
		turned := slices.Clone(words)
		slices.Reverse(turned)
		no = append(no, strings.Join(turned, " "), words[0])
	}
	return yes, no
}
