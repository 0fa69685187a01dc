package pack

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/text"
)

// MaxSize bounds a pack's file, in bytes.
const MaxSize = 4 << 20

// maxWeight is the weight of the strongest indicator of the catalogue.
const maxWeight = 6

// SyntaxError says where a pack breaks the format's rules.
type SyntaxError struct {
	File string
	Line int
	What string
}

// Error names the file, the line and what to do.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// Facts are the names of facts that the detector understands, each with what
// it means.
func Facts() map[string]string {
	return map[string]string{
		"age-self":      "the speaker says how old they are; the pattern's :age holds it",
		"age-other":     "the speaker says how old the other is; the pattern's :age holds it",
		"minor-self":    "the speaker says something that only a minor says, such as being in a school year",
		"adult-self":    "the speaker says something that only an adult says, such as having children",
		"refusal":       "the speaker says no, or stop",
		"hedge":         "the speaker calls what was said a joke",
		"vulnerability": "the speaker tells of being lonely, unhappy or in trouble at home",
		"sent":          "the speaker says that a payment or a picture was sent",
		"role-claim":    "the speaker claims a role such as coach, teacher, scout or staff",
		"directive":     "the speaker tells the other to do something",
		"carer":         "the speaker talks as a parent or guardian does",
	}
}

// Frames are the names of frames, each with what it means.
func Frames() map[string]string {
	return map[string]string{
		"lesson":   "the message teaches about warning signs",
		"quote":    "the message reports what somebody else said",
		"roleplay": "the message says that it is fiction or play",
		"news":     "the message passes on news",
	}
}

// isName reports whether s is a name of a pack or a class: a lower-case letter,
// then up to 63 of them, digits and hyphens.
func isName(s string) bool {
	const longest = 64
	return s != "" && len(s) <= longest && isWordByte(s[0]) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') })
}

// isLanguage reports whether s has the form of a language's code.
func isLanguage(s string) bool {
	return (len(s) == 2 || len(s) == 3) && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}

type parser struct {
	p    *Pack
	rule *Rule
	line int
	said int // where the patterns of the last say line begin
}

// File is one of the files that a pack consists of.
type File struct {
	Name string // for messages
	Data []byte
}

// Parse reads a pack of one file. The error is a [*SyntaxError]; a pack with
// an error is refused whole.
func Parse(file string, data []byte) (*Pack, error) { return ParseFiles(File{file, data}) }

// ParseFiles reads a pack that is spread over several files, as if they stood
// one behind the other. The first one has the pack's name.
func ParseFiles(files ...File) (*Pack, error) {
	ps := &parser{p: &Pack{
		classes: map[string]*class{}, slang: map[string]string{}, common: map[string]bool{},
	}}
	p := ps.p
	sum := newDigest()
	size, offset := 0, 0
	for _, f := range files {
		p.files = append(p.files, startOf{f.Name, offset})
		size += len(f.Data)
		if size > MaxSize {
			return nil, p.fail(offset+1, "the pack is larger than %d MiB", MaxSize>>20)
		}
		if !utf8.Valid(f.Data) {
			return nil, p.fail(offset+1, "the pack is not UTF-8 text")
		}
		sum.Write(f.Data)
		lines := strings.Split(string(bytes.TrimPrefix(f.Data, []byte("\ufeff"))), "\n")
		if err := ps.lines(lines, offset); err != nil {
			return nil, err
		}
		ps.rule = nil // a block does not go on in the next file
		offset += len(lines)
	}
	p.Digest = hex.EncodeToString(sum.Sum(nil))
	if err := ps.finish(); err != nil {
		return nil, err
	}
	p.compiled = sync.OnceValues(func() (*part, error) { return compilePart(p) })
	return p, nil
}

// lines reads the lines of one file.
func (ps *parser) lines(lines []string, offset int) error {
	for i := 0; i < len(lines); i++ {
		line := cleanLine(lines[i])
		first := offset + i + 1
		// A line that starts with white space goes on with the one before.
		for i+1 < len(lines) && line != "" && startsBlank(lines[i+1]) && cleanLine(lines[i+1]) != "" {
			i++
			line += " " + cleanLine(lines[i])
		}
		if line == "" {
			continue
		}
		ps.line = first
		word, rest, _ := strings.Cut(line, " ")
		if err := ps.directive(word, strings.TrimSpace(rest)); err != nil {
			return ps.p.fail(first, "%s: %s", word, err)
		}
	}
	return nil
}

// startOf is where a file's lines begin among those of its pack.
type startOf struct {
	name   string
	offset int
}

// Where returns the file and the line in it for a line of the pack.
func (p *Pack) Where(line int) (file string, n int) {
	for _, f := range p.files {
		if line > f.offset {
			file, n = f.name, line-f.offset
		}
	}
	return file, n
}

// fail is an error at a line of the pack.
func (p *Pack) fail(line int, format string, args ...any) error {
	file, n := p.Where(line)
	return &SyntaxError{file, n, fmt.Sprintf(format, args...)}
}

