package console

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/packs"
	"github.com/jaga-project/jaga/internal/chatfile"
)

// Limits of what people can try.
const (
	// maxChat is the longest chat, in bytes.
	maxChat = 2 << 20
	// Of what was read, a page shows no more than this.
	maxTryChats    = 20
	maxTryLines    = 300
	maxTryProblems = 50
	// pastedName is what the reader calls a chat that has no file.
	pastedName = "chat"
	// A chat of so few messages is shown whole; of a longer one, those that
	// count and tryAround before and after each.
	wholeChat = 60
	tryAround = 2
)

type tryPage struct {
	page
	Text     string // what was pasted
	MaxBytes int64
	Read     *tryResult
}

// tryResult is what was seen in a chat that somebody tried.
type tryResult struct {
	Format   chatfile.Format
	Messages int
	Chats    []tryChat
	Quiet    int // chats without a finding that are not shown
	Hidden   int // chats with a finding that are not shown
	Problems []problemLine
	More     int // problems that are not listed
	Lost     int // places that could not be read
	Failed   string
	Advice   *advice
}

type tryChat struct {
	ID         string // empty for one that was pasted and has no name
	Anchor     string
	Messages   int
	Claims     []claim
	Timeline   timeline
	NotChecked []lackLine
	Lacking    int
	Unread     []string // what of the messages was not looked at
	NoAges     bool
}

type problemLine struct {
	Line  int
	Field string
	Text  string
	Lost  bool
}

// coreDetector is one of the packs that come with Jaga.
func coreDetector() (*convo.Detector, error) {
	core, err := packs.Core()
	if err != nil {
		return nil, err
	}
	return convo.New(convo.Options{}, core...)
}

func (c *console) try(w http.ResponseWriter, r *http.Request) error {
	return c.tryView(w, r, http.StatusOK, func(*tryPage) {})
}

func (c *console) tryView(w http.ResponseWriter, r *http.Request, status int, change func(*tryPage)) error {
	v := &tryPage{page: c.page(r, "conversations", c.say(r).t("try.title")), MaxBytes: maxChat}
	v.Path = "/conversations/try"
	change(v)
	return c.render(w, r, status, "try", v)
}

// tryRead reads a chat in memory and shows what was seen. Nothing is stored.
func (c *console) tryRead(w http.ResponseWriter, r *http.Request) error {
	s := c.say(r)
	var pasted string
	bad := func(field, text string) error {
		return c.tryView(w, r, http.StatusUnprocessableEntity, func(v *tryPage) {
			v.Text, v.Problem = pasted, &problem{field, text, ""}
		})
	}
	tooBig := s.t("error.too_big", "Size", s.size(maxChat))
	// A form carries a pasted text and a file, of which one is read.
	r.Body = http.MaxBytesReader(w, r.Body, 2*maxChat+maxForm)
	form, err := r.MultipartReader()
	if err != nil {
		return bad("chat", s.t("error.chat"))
	}
	var file []byte
	name := ""
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		var data []byte
		if err == nil {
			data, err = io.ReadAll(io.LimitReader(part, maxChat+1))
		}
		field := ""
		if part != nil {
			field = part.FormName()
		}
		var over *http.MaxBytesError
		switch {
		case len(data) > maxChat || errors.As(err, &over):
			return bad(cmp.Or(field, "file"), tooBig)
		case err != nil:
			return bad("file", s.t("error.file"))
		case field == "chat":
			pasted = string(data)
		case field == "file" && len(data) > 0:
			file, name = data, part.FileName()
		}
	}
	src := file
	if len(src) == 0 {
		src = []byte(pasted)
	}
	if len(bytes.TrimSpace(src)) == 0 {
		return bad("chat", s.t("error.chat"))
	}
	read, err := c.readChats(r, src, name)
	if err != nil {
		return err
	}
	return c.tryView(w, r, http.StatusOK, func(v *tryPage) { v.Text, v.Read = pasted, read })
}

