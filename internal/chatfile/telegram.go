package chatfile

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/convo"
)

// readTelegram reads Telegram Desktop's result.json: one chat, or the chats of
// an account under "chats" and "left_chats". The layout is published at
// https://core.telegram.org/import-export.
func readTelegram(r *Reader) {
	d := r.document()
	chat := r.telegramChat(d)
	d.object("", func(key string) {
		switch key {
		case "chats", "left_chats":
			d.object(key, func(inner string) {
				if inner != "list" {
					d.skip()
					return
				}
				d.list(key+".list", func() {
					one := r.telegramChat(d)
					d.object(key+".list", one.field)
					one.emit()
				})
			})
		default:
			chat.field(key)
		}
	})
	d.end()
	if chat.messages {
		chat.emit()
	}
}

// telegramChat is one chat being read.
type telegramChat struct {
	*builder
	d              *document
	id, name, kind string
	// messages is true once the chat's messages were there.
	messages bool
	// ids finds a participant by the displayed name, which is all that some
	// notices give.
	ids map[string]string
	// moves are joins and leaves of people who may get an id later on.
	moves []Message
}

func (r *Reader) telegramChat(d *document) *telegramChat {
	return &telegramChat{builder: r.build(), d: d, ids: map[string]string{}}
}

// field reads one field of a chat.
func (c *telegramChat) field(key string) {
	switch key {
	case "id":
		c.id = c.d.text(key)
	case "name":
		c.name = c.d.text(key)
	case "type":
		c.kind = c.d.text(key)
	case "messages":
		c.messages = true
		c.d.list(key, c.message)
	default:
		c.d.skip()
	}
}

// emit finishes a chat and hands it on.
func (c *telegramChat) emit() {
	c.c.ID = c.id
	if c.c.ID == "" {
		c.c.ID = c.name
	}
	if c.c.ID == "" {
		c.c.ID = c.r.stem()
	}
	c.c.Channel = telegramChannel(c.kind)
	for _, m := range c.moves {
		if id := c.ids[m.From]; id != "" {
			m.From = id
		}
		if c.meet(m.From, m.Line) {
			c.add(m)
		}
	}
	c.sort()
	c.r.remember(c.c.ID, c.d.here())
	c.r.emit(c.finish())
}

func telegramChannel(kind string) string {
	switch kind {
	case "personal_chat", "bot_chat", "saved_messages":
		return "private"
	case "private_group", "private_supergroup", "private_channel":
		return "group"
	case "public_supergroup", "public_channel":
		return "public"
	}
	return ""
}

type telegramJSON struct {
	ID       str          `json:"id"`
	Type     str          `json:"type"`
	Date     str          `json:"date"`
	Unix     num          `json:"date_unixtime"`
	From     str          `json:"from"`
	FromID   str          `json:"from_id"`
	Actor    str          `json:"actor"`
	ActorID  str          `json:"actor_id"`
	Action   str          `json:"action"`
	Members  names        `json:"members"`
	Text     telegramText `json:"text"`
	Media    str          `json:"media_type"`
	Mime     str          `json:"mime_type"`
	File     str          `json:"file"`
	FileName str          `json:"file_name"`
	Photo    str          `json:"photo"`
}

// telegramText is a string, or a list of strings and of objects whose "text" is
// a formatted part.
type telegramText struct {
	s   string
	bad bool
}

func (v *telegramText) UnmarshalJSON(b []byte) error {
	*v = telegramText{}
	if b[0] != '[' {
		var s str
		err := s.UnmarshalJSON(b)
		v.s, v.bad = s.s, s.bad
		return err
	}
	var all strings.Builder
	for _, part := range each(b) {
		var s str
		if part[0] == '{' {
			var entity struct {
				Text str `json:"text"`
			}
			if err := json.Unmarshal(part, &entity); err != nil {
				return err
			}
			s = entity.Text
		} else if err := s.UnmarshalJSON(part); err != nil {
			return err
		}
		v.bad = v.bad || s.bad
		all.WriteString(s.s)
	}
	v.s = all.String()
	return nil
}

