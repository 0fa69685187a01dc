package chatfile

import (
	"strings"

	"github.com/jaga-project/jaga/convo"
)

// maxStamp is more than the longest date and time that WhatsApp writes.
const maxStamp = 64

// header is the beginning of a message in WhatsApp's export.
type header struct {
	stamp stamp
	// rest is what follows the time.
	rest string
	// bracket is true for the iOS form.
	bracket bool
}

// parseHeader reads the beginning of a message: "time - " on Android,
// "[time] " on iOS.
func parseHeader(line string) (h header, ok bool) {
	line = strings.TrimLeft(line, marks)
	var when string
	if rest, bracket := strings.CutPrefix(line, "["); bracket {
		when, h.rest, ok = strings.Cut(rest, "]")
		h.bracket = true
	} else {
		when, h.rest, ok = strings.Cut(line, " - ")
		if !ok {
			when, h.rest, ok = strings.Cut(line, " – ")
		}
	}
	if !ok || len(when) > maxStamp {
		return header{}, false
	}
	h.stamp, ok = parseStamp(when)
	h.rest = strings.TrimLeft(strings.TrimRight(h.rest, "\r\n"), " ")
	return h, ok
}

// exported reports whether the form is WhatsApp's own: in brackets, it has
// seconds and no year first. Other times in brackets are those of Plain.
func (h header) exported() bool {
	return !h.bracket || h.stamp.precise && h.stamp.date[0] <= 31
}

// readWhatsApp reads the text file of WhatsApp's "export chat".
func readWhatsApp(r *Reader) {
	w := &whatsApp{transcript: r.transcript(), partner: chatPartner(r.stem())}
	w.c.ID = r.stem()
	for {
		line, ok := w.line()
		if !ok {
			break
		}
		if h, ok := parseHeader(line); ok {
			w.end(w.meaning)
			w.start(h)
		} else if w.open {
			w.more(strings.Trim(line, marks))
		} else if strings.TrimSpace(line) != "" {
			r.lose(w.lines.number, "", "it belongs to no message and was left out")
		}
	}
	w.end(w.meaning)
	w.finishChat()
}

// whatsApp is a chat being read.
type whatsApp struct {
	*transcript
	// partner is the name of the other side or the group, from the file's name;
	// "" if the file was renamed.
	partner string
	// group is true once a notice shows that the chat is a group.
	group bool
	// blocks are what the phone's owner did, who has no name in notices.
	blocks []ownerAct
}

// ownerAct is when and where a notice says that the phone's owner did something.
type ownerAct struct {
	stamp stamp
	line  int
}

// start begins a message, or reads a notice.
func (w *whatsApp) start(h header) {
	w.indonesian = w.indonesian || h.stamp.dotted
	before, text, found := strings.Cut(h.rest, ": ")
	if !found {
		// A message without text ends in a colon.
		before, found = strings.CutSuffix(strings.TrimRight(h.rest, " "), ":")
	}
	name := contactName(before)
	switch {
	case !found || name == "":
		w.app(h.rest, h.stamp)
	case strings.ContainsAny(before, "\"“”") && isNoticeOfApp(h.rest):
		// A colon within a group's name.
		w.app(h.rest, h.stamp)
	case w.noticeUnder(name, text):
		w.app(text, h.stamp)
	default:
		w.begin(Message{Message: convo.Message{From: name, Text: text}, Line: w.lines.number}, &h.stamp)
	}
}

// noticeUnder reports whether the text of a message is a notice, which iOS puts
// under the name of a person or of the group, with an invisible mark before it.
// Anybody can write that mark, so little is taken for a notice, and told.
func (w *whatsApp) noticeUnder(name, text string) bool {
	const longest = 200
	text, marked := strings.CutPrefix(text, "\u200e")
	if !marked || len(text) > longest {
		return false
	}
	n, who, _ := findNotice(text)
	if n == nil {
		return false
	}
	if n.opening {
		return len(w.c.Messages) == 0 && !w.open
	}
	if who = contactName(who); who == name || isYou(who) || n.act == "block" {
		return true
	}
	if name == w.partner {
		w.r.odd(w.lines.number, "", "%s was taken for a notice of the app", shown(text))
		return true
	}
	return false
}

