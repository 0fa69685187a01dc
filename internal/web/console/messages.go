package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/tell"
)

// tellRoutes are the pages of what people wrote to the team through the guide.
func (c *console) tellRoutes() []route {
	return []route{
		{"GET /messages", auth.AnswerMessages, c.messages},
		{"POST /messages/next", auth.AnswerMessages, c.messageNext},
		{"GET /messages/answers", auth.AnswerMessages, c.answers},
		{"POST /messages/answers", auth.AnswerMessages, c.answerSave},
		{"GET /messages/{id}", auth.AnswerMessages, c.message},
		{"POST /messages/{id}", auth.AnswerMessages, c.messageAct},
	}
}

// messagesShown is how many conversations a list shows.
const messagesShown = 200

// maxAnswer is how much the form of an answer may send, in bytes: more than an
// answer may have, so that a text that is too long comes back whole.
const maxAnswer = 1 << 20

// messagesPage lists conversations.
type messagesPage struct {
	page
	Open   bool // new ones are taken in
	State  tell.State
	Counts []messageCount
	Rows   []messageLine
	More   int64 // that are not shown
}

type messageCount struct {
	State tell.State
	N     int64
}

// messageLine is one conversation of a list.
type messageLine struct {
	tell.Head
	Late bool
	Mine bool
	// Holder is the name of who has it.
	Holder string
}

func (c *console) messages(w http.ResponseWriter, r *http.Request) error {
	if err := c.needTell(); err != nil {
		return err
	}
	ctx, s := r.Context(), c.say(r)
	v := &messagesPage{page: c.page(r, "messages", s.t("messages.title")), Open: c.Tell.Open(), State: tell.State(r.URL.Query().Get("show"))}
	if !slices.Contains(tell.States(), v.State) {
		v.State = tell.Waiting
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	counts, err := c.Tell.Counts(ctx)
	if err != nil {
		return err
	}
	for _, state := range tell.States() {
		v.Counts = append(v.Counts, messageCount{state, counts[state]})
	}
	list, err := c.Tell.List(ctx, v.State, messagesShown)
	if err != nil {
		return err
	}
	for _, h := range list {
		line := messageLine{Head: h, Late: h.Late(c.Tell.Now()), Mine: h.By == actor(r)}
		if h.By != "" {
			line.Holder = names(h.By)
		}
		v.Rows = append(v.Rows, line)
	}
	v.More = max(0, counts[v.State]-int64(len(list)))
	done := r.URL.Query().Get("done")
	if slices.Contains([]string{"answer", "close", "release", "none"}, done) {
		v.Notice = &notice{done != "none", s.t("messages.done_" + done)}
	}
	return c.render(w, r, http.StatusOK, "messages", v)
}

// needTell reports that there are no conversations where nothing keeps them.
func (c *console) needTell() error {
	if c.Tell == nil {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such page")
	}
	return nil
}

func (c *console) messageNext(w http.ResponseWriter, r *http.Request) error {
	if err := c.needTell(); err != nil {
		return err
	}
	id, ok, err := c.Tell.Next(r.Context(), actor(r))
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(w, r, "/messages?done=none")
	}
	return seeOther(w, r, messagePath(id))
}

func messagePath(id int64) string { return "/messages/" + strconv.FormatInt(id, 10) }

// messagePage is one conversation. What was written is in it only for whoever
// has taken it.
type messagePage struct {
	page
	messageLine
	Lines    []tell.Line
	Answer   string // a draft, or what was typed into a form that was refused
	Summary  string
	Answers  []messageAnswers
	PassesOn bool
	Trail    []trailLine
	MaxText  int
}

// messageAnswers are the templates of a language.
type messageAnswers struct {
	Lang string
	List []tell.Template
}

func (c *console) message(w http.ResponseWriter, r *http.Request) error {
	id, err := c.messageID(r)
	if err != nil {
		return err
	}
	return c.messageView(w, r, http.StatusOK, id, func(*messagePage) {})
}

func (c *console) messageID(r *http.Request) (int64, error) {
	if err := c.needTell(); err != nil {
		return 0, err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, jaga.Errorf(jaga.CodeNotFound, "there is no such conversation")
	}
	return id, nil
}

func (c *console) messageView(w http.ResponseWriter, r *http.Request, status int, id int64, change func(*messagePage)) error {
	ctx, s := r.Context(), c.say(r)
	h, err := c.Tell.Get(ctx, id)
	if err != nil {
		return err
	}
	v := &messagePage{page: c.page(r, "messages", s.t("messages.number", "ID", strconv.FormatInt(id, 10))), messageLine: messageLine{Head: h, Mine: h.By == actor(r)},
		PassesOn: c.Tell.PassesOn(), MaxText: tell.MaxText}
	v.page.Path = messagePath(id)
	if v.Mine {
		all, err := c.Tell.Read(ctx, actor(r), id)
		if err != nil {
			return err
		}
		v.Head, v.Lines, v.Answer = all.Head, all.Lines, all.Draft
		for _, lang := range c.languages.tags {
			list, err := c.Tell.Templates(ctx, lang)
			if err != nil {
				return err
			}
			v.Answers = append(v.Answers, messageAnswers{lang, list})
		}
		// Those of the writer's language come first.
		slices.SortStableFunc(v.Answers, func(a, b messageAnswers) int {
			return strings.Compare(strings.TrimPrefix(a.Lang, h.Lang), strings.TrimPrefix(b.Lang, h.Lang))
		})
	}
	v.Late = v.Head.Late(c.Tell.Now())
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	if v.By != "" {
		v.Holder = names(v.By)
	}
	if v.Trail, err = c.trail(ctx, s, names, tell.Subject(id)); err != nil {
		return err
	}
	done := r.URL.Query().Get("done")
	if slices.Contains([]string{"draft", "pass"}, done) && r.Method == http.MethodGet {
		v.Notice = &notice{true, s.t("messages.done_" + done)}
	}
	change(v)
	return c.render(w, r, status, "message", v)
}

