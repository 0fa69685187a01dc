package eval

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
)

// PAN12Conversation is one conversation of PAN-2012.
type PAN12Conversation struct {
	ID       string
	Messages []PAN12Message
}

// PAN12Message is one line of a conversation. Author and text may be empty:
// the corpus has lines without them.
type PAN12Message struct {
	Line   int // as numbered in the corpus, from 1
	Author string
	Minute int // of the day, 0 to 1439; −1 when unknown. There is no date.
	Text   Text
}

// Participants returns the conversation's authors, in the order of their
// first line.
func (c PAN12Conversation) Participants() Participants {
	p := Participants{Conversation: c.ID}
	seen := Set[string]{}
	for _, m := range c.Messages {
		if m.Author != "" && !seen.Has(m.Author) {
			seen[m.Author] = struct{}{}
			p.Persons = append(p.Persons, m.Author)
		}
	}
	return p
}

// TwoParty says whether the conversation has exactly two authors and at least
// least messages that are not empty: the subset that many papers report on
// alone, with 6 for least.
func (c PAN12Conversation) TwoParty(least int) bool {
	n := 0
	for _, m := range c.Messages {
		if m.Text.Len() > 0 {
			n++
		}
	}
	return n >= least && len(c.Participants().Persons) == 2
}

// The bounds of [PAN12Reader]. The corpus stays far below each of them.
const (
	maxPAN12Token    = 4 << 20  // bytes of one XML token
	maxPAN12Messages = 1 << 18  // in one conversation
	maxPAN12Bytes    = 16 << 20 // of text in one conversation
	maxPAN12Depth    = 64       // of elements
)

// PAN12Reader reads the conversations of PAN-2012, one at a time and token by
// token: the corpus has hundreds of megabytes, of which it holds one
// conversation.
//
// The text is HTML-escaped once more inside the XML. That level is taken off;
// the few lines with further levels stay as they are.
type PAN12Reader struct {
	file    string
	options ReadOptions
	budget  *budgetReader
	dec     *xml.Decoder
	skipped Skipped
	depth   int
	opened  bool  // the root has been seen
	err     error // that ended the reading
}

// NewPAN12Reader reads from r; file is for messages only.
func NewPAN12Reader(file string, r io.Reader, o ReadOptions) *PAN12Reader {
	budget := newBudgetReader(r, maxPAN12Token)
	return &PAN12Reader{file: file, options: o, budget: budget, dec: xml.NewDecoder(budget)}
}

// Skipped counts what was left out so far: conversations without an id,
// messages without a usable line number. A time that is none is counted too,
// but its message is kept, with its time unknown.
func (r *PAN12Reader) Skipped() Skipped { return r.skipped }

// Offset is how many bytes of the input have been taken in.
func (r *PAN12Reader) Offset() int64 { return r.dec.InputOffset() }

// Next returns the next conversation, and io.EOF after the last. XML that is
// not well-formed ends the reading with a [LineError], under any options.
func (r *PAN12Reader) Next() (PAN12Conversation, error) {
	if r.err != nil {
		return PAN12Conversation{}, r.err
	}
	c, err := r.next()
	r.err = err
	return c, err
}

func (r *PAN12Reader) next() (PAN12Conversation, error) {
	for {
		tok, err := r.token()
		if errors.Is(err, io.EOF) && !r.opened {
			return PAN12Conversation{}, r.fault("", "no conversations in it")
		}
		if err != nil {
			return PAN12Conversation{}, err
		}
		start, ok := tok.(xml.StartElement)
		switch {
		case !ok:
		case r.depth == 1:
			if start.Name.Local != "conversations" {
				return PAN12Conversation{}, r.fault("conversations", "not the outermost element: not a corpus of PAN-2012")
			}
			r.opened = true
		case r.depth == 2 && start.Name.Local == "conversation":
			c, keep, err := r.conversation(start)
			if err != nil || keep {
				return c, err
			}
		}
	}
}