func startsBlank(s string) bool { return s != "" && (s[0] == ' ' || s[0] == '\t') }

// cleanLine drops a comment and the white space around a line. A # starts a
// comment only at the start or behind a blank and before a blank, so that
// #age stays an entity.
func cleanLine(s string) string {
	s = strings.TrimRight(s, " \t\r")
	trimmed := strings.TrimLeft(s, " \t")
	if trimmed == "#" || strings.HasPrefix(trimmed, "# ") || strings.HasPrefix(trimmed, "##") {
		return ""
	}
	if i := strings.Index(trimmed, " # "); i >= 0 {
		trimmed = strings.TrimRight(trimmed[:i], " \t")
	}
	return trimmed
}

func (ps *parser) directive(word, rest string) error {
	p := ps.p
	if p.Name == "" && word != "pack" {
		return fmt.Errorf("a pack starts with a line such as: pack en-core 1")
	}
	switch word {
	case "pack":
		name, version, _ := strings.Cut(rest, " ")
		v, err := strconv.Atoi(strings.TrimSpace(version))
		if !isName(name) || err != nil || v < 1 {
			return fmt.Errorf("write a name of lower-case letters, digits and hyphens, and a version from 1, such as: pack en-core 1")
		}
		if p.Name != "" {
			return fmt.Errorf("one file holds one pack")
		}
		p.Name, p.Version = name, v
	case "language":
		if !isLanguage(rest) {
			return fmt.Errorf("%q is not a language code such as en or id", rest)
		}
		p.Language = rest
	case "title":
		p.Title = rest
	case "license", "source":
		// For people; the digest covers them.
	case "common":
		for w := range strings.FieldsSeq(rest) {
			p.common[text.FoldWord(w)] = true
		}
	case "slang":
		return ps.slang(rest)
	case "class":
		return ps.class(rest)
	case "indicator", "fact", "frame":
		return ps.open(word, rest)
	default:
		if ps.rule == nil {
			return fmt.Errorf("unknown line; before the first block: pack, language, title, license, source, common, slang, class")
		}
		return ps.inRule(word, rest)
	}
	return nil
}

// slang reads: slang gak ga nggak = tidak
func (ps *parser) slang(rest string) error {
	from, to, ok := strings.Cut(rest, "=")
	canon := text.FoldWord(strings.TrimSpace(to))
	if !ok || canon == "" || strings.Contains(strings.TrimSpace(to), " ") {
		return fmt.Errorf("write the spellings, = and one usual word, such as: slang gak ga nggak = tidak")
	}
	n := 0
	for w := range strings.FieldsSeq(from) {
		w = text.FoldWord(w)
		if old, has := ps.p.slang[w]; has && old != canon {
			return fmt.Errorf("%q already stands for %q", w, old)
		}
		if w != canon && w != "" {
			ps.p.slang[w] = canon
			n++
		}
	}
	if n == 0 {
		return fmt.Errorf("there is no other spelling before =")
	}
	return nil
}

func (ps *parser) class(rest string) error {
	name, body, ok := strings.Cut(rest, "=")
	name = strings.TrimSpace(name)
	more := false
	if !ok {
		return fmt.Errorf("write a name, = and alternatives, such as: class parent = mum | mom | dad")
	}
	if n, cut := strings.CutSuffix(name, "+"); cut { // class parent += more
		name, more = strings.TrimSpace(n), true
	}
	if !isName(name) {
		return fmt.Errorf("%q is not a name of lower-case letters, digits and hyphens", name)
	}
	pats, err := parsePattern(body, ps.p.Language, ps.line)
	if err != nil {
		return err
	}
	c, has := ps.p.classes[name]
	switch {
	case has && !more:
		return fmt.Errorf("class %q is there already; add to it with +=", name)
	case !has:
		c = &class{name: name, line: ps.line}
		ps.p.classes[name] = c
	}
	for _, q := range pats {
		c.alts = append(c.alts, q.seq)
	}
	return nil
}

func (ps *parser) open(kind, rest string) error {
	r := Rule{Speakers: Anyone, Targets: Anyone, line: ps.line}
	switch kind {
	case "indicator":
		if indicator.Index(indicator.ID(rest)) < 0 {
			return fmt.Errorf("%q is not an indicator of the catalogue, such as G-13", rest)
		}
		r.Kind, r.Indicator = RuleIndicator, indicator.ID(rest)
	case "fact":
		if Facts()[rest] == "" {
			return fmt.Errorf("%q is not one of %s", rest, strings.Join(slices.Sorted(maps.Keys(Facts())), ", "))
		}
		r.Kind, r.Name = RuleFact, rest
	case "frame":
		if Frames()[rest] == "" {
			return fmt.Errorf("%q is not one of %s", rest, strings.Join(slices.Sorted(maps.Keys(Frames())), ", "))
		}
		r.Kind, r.Name = RuleFrame, rest
	}
	ps.p.Rules = append(ps.p.Rules, r)
	ps.rule = &ps.p.Rules[len(ps.p.Rules)-1]
	return nil
}