// messageAct takes, answers, closes or passes a conversation on; the button says
// which.
func (c *console) messageAct(w http.ResponseWriter, r *http.Request) error {
	id, err := c.messageID(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxAnswer)
	if err := r.ParseForm(); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the form is too large")
	}
	ctx, who, do := r.Context(), actor(r), r.PostFormValue("do")
	typed, summary := strings.ReplaceAll(r.PostFormValue("answer"), "\r\n", "\n"), r.PostFormValue("summary")
	seen, _ := strconv.ParseInt(r.PostFormValue("seen"), 10, 64) // what is no number has seen nothing
	to := "/messages?done=" + do
	switch do {
	case "take":
		err, to = c.Tell.Take(ctx, who, id), messagePath(id)
	case "draft":
		err, to = c.Tell.Save(ctx, who, id, typed), messagePath(id)+"?done=draft"
	case "template":
		if typed, err = c.withTemplate(r, typed); err == nil {
			err, to = c.Tell.Save(ctx, who, id, typed), messagePath(id)
		}
	case "answer":
		err = c.Tell.Answer(ctx, who, id, seen, typed)
	case "close":
		err = c.Tell.Close(ctx, who, id, seen)
	case "release":
		if err = c.Tell.Save(ctx, who, id, typed); err == nil || jaga.CodeOf(err) == jaga.CodeConflict {
			err = c.Tell.Release(ctx, who, id)
		}
	case "pass":
		_, err = c.Tell.Pass(ctx, who, id, summary)
		to = messagePath(id) + "?done=pass"
	default:
		return jaga.Errorf(jaga.CodeInvalid, "there is no such act")
	}
	if err == nil {
		return seeOther(w, r, to)
	}
	if !mendable(err) {
		return err
	}
	status := http.StatusUnprocessableEntity
	if jaga.CodeOf(err) == jaga.CodeConflict {
		status = http.StatusConflict
	}
	return c.messageView(w, r, status, id, func(v *messagePage) {
		v.Problem = c.problem(c.say(r), err)
		v.Summary = summary
		if typed != "" {
			v.Answer = typed
		}
	})
}

// withTemplate puts the chosen template under what is typed.
func (c *console) withTemplate(r *http.Request, typed string) (string, error) {
	name, lang, _ := strings.Cut(r.PostFormValue("template"), ".")
	list, err := c.Tell.Templates(r.Context(), lang)
	if err != nil {
		return typed, err
	}
	i := slices.IndexFunc(list, func(t tell.Template) bool { return t.Name == name })
	if i < 0 {
		return typed, jaga.Errorf(jaga.CodeInvalid, "there is no such template")
	}
	return strings.TrimSpace(strings.TrimSpace(typed) + "\n\n" + list[i].Text), nil
}

// answersPage shows the templates, to be changed.
type answersPage struct {
	page
	Answers []messageAnswers
	// What was typed into a form that was refused:
	Typed tell.Template
}

func (c *console) answers(w http.ResponseWriter, r *http.Request) error {
	return c.answersView(w, r, http.StatusOK, func(*answersPage) {})
}

func (c *console) answersView(w http.ResponseWriter, r *http.Request, status int, change func(*answersPage)) error {
	if err := c.needTell(); err != nil {
		return err
	}
	s := c.say(r)
	v := &answersPage{page: c.page(r, "messages", s.t("answers.title"))}
	v.Path = "/messages/answers"
	for _, lang := range c.languages.tags {
		list, err := c.Tell.Templates(r.Context(), lang)
		if err != nil {
			return err
		}
		v.Answers = append(v.Answers, messageAnswers{lang, list})
	}
	if r.URL.Query().Get("done") == "saved" {
		v.Notice = &notice{true, s.t("answers.done_saved")}
	}
	change(v)
	return c.render(w, r, status, "answers", v)
}

func (c *console) answerSave(w http.ResponseWriter, r *http.Request) error {
	if err := c.needTell(); err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxAnswer)
	t := tell.Template{Name: r.PostFormValue("name"), Lang: r.PostFormValue("lang"), Text: r.PostFormValue("text")}
	if r.PostFormValue("do") == "restore" {
		t.Text = ""
	}
	err := c.Tell.SaveTemplate(r.Context(), actor(r), t)
	if err == nil {
		return seeOther(w, r, "/messages/answers?done=saved")
	}
	if !mendable(err) {
		return err
	}
	return c.answersView(w, r, http.StatusUnprocessableEntity, func(v *answersPage) {
		v.Problem, v.Typed = c.problem(c.say(r), err), t
		for _, a := range v.Answers {
			for i := range a.List {
				if a.Lang == t.Lang && a.List[i].Name == t.Name {
					a.List[i].Text = t.Text
				}
			}
		}
	})
}

// waitingMessages counts the conversations that wait for an answer.
func (c *console) waitingMessages(r *http.Request) (int64, error) {
	if c.Tell == nil {
		return 0, nil
	}
	counts, err := c.Tell.Counts(r.Context())
	return counts[tell.Waiting], err
}

// HourOf is the time of a message for a page: the hour in which it came.
func (*messagePage) HourOf(at time.Time) int64 { return at.UnixMicro() }

// Line is the conversation as lists show it.
func (v *messagePage) Line() messageLine { return v.messageLine }
