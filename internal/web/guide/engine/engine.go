package engine

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/pack"
)

// Limits of what is looked at and shown.
const (
	// MaxText is how much of a text is read, in bytes.
	MaxText = 1 << 20
	// maxNames is how many people are offered as "this is me".
	maxNames = 8
	// maxQuotes is how many places are shown for one sign.
	maxQuotes = 2
	// around is how much is shown before and behind the words of a sign, in
	// characters.
	around = 60
	// fewWords is below how many words there is little to see.
	fewWords = 3
)

// Engine looks at words. It is safe for concurrent use.
type Engine struct{ d *convo.Detector }

// New makes an engine of packs in their compact form.
func New(compact ...[]byte) (*Engine, error) {
	var packs []*pack.Pack
	for _, data := range compact {
		p, err := pack.ReadCompact(data)
		if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	d, err := convo.New(convo.Options{}, packs...)
	if err != nil {
		return nil, err
	}
	return &Engine{d}, nil
}

// Who says whose words are whose.
type Who struct {
	// Asked is true when the reader was asked who of the names is the child.
	Asked bool
	// Child is the name that the reader chose, "" for none of them.
	Child string
}

// Answer is what the page says. It holds no score.
type Answer struct {
	// Names are the people of the chat when it is not clear who of them is the
	// child; nothing was looked at then.
	Names []string
	// Forms are what it looks like, the clearest first.
	Forms []jaga.Form
	// Signs are words that count, in the order of [Signs]. There may be signs
	// without a form: one sign alone may mean nothing.
	Signs []Sign
	// Crisis is true when somebody may be about to hurt themselves.
	Crisis bool
	// Empty, Short, Cut, Hard and Foreign say what was not looked at: nothing is
	// there; only a word or two; the end of a long text; a message that is too
	// tangled; a script that is neither that of English nor of Indonesian.
	Empty, Short, Cut, Hard, Foreign bool
}

// Sign is one sign and the words in which it was seen.
type Sign struct {
	Key    string
	Quotes []Quote
}

// Quote is a place in what was pasted.
type Quote struct{ Before, Words, Behind string }

// them and me stand for people who are not named.
const them, me = "\x00them", "\x00me"

// Look looks at a text. Any text will do.
func (e *Engine) Look(text string, who Who) Answer {
	var a Answer
	if len(text) > MaxText {
		text, a.Cut = text[:MaxText], true
	}
	text = strings.ToValidUTF8(text, "\ufffd")
	a.measure(text)
	if a.Empty {
		return a
	}
	list := read(text)
	people := names(list)
	if len(people) > 1 && !who.Asked {
		a.Names = people[:min(len(people), maxNames)]
		return a
	}
	child := me
	if who.Asked && slices.Contains(people, who.Child) {
		child = who.Child
	}
	e.look(&a, list, people, child)
	return a
}

// measure says what of a text cannot be looked at.
func (a *Answer) measure(text string) {
	letters, latin, words, inside := 0, 0, 0, false
	for _, r := range text {
		is := unicode.IsLetter(r)
		if is && !inside {
			words++
		}
		if inside = is; is {
			letters++
			if r < 0x250 {
				latin++
			}
		}
	}
	a.Empty = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) == ""
	a.Short = words < fewWords
	a.Foreign = 2*latin < letters
}

func (e *Engine) look(a *Answer, list []message, people []string, child string) {
	head := convo.Head{ID: "chat", Channel: convo.ChannelPrivate}
	minor, _ := convo.ParseAgeBand("minor")
	head.People = append(head.People, convo.Person{ID: child, Age: minor})
	if others := len(people) - 1; others > 1 {
		head.Channel = convo.ChannelGroup
	}
	s := e.d.Open(head, nil)
	found := map[string][]Quote{}
	for _, m := range list {
		from := m.from
		if from == "" {
			from = them
		}
		s.Observe(convo.Message{From: from, Text: m.text})
		e.words(a, found, m.text, from == child)
	}
	for _, f := range s.Findings() {
		for _, r := range f.Because {
			a.Crisis = a.Crisis || crisis(r.Indicator)
		}
		if f.From != convo.ShortID(child) && !slices.Contains(a.Forms, f.Form) {
			a.Forms = append(a.Forms, f.Form)
		}
	}
	a.Hard = !s.Complete()
	for _, key := range Signs() {
		if q := found[key]; q != nil {
			a.Signs = append(a.Signs, Sign{key, q})
		}
	}
}

// words notes what the words of one message show by themselves. What the child
// wrote is no sign of anything but of how the child is.
func (e *Engine) words(a *Answer, found map[string][]Quote, text string, own bool) {
	speaker, target := "unknown", "minor"
	if own {
		speaker, target = target, speaker
	}
	var seen []string // signs of this message: one place for each
	for _, r := range e.d.Read(text, speaker, target).Reasons {
		a.Crisis = a.Crisis || crisis(r.Indicator)
		key := sign(r.Indicator)
		if own || key == "" || len(found[key]) >= maxQuotes || slices.Contains(seen, key) {
			continue
		}
		seen = append(seen, key)
		q := quote(text, r.Span[0], r.Span[1])
		if !slices.Contains(found[key], q) {
			found[key] = append(found[key], q)
		}
	}
}

// quote cuts the words out of a message with a little around them.
func quote(text string, from, to int) Quote {
	if from < 0 || to > len(text) || from > to {
		return Quote{}
	}
	before, behind := text[:from], text[to:]
	at := len(before)
	for n := 0; at > 0 && n < around; n++ {
		_, size := utf8.DecodeLastRuneInString(before[:at])
		at -= size
	}
	end := 0
	for n := 0; end < len(behind) && n < around; n++ {
		_, size := utf8.DecodeRuneInString(behind[end:])
		end += size
	}
	q := Quote{before[at:], text[from:to], behind[:end]}
	if at > 0 {
		q.Before = "…" + q.Before
	}
	if end < len(behind) {
		q.Behind += "…"
	}
	return q
}
