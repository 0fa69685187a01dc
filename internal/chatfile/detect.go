package chatfile

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Format is the form of a conversation file.
type Format string

// The formats that New reads.
const (
	// JSONLines is the project's own: one conversation an object, one object a
	// line.
	JSONLines Format = "jsonl"
	// JSON holds the same objects spread over lines, alone, one after the other
	// or in a list.
	JSON Format = "json"
	// Plain is text of lines such as "name: text", each with a time in square
	// brackets before it or none.
	Plain Format = "text"
	// WhatsApp is the text of WhatsApp's "export chat", as Android and iOS
	// write it, in English or Indonesian.
	WhatsApp Format = "whatsapp"
	// Telegram is the result.json of Telegram Desktop, of one chat or of all.
	Telegram Format = "telegram"
	// Discord is a channel as DiscordChatExporter writes it in JSON.
	Discord Format = "discord"
	// DiscordPackage is a channel's messages, in JSON or CSV, from the data that
	// Discord sends its users about themselves. It holds one side only.
	DiscordPackage Format = "discord-package"
	// Instagram is a message_1.json of the data that Instagram, or Messenger,
	// offers its users for download.
	Instagram Format = "instagram"
)

// Formats returns all formats.
func Formats() []Format {
	return []Format{JSONLines, JSON, Plain, WhatsApp, Telegram, Discord, DiscordPackage, Instagram}
}

// parsers returns what reads a format; nil for an unknown one.
func parsers(f Format) func(*Reader) {
	switch f {
	case JSONLines:
		return readJSONLines
	case JSON:
		return readJSON
	case Plain:
		return readPlain
	case WhatsApp:
		return readWhatsApp
	case Telegram:
		return readTelegram
	case Discord:
		return readDiscord
	case DiscordPackage:
		return readDiscordPackage
	case Instagram:
		return readInstagram
	}
	return nil
}

// Detect returns the format of a file by its beginning as UTF-8, of which a few
// kilobytes are enough, and its name; "" if it is none of the known ones.
func Detect(head []byte, name string) Format {
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")))
	switch {
	case bytes.IndexByte(head, 0) >= 0, unreadable(head) != "":
		return ""
	case isLines(name):
		return JSONLines
	case bytes.HasPrefix(head, []byte("{")):
		return detectObject(head)
	case bytes.HasPrefix(head, []byte(packageHeader)):
		return DiscordPackage
	}
	if headers(head) {
		return WhatsApp
	}
	if bytes.HasPrefix(head, []byte("[")) {
		if f := detectList(head); f != "" {
			return f
		}
	}
	return Plain
}

// isLines reports whether a file is called JSON lines.
func isLines(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
}

// headers reports whether text begins with a message of WhatsApp's export, or
// has several, so that words somebody put before them do not hide them.
func headers(head []byte) bool {
	const several = 3
	found := 0
	first := true
	for line := range strings.Lines(string(head)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if h, ok := parseHeader(line); ok && h.exported() {
			if found++; first || found == several {
				return true
			}
		}
		first = false
	}
	return false
}

// unreadable says what a file is that people may well give, but that is no
// conversation; "" for any other.
func unreadable(head []byte) string {
	head = bytes.TrimSpace(head)
	switch start := strings.ToLower(string(head[:min(len(head), 15)])); {
	case strings.HasPrefix(start, "pk\x03\x04"):
		return "a ZIP archive: unpack it and give the text or JSON file in it"
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"):
		return "a web page: export the conversation as JSON or text instead"
	case strings.HasPrefix(start, "%pdf-"):
		return "a PDF: export the conversation as JSON or text instead"
	}
	return ""
}

// detectObject tells JSON objects apart by the keys they begin with.
func detectObject(head []byte) Format {
	keys := firstKeys(head)
	has := func(names ...string) bool {
		for _, n := range names {
			if keys[n] {
				return true
			}
		}
		return false
	}
	switch {
	case has("conversation"):
		return ownFormat(head)
	case has("guild"):
		return Discord
	case has("chats", "left_chats", "personal_information", "about"):
		return Telegram
	case has("participants"):
		if has("messages") && bytes.Contains(head, []byte(`"sender_name"`)) || bytes.Contains(head, []byte(`"timestamp_ms"`)) {
			return Instagram
		}
		return ownFormat(head)
	case has("messages") && has("name", "type", "id"):
		return Telegram
	}
	return ownFormat(head)
}

// ownFormat tells whether the first object ends on its line.
func ownFormat(head []byte) Format {
	line, _, more := bytes.Cut(head, []byte("\n"))
	if more && !bytes.HasSuffix(bytes.TrimSpace(line), []byte("}")) {
		return JSON
	}
	return JSONLines
}

// detectList tells JSON lists apart by their first element.
func detectList(head []byte) Format {
	first := bytes.TrimSpace(head[1:])
	if !bytes.HasPrefix(first, []byte("{")) {
		return ""
	}
	if keys := firstKeys(first); keys["ID"] && (keys["Timestamp"] || keys["Contents"]) {
		return DiscordPackage
	}
	return JSON
}

// firstKeys returns the keys of the object that head begins with, as far as
// head goes.
func firstKeys(head []byte) map[string]bool {
	keys := map[string]bool{}
	dec := json.NewDecoder(bytes.NewReader(head))
	if _, err := dec.Token(); err != nil {
		return keys
	}
	for {
		key, err := dec.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			return keys
		}
		keys[name] = true
		if skipValue(dec) != nil {
			return keys
		}
	}
}