// readChats looks at every conversation of a file.
func (c *console) readChats(r *http.Request, src []byte, name string) (*tryResult, error) {
	s, ctx := c.say(r), r.Context()
	d, err := c.detector()
	if err != nil {
		return nil, err
	}
	out := &tryResult{}
	in := chatfile.New(bytes.NewReader(src), cmp.Or(name, pastedName), chatfile.Options{Location: c.zone})
	var quiet []tryChat
	var forms []jaga.Form
	most, welfare := jaga.BandNone, false
	problems := []chatfile.Problem{}
	for chat, err := range in.All() {
		if err != nil {
			out.Failed = s.t("try.failed")
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		head, odd := chat.Head()
		problems = append(problems, odd...)
		state := d.Open(head, nil)
		for i := range chat.Messages {
			state.Observe(chat.Messages[i].Convo())
		}
		out.Messages += len(chat.Messages)
		found := state.Findings()
		for _, f := range found {
			most, welfare = max(most, f.Band), welfare || f.Path == "welfare"
			if !slices.Contains(forms, f.Form) {
				forms = append(forms, f.Form)
			}
		}
		switch {
		case len(found) > 0 && len(out.Chats) >= maxTryChats:
			out.Hidden++
		case len(found) > 0:
			out.Chats = append(out.Chats, c.tryChat(s, chat, state, found, len(out.Chats)+1))
		case len(quiet) == 0:
			quiet = append(quiet, c.tryChat(s, chat, state, found, 1))
		default:
			out.Quiet++
		}
	}
	// One chat in which nothing was found is shown for what was not checked.
	if len(out.Chats) == 0 {
		out.Chats = quiet
	} else {
		out.Quiet += len(quiet)
	}
	out.Format = in.Format()
	var all int
	all, out.Lost = in.Counts()
	problems = append(problems, in.Problems()...)
	for _, p := range problems[:min(len(problems), maxTryProblems)] {
		out.Problems = append(out.Problems, problemLine{p.Line, p.Field, s.detail(p.What), p.Lost})
	}
	out.More = max(0, all-len(in.Problems())) + max(0, len(problems)-maxTryProblems)
	if most > jaga.BandNone {
		a := s.adviceFor(welfare, most == jaga.BandObserve, forms...)
		out.Advice = &a
	}
	return out, nil
}

func (c *console) tryChat(s *speaker, chat *chatfile.Conversation, state *convo.State, found []convo.Finding, number int) tryChat {
	prefix := fmt.Sprintf("c%d-m", number)
	out := tryChat{ID: chat.ID, Anchor: fmt.Sprintf("c%d", number), Messages: len(chat.Messages), NoAges: true}
	names := map[string]string{}
	for _, p := range chat.Participants {
		names[convo.ShortID(p.ID)] = cmp.Or(strings.TrimSpace(p.Name), p.ID)
		if p.AgeBand != "unknown" {
			out.NoAges = false
		}
	}
	if chat.ID == pastedName {
		out.ID = ""
	}
	name := func(id string) string { return cmp.Or(names[convo.ShortID(id)], id) }
	all := make([]chatMessage, 0, len(chat.Messages))
	attached := 0
	for _, m := range chat.Messages {
		x := chatMessage{ID: m.ID, From: m.From, Name: name(m.From), At: m.At, Text: m.Text, Act: m.Act}
		if m.Media != "" {
			attached++
			if m.Text == "" {
				x.Media = m.Media
			}
		}
		all = append(all, x)
	}
	n := note(found)
	if n.left == "" && len(all) > 0 {
		n.left = convo.ShortID(all[0].From)
	}
	out.Timeline = c.timelineOf(s, all, n, prefix, around(all, n), maxTryLines)
	for _, f := range found {
		out.Claims = append(out.Claims, s.claimOf(f, name, out.Timeline.Anchors))
	}
	out.NotChecked, out.Lacking = s.lacking(state.NotChecked())
	u := state.Unread()
	for _, x := range []struct {
		n   int
		key string
	}{{u.Cut, "cut"}, {u.Late, "late"}, {u.Odd, "odd"}, {attached, "attached"}} {
		if x.n > 0 {
			out.Unread = append(out.Unread, s.t("unread."+x.key, "N", x.n))
		}
	}
	return out
}

// around chooses the messages that count and some before and after each. It
// returns nil, which chooses all, for a short chat.
func around(all []chatMessage, n notes) func(int) bool {
	if len(all) <= wholeChat {
		return nil
	}
	near := map[int]bool{}
	for i, m := range all {
		if n.counts(m.ID) {
			for j := i - tryAround; j <= i+tryAround; j++ {
				near[j] = true
			}
		}
	}
	return func(i int) bool { return near[i] }
}