// conversation reads up to the end of the element that was opened.
func (r *PAN12Reader) conversation(start xml.StartElement) (c PAN12Conversation, keep bool, err error) {
	c.ID = attribute(start, "id")
	if c.ID == "" {
		if err := r.skip(r.fault("conversation@id", "missing")); err != nil {
			return c, false, err
		}
	}
	inside, size := r.depth, 0
	for {
		tok, err := r.token()
		if err != nil {
			return c, false, err
		}
		if r.depth < inside {
			return c, c.ID != "", nil
		}
		start, ok := tok.(xml.StartElement)
		if !ok || start.Name.Local != "message" {
			continue
		}
		m, keep, err := r.message(start)
		if err != nil {
			return c, false, err
		}
		if keep && c.ID != "" {
			c.Messages = append(c.Messages, m)
			size += m.Text.Len() + len(m.Author)
		}
		if len(c.Messages) > maxPAN12Messages || size > maxPAN12Bytes {
			return c, false, r.fault("conversation", "longer than any of the corpus can be")
		}
	}
}

// message reads up to the end of the element that was opened.
func (r *PAN12Reader) message(start xml.StartElement) (m PAN12Message, keep bool, err error) {
	m.Line, err = strconv.Atoi(strings.TrimSpace(attribute(start, "line")))
	keep = err == nil && m.Line > 0
	if !keep {
		if err := r.skip(r.fault("message@line", "missing, or not a whole number from 1")); err != nil {
			return m, false, err
		}
	}
	var author, clock, text strings.Builder
	inside := r.depth
	var into *strings.Builder
	for {
		tok, err := r.token()
		if err != nil {
			return m, false, err
		}
		if r.depth < inside {
			break
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if r.depth == inside+1 {
				into = map[string]*strings.Builder{"author": &author, "time": &clock, "text": &text}[tok.Name.Local]
			}
		case xml.EndElement:
			if r.depth == inside {
				into = nil
			}
		case xml.CharData:
			if into == nil {
				continue
			}
			if into.Len()+len(tok) > maxPAN12Token {
				return m, false, r.fault("message", "longer than any of the corpus can be")
			}
			into.Write(tok)
		}
	}
	m.Author = strings.TrimSpace(author.String())
	m.Text = NewText(strings.TrimSpace(html.UnescapeString(text.String())))
	var known bool
	if m.Minute, known = minuteOfDay(clock.String()); !known && keep {
		if err := r.skip(r.fault("time", "not a time of day HH:MM")); err != nil {
			return m, false, err
		}
	}
	return m, keep, nil
}

// minuteOfDay reads HH:MM. A blank is an unknown time but no fault.
func minuteOfDay(s string) (minute int, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return -1, true
	}
	h, m, found := strings.Cut(s, ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minutes, err2 := strconv.ParseUint(m, 10, 8)
	if !found || err1 != nil || err2 != nil || hour > 23 || minutes > 59 {
		return -1, false
	}
	return int(60*hour + minutes), true
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// token returns the next token and keeps the depth. Faults are worded anew,
// since those of the decoder quote what they found.
func (r *PAN12Reader) token() (xml.Token, error) {
	r.budget.renew()
	tok, err := r.dec.Token()
	switch tok.(type) {
	case xml.StartElement:
		r.depth++
	case xml.EndElement:
		r.depth--
	}
	if long, ok := errors.AsType[errTooLong](err); ok {
		return nil, r.fault("", long.Error())
	}
	if _, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return nil, r.fault("", "the XML is not well-formed, or the file is cut off here")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading %s, byte %d: %w", r.file, r.dec.InputOffset(), err)
	}
	if r.depth > maxPAN12Depth {
		return nil, r.fault("", "elements lie too deep in each other")
	}
	return tok, err
}

func (r *PAN12Reader) fault(field, msg string) *LineError {
	line, _ := r.dec.InputPos()
	return &LineError{File: r.file, Line: line, Offset: r.dec.InputOffset(), Field: field, Msg: msg}
}

func (r *PAN12Reader) skip(e *LineError) error { return r.skipped.add(r.options, e) }
