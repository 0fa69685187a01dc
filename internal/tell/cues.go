package tell

import (
	_ "embed"
	"strings"

	"github.com/jaga-project/jaga/convo/text"
)

// Phrases that move a message to the front of the queue, one a line. They do
// nothing else: nobody is told that a message has one, and a message without
// any is read all the same.
var (
	//go:embed cues/en.txt
	cuesEN string
	//go:embed cues/id.txt
	cuesID string
)

// Cues finds words of danger and of self-harm, in English and Indonesian, in
// whatever language a message is. It is safe for concurrent use.
type Cues struct{ phrases map[string][][]string } // by their first word

// NewCues reads the phrases that come with the program.
func NewCues() *Cues {
	c := &Cues{map[string][][]string{}}
	for line := range strings.Lines(cuesEN + "\n" + cuesID) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words := folded(line)
		c.phrases[words[0]] = append(c.phrases[words[0]], words)
	}
	return c
}

// Urgent reports whether a message has one of the phrases. Capitals, accents,
// doubled letters and digits for letters make no difference.
func (c *Cues) Urgent(message string) bool {
	words := folded(message)
	for i, w := range words {
		for _, p := range c.phrases[w] {
			if begins(words[i:], p) {
				return true
			}
		}
	}
	return false
}

func begins(words, phrase []string) bool {
	if len(words) < len(phrase) {
		return false
	}
	for i, p := range phrase {
		if words[i] != p {
			return false
		}
	}
	return true
}

// folded lists the words of a text in their plain form.
func folded(s string) []string {
	var out []string
	var t text.Text
	for len(s) > 0 {
		part := s[:min(len(s), text.MaxBytes)]
		if i := strings.LastIndexAny(part, " \n"); len(part) < len(s) && i > 0 {
			part = part[:i]
		}
		s = s[len(part):]
		t.Normalise(strings.ReplaceAll(strings.ReplaceAll(part, "'", ""), "’", ""))
		for i, tok := range t.Tokens {
			if tok.Kind == text.Word {
				out = append(out, string(t.Form(i, 0)))
			}
		}
	}
	return out
}
