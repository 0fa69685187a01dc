package chatfile

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo"
)

// readInstagram reads a message_1.json of the data that Instagram and Messenger
// offer their users: an object with "participants" and "messages", newest first.
func readInstagram(r *Reader) {
	d := r.document()
	t := &instagramThread{builder: r.build(), d: d}
	d.object("", func(key string) {
		switch key {
		case "participants":
			d.list(key, t.participant)
		case "messages":
			d.list(key, t.message)
		case "thread_path":
			t.path = repair(d.text(key))
		default:
			d.skip()
		}
	})
	d.end()
	t.c.ID = t.path[strings.LastIndexByte(t.path, '/')+1:]
	if t.c.ID == "" {
		t.c.ID = r.stem()
	}
	switch n := len(t.c.Participants); {
	case n > 2:
		t.c.Channel = "group"
	case n > 0:
		t.c.Channel = "private"
	}
	t.reverse()
	t.sort()
	r.emit(t.finish())
}

// instagramThread is a conversation being read. People have no ids, so the
// displayed name serves.
type instagramThread struct {
	*builder
	d    *document
	path string
}

func (t *instagramThread) participant() {
	var in struct {
		Name str `json:"name"`
	}
	line, ok := t.d.decode(&in, "participants")
	if !ok {
		return
	}
	name := repair(in.Name.s)
	switch {
	case name == "":
		t.r.lose(line, "participants.name", "it is empty; the participant was left out")
	case t.people[name]:
		t.r.odd(line, "participants.name", "%s is there twice; what the two wrote cannot be told apart", shown(name))
	default:
		t.meet(name, line)
	}
}

type instagramJSON struct {
	Sender  str             `json:"sender_name"`
	At      num             `json:"timestamp_ms"`
	Content str             `json:"content"`
	Photos  json.RawMessage `json:"photos"`
	Videos  json.RawMessage `json:"videos"`
	Audio   json.RawMessage `json:"audio_files"`
	Files   json.RawMessage `json:"files"`
	Gifs    json.RawMessage `json:"gifs"`
	Sticker json.RawMessage `json:"sticker"`
	Share   *instagramShare `json:"share"`
	Call    num             `json:"call_duration"`
	Unsent  flag            `json:"is_unsent"`
}

type instagramShare struct {
	Link str `json:"link"`
	Text str `json:"share_text"`
}

func (t *instagramThread) message() {
	var in instagramJSON
	line, ok := t.d.decode(&in, "messages")
	if !ok {
		t.skip()
		return
	}
	m := Message{Message: convo.Message{From: repair(in.Sender.s), Text: repair(in.Content.s)}, Media: in.media(), Line: line}
	if in.Content.bad {
		t.r.lose(line, "messages.content", "it is no text and was left out")
	}
	if in.At.set && !in.At.bad && in.At.v > 0 && in.At.v < 1e14 {
		m.At = unixMillis(int64(in.At.v), t.r.opt.Location)
	}
	if m.At.IsZero() {
		t.r.odd(line, "messages.timestamp_ms", "it is no time; it is taken as unknown")
	}
	switch {
	case in.Unsent.is:
		m.Text, m.Media = "", "deleted"
	case in.Call.set:
		m.Text, m.Act = "", "call" // Instagram's own words
	case in.Share != nil:
		m.Text = in.Share.words(m.Text)
	}
	if m.Text == "" && m.Media == "" && m.Act == "" {
		// A disappearing picture, a story: the file keeps that something was
		// there, and no more.
		m.Media = "file"
	}
	if m.From == "" {
		t.r.lose(line, "messages.sender_name", "message %d is from nobody and was left out", t.position())
		t.skip()
		return
	}
	if !t.meet(m.From, line) {
		t.skip()
		return
	}
	t.add(m)
}

// words returns what was written with a share: the text, unless it only is the
// app's notice of an attachment, the link and the words shared.
func (s *instagramShare) words(text string) string {
	if isNotice(text) {
		text = ""
	}
	parts := []string{text, repair(s.Link.s), repair(s.Text.s)}
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n")
}

// isNotice reports whether text is the app's notice of an attachment.
func isNotice(text string) bool {
	return strings.HasSuffix(text, " sent an attachment.") || strings.HasSuffix(text, " mengirim lampiran.")
}

// media returns the kind of attachment.
func (in *instagramJSON) media() string {
	has := func(list json.RawMessage) bool {
		return len(list) > 0 && !isNull(list) && !bytes.Equal(bytes.ReplaceAll(list, []byte(" "), nil), []byte("[]"))
	}
	switch {
	case has(in.Photos), has(in.Gifs), has(in.Sticker):
		return "image"
	case has(in.Videos):
		return "video"
	case has(in.Audio):
		return "audio"
	case has(in.Files):
		return "file"
	}
	return ""
}

// repair undoes what the export does to text that is not ASCII: every byte of
// its UTF-8 is written as the character of that number. Text that cannot have
// come about in this way is returned as it is.
func repair(s string) string {
	ascii := true
	for _, c := range s {
		if c > 0xFF {
			return s
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if ascii {
		return s
	}
	raw := make([]byte, 0, len(s))
	for _, c := range s {
		raw = append(raw, byte(c))
	}
	if !utf8.Valid(raw) {
		return s
	}
	return string(raw)
}