func (ps *parser) inRule(word, rest string) error {
	r := ps.rule
	switch word {
	case "say", "unless", "with", "except":
		pats, err := parsePattern(rest, ps.p.Language, ps.line)
		if err != nil {
			return err
		}
		switch word {
		case "say":
			ps.said = len(r.say)
			r.say = append(r.say, pats...)
		case "except":
			if len(r.say) == 0 {
				return fmt.Errorf("it takes back the say line above it, and there is none")
			}
			for _, q := range r.say[ps.said:] {
				q.except = append(q.except, pats...)
			}
		case "unless":
			r.unless = append(r.unless, pats...)
		default:
			r.with = append(r.with, pats...)
		}
	case "who":
		from, to, ok := strings.Cut(rest, "->")
		var err1, err2 error
		r.Speakers, err1 = readWho(from)
		r.Targets, err2 = readWho(to)
		if !ok || err1 != nil || err2 != nil {
			return fmt.Errorf("write who says it to whom, such as: who adult unknown -> minor unknown")
		}
	case "weight":
		num, why, _ := strings.Cut(rest, " because ")
		w, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
		if err != nil || !(w > 0) || w > maxWeight || strings.TrimSpace(why) == "" {
			return fmt.Errorf("write a number above 0 and at most %d, and the reason, such as: weight 1.6 because secrecy is asked of a child", maxWeight)
		}
		r.Weight, r.Because = w, strings.TrimSpace(why)
	case "explain.en":
		r.Explain.EN = rest
	case "explain.id":
		r.Explain.ID = rest
	case "lookalike":
		r.Lookalikes = append(r.Lookalikes, strings.Fields(rest)...)
	case "evaded":
		r.Evaded = true
	case "negation":
		if rest != "keep" {
			return fmt.Errorf("the only choice is: negation keep")
		}
		r.KeepNegated = true
	case "yes":
		r.Yes = append(r.Yes, Example{rest, ps.line})
	case "no":
		r.No = append(r.No, Example{rest, ps.line})
	default:
		return fmt.Errorf("unknown line; inside a block: say, except, unless, with, who, weight, explain.en, explain.id, lookalike, evaded, negation, yes, no")
	}
	return nil
}

func readWho(s string) (Who, error) {
	var w Who
	for f := range strings.FieldsSeq(s) {
		switch f {
		case "adult":
			w |= Adult
		case "minor":
			w |= Minor
		case "unknown":
			w |= Unknown
		case "anyone":
			w |= Anyone
		default:
			return 0, fmt.Errorf("%q is not adult, minor, unknown or anyone", f)
		}
	}
	if w == 0 {
		return 0, fmt.Errorf("nobody is named")
	}
	return w, nil
}

// finish checks what only the whole file shows.
func (ps *parser) finish() error {
	p := ps.p
	fail := p.fail
	switch {
	case p.Name == "":
		return fail(1, "the file is empty: a pack starts with a line such as: pack en-core 1")
	case p.Language == "":
		return fail(1, "the language is missing: add a line such as: language en")
	case p.Title == "":
		return fail(1, "the title is missing: add a line such as: title Core pack in English")
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		if len(r.say) == 0 {
			return fail(r.line, "the block says nothing: add a line such as: say <dont> tell")
		}
		if (r.Explain.EN == "") != (r.Explain.ID == "") {
			return fail(r.line, "explain.en and explain.id come together")
		}
		for _, list := range [][]*pattern{r.say, r.unless, r.with} {
			for _, q := range list {
				for _, one := range append([]*pattern{q}, q.except...) {
					if err := p.resolve(one.seq, 0); err != nil {
						return fail(one.line, "%v", err)
					}
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.classes)) {
		c := p.classes[name]
		for _, s := range c.alts {
			if err := p.resolve(s, 0); err != nil {
				return fail(c.line, "class %s: %v", name, err)
			}
		}
	}
	return nil
}

// resolve checks that all classes exist and none contains itself.
func (p *Pack) resolve(s seq, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("classes are nested deeper than %d", maxDepth)
	}
	for _, a := range s {
		switch a.kind {
		case atomClass:
			c := p.classes[a.word]
			if c == nil {
				return fmt.Errorf("class <%s> is not defined", a.word)
			}
			c.used = true
			if c.open {
				return fmt.Errorf("class <%s> contains itself", a.word)
			}
			if c.resolved {
				continue
			}
			c.open = true
			for _, alt := range c.alts {
				if err := p.resolve(alt, depth+1); err != nil {
					c.open = false
					return err
				}
			}
			c.open, c.resolved = false, true
		case atomAlt, atomOpt:
			for _, alt := range a.alts {
				if err := p.resolve(alt, depth+1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
