package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // collections that come as a database

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/chatfile"
)

// talk is one conversation of a collection.
type talk struct {
	channel  convo.Channel
	people   []string
	messages []convo.Message
}

// readers are the formats, by how a file is recognised:
//
//	dataset.json         BYU Chit-Chat: {id: {"messages": [[{"text","timestamp","sender"}]]}}
//	*.ascii.txt, *.irc   lines of IRC, "[HH:MM] <nick> words", as in irc-disentanglement
//	*.dialogues.json     Taskmaster and DSTC 8: a list of {"utterances" or "turns": [{"speaker", "text" or "utterance"}]}
//	*.yml                lists of lists of sentences, as in chatterbot-corpus
//	*.db                 SQLite with a table of texts: training(text)
//	*.tsv                one message a line, the text in the last column
//	anything else        whatever jaga check reads
//
// A file of messages without conversations gives one conversation a message,
// from one unknown person to another.
func readFile(path string, use func(talk) error) error {
	name := filepath.Base(path)
	switch {
	case name == "dataset.json":
		return readChitChat(path, use)
	case strings.HasSuffix(name, ".ascii.txt"), strings.HasSuffix(name, ".irc"):
		return readIRC(path, use)
	case strings.HasSuffix(name, ".dialogues.json"):
		return readDialogues(path, use)
	case strings.HasSuffix(name, ".yml"):
		return readLists(path, use)
	case strings.HasSuffix(name, ".db"):
		return readDatabase(path, use)
	case strings.HasSuffix(name, ".tsv"):
		return readColumns(path, use)
	}
	return readOther(path, use)
}

func readChitChat(path string, use func(talk) error) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all map[string]struct {
		Messages [][]struct {
			Text, Sender string
			Timestamp    time.Time
		}
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	for _, c := range all {
		var t talk
		t.channel = convo.ChannelPrivate
		for _, turn := range c.Messages {
			for _, m := range turn {
				t.add(m.Sender, m.Timestamp, m.Text)
			}
		}
		if err := use(t); err != nil {
			return err
		}
	}
	return nil
}

// add appends a message and its sender.
func (t *talk) add(from string, at time.Time, text string) {
	if from == "" {
		from = "?"
	}
	if !slices.Contains(t.people, from) {
		t.people = append(t.people, from)
	}
	t.messages = append(t.messages, convo.Message{ID: strconv.Itoa(len(t.messages) + 1), From: from, At: at, Text: text})
}

// noon is when messages without a date are taken to be written, a minute
// apart.
var noon = time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)

func (t *talk) next(from, text string) {
	t.add(from, noon.Add(time.Duration(len(t.messages))*time.Minute), text)
}

func lines(path string, use func(string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 8<<20)
	for s.Scan() {
		if err := use(strings.ToValidUTF8(s.Text(), "\uFFFD")); err != nil {
			return err
		}
	}
	return s.Err()
}

// readIRC makes a file one conversation of a public room.
func readIRC(path string, use func(talk) error) error {
	t := talk{channel: convo.ChannelPublic}
	day, last := 0, -1
	if err := lines(path, func(line string) error {
		rest, ok := strings.CutPrefix(line, "[")
		clock, rest, ok2 := strings.Cut(rest, "] <")
		nick, text, ok3 := strings.Cut(rest, "> ")
		at, err := time.Parse("15:04", clock)
		if !ok || !ok2 || !ok3 || err != nil {
			return nil // a notice
		}
		minute := at.Hour()*60 + at.Minute()
		if minute < last {
			day++
		}
		last = minute
		t.add(nick, noon.AddDate(0, 0, day).Add(time.Duration(minute-720)*time.Minute), text)
		return nil
	}); err != nil {
		return err
	}
	return use(t)
}

func readDialogues(path string, use func(talk) error) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	type turn struct{ Speaker, Text, Utterance string }
	var all []struct{ Utterances, Turns []turn }
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	for _, c := range all {
		t := talk{channel: convo.ChannelPrivate}
		for _, u := range append(c.Utterances, c.Turns...) {
			t.next(u.Speaker, u.Text+u.Utterance)
		}
		if err := use(t); err != nil {
			return err
		}
	}
	return nil
}

// readLists reads "- - first", "  - second" as two people who take turns.
func readLists(path string, use func(talk) error) error {
	name := filepath.Base(path)
	t := talk{channel: convo.ChannelPrivate}
	n := 0 // nobody is known to be in two conversations
	flush := func() error {
		defer func() { t = talk{channel: convo.ChannelPrivate}; n++ }()
		if len(t.messages) == 0 {
			return nil
		}
		return use(t)
	}
	if err := lines(path, func(line string) error {
		line = strings.TrimSpace(line)
		if first, ok := strings.CutPrefix(line, "- - "); ok {
			if err := flush(); err != nil {
				return err
			}
			t.next(fmt.Sprint(name, n, "a"), first)
		} else if more, ok := strings.CutPrefix(line, "- "); ok && len(t.messages) > 0 {
			t.next(fmt.Sprint(name, n, []string{"a", "b"}[len(t.messages)%2]), more)
		}
		return nil
	}); err != nil {
		return err
	}
	return flush()
}

// alone makes one message a conversation of two people who are nobody else.
func alone(text string, n int, use func(talk) error) error {
	t := talk{channel: convo.ChannelPrivate}
	who := strconv.Itoa(n)
	t.next("from "+who, text)
	t.people = append(t.people, "to "+who)
	return use(t)
}

// readDatabase reads every text once.
func readDatabase(path string, use func(talk) error) error {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query("SELECT DISTINCT text FROM training ORDER BY text")
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if err := alone(text, n, use); err != nil {
			return err
		}
	}
	return rows.Err()
}

func readColumns(path string, use func(talk) error) error {
	n := 0
	return lines(path, func(line string) error {
		n++
		if strings.TrimSpace(line) == "" {
			return nil
		}
		return alone(line[strings.LastIndex(line, "\t")+1:], n, use)
	})
}

func readOther(path string, use func(talk) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := chatfile.New(io.Reader(f), filepath.Base(path), chatfile.Options{})
	for c, err := range in.All() {
		if err != nil {
			return err
		}
		t := talk{channel: convo.Channel(c.Channel)}
		for i := range c.Messages {
			m := c.Messages[i].Convo()
			if m.Act != "" {
				continue
			}
			t.add(m.From, m.At, m.Text)
		}
		if err := use(t); err != nil {
			return err
		}
	}
	return nil
}