// meaning reads what stands in the place of text for attachments, messages that
// were taken back and calls.
func (w *whatsApp) meaning(m *Message) bool {
	text := m.Text
	for _, e := range editedMarks {
		if before, found := strings.CutSuffix(strings.TrimRight(text, spaces+marks), e.text); found {
			text = before
			w.indonesian = w.indonesian || e.indonesian
		}
	}
	key := foldNotice(text)
	if p, ok := placeholders[key]; ok {
		m.Media, m.Act, m.Text = p.media, p.act, ""
		w.indonesian = w.indonesian || p.indonesian
		return true
	}
	first, caption, _ := strings.Cut(text, "\n")
	if name, indonesian, ok := attached(first); ok {
		m.Media, m.Text = mediaOf(name), strings.Trim(caption, spaces+marks+"\n")
		w.indonesian = w.indonesian || indonesian
		return true
	}
	if caption, media, indonesian, ok := omittedAfterText(text); ok {
		m.Media, text = media, caption
		w.indonesian = w.indonesian || indonesian
	}
	m.Text = strings.Trim(text, spaces+marks+"\n")
	if m.Text == "" && m.Media == "" {
		// A picture to be seen once is exported as nothing.
		m.Media = "file"
	}
	return true
}

// app reads a notice of the app.
func (w *whatsApp) app(text string, st stamp) {
	text = strings.Trim(text, spaces+marks)
	line := w.lines.number
	n, who, object := findNotice(text)
	if n == nil {
		w.skip()
		w.unknown(text)
		return
	}
	w.indonesian = w.indonesian || n.indonesian
	w.group = w.group || n.group
	switch {
	case n.act == "":
		w.skip()
	case n.act == "block":
		w.skip()
		w.blocks = append(w.blocks, ownerAct{st, line})
	case n.object:
		w.skip()
		for _, one := range people(object) {
			w.event(n.act, one, st, line)
		}
	default:
		w.event(n.act, who, st, line)
	}
}

// unknown tells of a notice that is not known. A call is one whose caller is
// not named.
func (w *whatsApp) unknown(text string) {
	if p, ok := placeholders[foldNotice(text)]; ok && p.act == "call" {
		w.r.odd(w.lines.number, "", "there was a call, but not from whom; it was passed over")
		return
	}
	if strings.Contains(text, ": ") {
		w.r.lose(w.lines.number, "", "what stands before the colon is no name; the message was left out")
		return
	}
	w.r.odd(w.lines.number, "", "%s was taken for a notice of the app", shown(text))
}

// people splits a list of names.
func people(list string) []string {
	return strings.Split(strings.NewReplacer(" and ", "\n", " dan ", "\n", ", ", "\n").Replace(list), "\n")
}

// event adds something that somebody did. The phone's owner is only "you" in
// notices, which is nobody's name.
func (w *whatsApp) event(act, who string, st stamp, line int) {
	who = contactName(who)
	if who == "" || isYou(who) {
		w.skip()
		return
	}
	w.begin(Message{Message: convo.Message{From: who, Act: act}, Line: line}, &st)
	w.end(nil)
}

// contactName cleans a name. A tilde before it means that the phone does not
// know the number.
func contactName(s string) string {
	return senderName(strings.TrimPrefix(strings.Trim(s, spaces+marks), "~"))
}

// finishChat adds what waited for the end of the file.
func (w *whatsApp) finishChat() {
	writers := map[string]bool{}
	for _, m := range w.c.Messages {
		writers[m.From] = true
	}
	switch {
	case w.group || len(writers) > 2:
		w.c.Channel = "group"
	case len(writers) == 2:
		w.c.Channel = "private"
	}
	if owner := w.owner(writers); owner != "" {
		for _, b := range w.blocks {
			w.begin(Message{Message: convo.Message{From: owner, Act: "block"}, Line: b.line}, &b.stamp)
			w.end(nil)
		}
	} else if len(w.blocks) > 0 {
		w.r.lose(w.blocks[0].line, "", "the phone's owner blocked the other side, but the file does not show who that is; it was left out")
	}
	w.date()
	w.sort()
	if len(w.c.Messages) > 0 {
		w.r.emit(w.finish())
	}
}

// owner returns the name of the phone's owner in a chat of two whose file still
// has the name of the other; "" if that is not to be known.
func (w *whatsApp) owner(writers map[string]bool) string {
	if len(writers) != 2 || !writers[w.partner] {
		return ""
	}
	for name := range writers {
		if name != w.partner {
			return name
		}
	}
	return ""
}

// chatPartner takes the other side's name out of the name of an export.
func chatPartner(stem string) string {
	for _, prefix := range []string{"WhatsApp Chat with ", "Chat WhatsApp dengan ", "WhatsApp Chat - "} {
		if name, ok := strings.CutPrefix(stem, prefix); ok {
			return name
		}
	}
	return ""
}