// message reads one message or notice.
func (c *telegramChat) message() {
	var in telegramJSON
	line, ok := c.d.decode(&in, "messages")
	if !ok {
		c.skip()
		return
	}
	if in.Text.bad {
		c.r.lose(line, "messages.text", "a part of it is no text and was left out")
	}
	m := Message{Message: convo.Message{ID: in.ID.s, At: c.time(in, line)}, Line: line}
	if in.Type.s == "service" {
		c.notice(m, in)
		return
	}
	m.From = in.FromID.s
	if m.From == "" {
		m.From = in.From.s
	}
	m.Text = in.Text.s
	m.Media = in.media()
	if m.Text == "" && m.Media == "" {
		// A poll, a place, a contact: something that is not looked into.
		m.Media = "file"
	}
	if m.From == "" {
		c.r.lose(line, "messages.from", "the message %s is from nobody and was left out", shown(m.ID))
		c.skip()
		return
	}
	if c.person(m.From, in.From.s, line) {
		c.add(m)
		return
	}
	c.skip()
}

// person adds the account behind a message.
func (c *telegramChat) person(id, name string, line int) bool {
	if name != "" && c.ids[name] == "" {
		c.ids[name] = id
	}
	return c.join(Participant{ID: id, Name: name}, line)
}

// time prefers the seconds since 1970 to the local time without a zone that
// older versions wrote alone.
func (c *telegramChat) time(in telegramJSON, line int) time.Time {
	if in.Unix.set && !in.Unix.bad && in.Unix.v > 0 && in.Unix.v < 1e11 {
		if t := unixMillis(int64(in.Unix.v)*1000, c.r.opt.Location); !t.IsZero() {
			return t
		}
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05", in.Date.s, c.r.opt.Location)
	if err != nil || !plausible(t) {
		c.r.odd(line, "messages.date", "%s is no time; it is taken as unknown", shown(in.Date.s))
		return time.Time{}
	}
	return t
}

// media returns the kind of attachment.
func (in *telegramJSON) media() string {
	switch in.Media.s {
	case "video_file", "video_message", "animation":
		return "video"
	case "voice_message", "audio_file":
		return "audio"
	case "sticker":
		return "image"
	}
	kind, _, _ := strings.Cut(in.Mime.s, "/")
	switch {
	case in.Photo.s != "":
		return "image"
	case kind == "image" || kind == "video" || kind == "audio":
		return kind
	case in.FileName.s != "":
		return mediaOf(in.FileName.s)
	case in.File.s != "":
		return mediaOf(in.File.s)
	}
	return ""
}

// notice reads what Telegram itself says happened.
func (c *telegramChat) notice(m Message, in telegramJSON) {
	m.From = in.ActorID.s
	if m.From == "" {
		m.From = in.Actor.s
	}
	switch in.Action.s {
	case "phone_call", "group_call", "invite_to_group_call", "conference_call":
		m.Act = "call"
	case "send_payment", "paid_message":
		m.Act = "payment"
	case "send_premium_gift", "send_star_gift", "gift_code_prize", "gift_credits", "gift_ton":
		m.Act = "gift"
	case "join_group_by_link", "join_group_by_request":
		m.Act = "join"
	case "invite_members", "create_group", "remove_members":
		c.move(m, in)
		return
	}
	if m.Act == "" || m.From == "" || !c.person(m.From, in.Actor.s, m.Line) {
		c.skip()
		return
	}
	c.add(m)
}

// move reads who came or went. The notice names them, but gives no ids.
func (c *telegramChat) move(m Message, in telegramJSON) {
	c.skip()
	m.Act = "join"
	if in.Action.s == "remove_members" {
		m.Act = "leave"
	}
	for i, name := range in.Members.list {
		if len(c.moves) >= MaxParticipants {
			c.r.lose(m.Line, "messages.members", "there are too many; the others were left out")
			return
		}
		one := m
		one.From = name
		if one.ID != "" && len(in.Members.list) > 1 {
			one.ID = fmt.Sprintf("%s.%s", m.ID, strconv.Itoa(i+1))
		}
		c.moves = append(c.moves, one)
	}
}
