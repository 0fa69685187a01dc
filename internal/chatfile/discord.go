package chatfile

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga/convo"
)

// readDiscord reads a channel as DiscordChatExporter writes it: an object with
// "guild", "channel" and "messages".
func readDiscord(r *Reader) {
	d := r.document()
	c := &discordChannel{builder: r.build(), d: d}
	d.object("", func(key string) {
		switch key {
		case "channel":
			var in struct {
				ID   str `json:"id"`
				Type str `json:"type"`
			}
			d.decode(&in, key)
			c.c.ID = in.ID.s
			c.c.Channel = discordKind(in.Type.s)
		case "messages":
			d.list(key, c.message)
		default:
			d.skip()
		}
	})
	d.end()
	if c.c.ID == "" {
		c.c.ID = r.stem()
	}
	c.sort()
	r.emit(c.finish())
}

// discordKind takes a server's channel for a group, since the file does not say
// who may read it.
func discordKind(kind string) string {
	switch {
	case kind == "DirectTextChat":
		return "private"
	case kind == "DirectGroupTextChat", strings.HasPrefix(kind, "Guild"):
		return "group"
	}
	return ""
}

// discordChannel is a channel being read.
type discordChannel struct {
	*builder
	d *document
}

type discordUser struct {
	ID       str  `json:"id"`
	Name     str  `json:"name"`
	Nickname str  `json:"nickname"`
	Bot      flag `json:"isBot"`
}

// participant is the user as a participant; one without an id has the name for
// it.
func (u discordUser) participant() Participant {
	p := Participant{ID: u.ID.s, Name: u.Name.s}
	if u.Nickname.s != "" {
		p.Name = u.Nickname.s
	}
	if p.ID == "" {
		p.ID = u.Name.s
	}
	if u.Bot.is {
		p.Role = "bot"
	}
	return p
}

type discordJSON struct {
	ID          str          `json:"id"`
	Type        str          `json:"type"`
	Timestamp   str          `json:"timestamp"`
	Content     str          `json:"content"`
	Author      discordUser  `json:"author"`
	Attachments discordFiles `json:"attachments"`
	Stickers    []struct{}   `json:"stickers"`
	Embeds      []struct{}   `json:"embeds"`
	Mentions    discordFirst `json:"mentions"`
}

// discordFiles is the kinds of a list of files, each once.
type discordFiles struct{ kinds []string }

func (v *discordFiles) UnmarshalJSON(b []byte) error {
	*v = discordFiles{}
	if b[0] != '[' {
		return nil
	}
	for _, element := range each(b) {
		var file struct {
			Name str `json:"fileName"`
			URL  str `json:"url"`
		}
		if err := json.Unmarshal(element, &file); err != nil {
			return err
		}
		name := file.Name.s
		if name == "" {
			name = file.URL.s
		}
		if kind := mediaOf(name); !slices.Contains(v.kinds, kind) {
			v.kinds = append(v.kinds, kind)
		}
	}
	return nil
}

// discordFirst is the first of a list of users.
type discordFirst struct{ user *discordUser }

func (v *discordFirst) UnmarshalJSON(b []byte) error {
	*v = discordFirst{}
	if b[0] != '[' {
		return nil
	}
	for _, element := range each(b) {
		v.user = new(discordUser)
		return json.Unmarshal(element, v.user)
	}
	return nil
}

// message reads one message or notice.
func (c *discordChannel) message() {
	var in discordJSON
	line, ok := c.d.decode(&in, "messages")
	if !ok {
		c.skip()
		return
	}
	m := Message{Message: convo.Message{ID: in.ID.s, Text: in.Content.s}, Line: line}
	if in.Content.bad {
		c.r.lose(line, "messages.content", "it is no text and was left out")
	}
	m.At = c.r.exportTime(in.Timestamp.s, "messages.timestamp", line)
	who := in.Author.participant()
	switch in.Type.s {
	case "RecipientAdd", "RecipientRemove":
		m.Act = "join"
		if in.Type.s == "RecipientRemove" {
			m.Act = "leave"
		}
		if in.Mentions.user != nil {
			who = in.Mentions.user.participant()
		}
	case "GuildMemberJoin":
		m.Act = "join"
	case "Call":
		m.Act = "call"
	case "ChannelNameChange", "ChannelIconChange", "ChannelPinnedMessage", "ThreadCreated":
		c.skip()
		return
	default:
		m.Media = in.media()
	}
	if m.Act != "" {
		m.Text = "" // Discord's own words
	}
	if m.Text == "" && m.Media == "" && m.Act == "" {
		// So is every message of a bot's export that may not read content.
		c.r.lose(line, "messages.content", "the message %s is there without its content and was left out", shown(m.ID))
		c.skip()
		return
	}
	if who.ID == "" {
		c.r.lose(line, "messages.author", "the message %s is from nobody and was left out", shown(m.ID))
		c.skip()
		return
	}
	m.From = who.ID
	if !c.join(who, line) {
		c.skip()
		return
	}
	c.add(m)
}

// media returns the kind of attachment.
func (in *discordJSON) media() string {
	kinds := in.Attachments.kinds
	if len(in.Stickers) > 0 {
		kinds = append(kinds, "image")
	}
	if len(in.Embeds) > 0 {
		kinds = append(kinds, "file")
	}
	return mediaFirst(kinds)
}

// exportTime reads the time of an export, whose missing zone is no news.
func (r *Reader) exportTime(s, field string, line int) time.Time {
	t, why := parseTime(s, r.opt.Location)
	if why != "" && t.IsZero() {
		r.odd(line, field, "%s", why)
	}
	return t
}
