package console

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/pdq"
)

// side is one of the two things that are compared.
type side struct {
	File    bool // a file or an item, not a typed hash
	Name    string
	Type    string
	Bytes   int64
	W, H    int
	Quality int
	Signals []jaga.Signal
	Skipped []jaga.Skip
	ear     *engine.Ear      // heard its sound for what is in the banks
	heard   *chroma.Listener // heard its sound for what is in the other side
}

func (x side) given() bool { return len(x.Signals) > 0 || len(x.Skipped) > 0 }

// of returns the signals of a type, the picture as it came first.
func (x side) of(t jaga.SignalType) (out []jaga.Signal) {
	for _, s := range x.Signals {
		if s.Type == t && s.Variant == "" {
			out = append([]jaga.Signal{s}, out...)
		} else if s.Type == t {
			out = append(out, s)
		}
	}
	return out
}

type whyPage struct {
	page
	A, B       side
	TextA      hashForm
	TextB      hashForm
	Two, One   bool
	Near       *nearness
	Film       *filmPlot
	FilmHead   string
	Sound      *filmPlot
	SoundHead  string
	Tempo      string
	Exact      []exactLine
	NotChecked []string
	// For one input alone: what it matches.
	Record  intake.Record
	Matches []matchLine
	State   jaga.State
	Skipped []skipLine
	Checked string // what was, in a sentence
	ItemID  string
}

type exactLine struct {
	Type  jaga.SignalType
	A, B  string
	State string // equal, different, one
}

func (c *console) whyPage(w http.ResponseWriter, r *http.Request) error {
	s, q := c.say(r), r.URL.Query()
	v := &whyPage{page: c.page(r, "why", s.t("why_page.title"))}
	id := q.Get("item")
	if id == "" {
		return c.render(w, r, http.StatusOK, "why", v)
	}
	// A match is named by its place in the item's outcome, so that no hash
	// stands in an address.
	rec, err := c.itemFor(r.Context(), id)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(q.Get("match"))
	if err != nil || i < 0 || i >= len(rec.Outcome.Matches) {
		return jaga.Errorf(jaga.CodeNotFound, "the item has no such match")
	}
	m := rec.Outcome.Matches[i]
	v.ItemID = id
	v.A = side{File: rec.Item.Kind != jaga.KindHash, Name: s.t("why_page.the_item"), Type: rec.Type, Bytes: rec.Bytes, W: rec.Width, H: rec.Height, Signals: rec.Signals}
	v.B = side{Name: s.t("why_page.entry_of", "ID", strconv.FormatInt(m.Entry, 10), "Bank", m.Bank), Signals: []jaga.Signal{{Type: m.Signal.Type, Value: m.Value}}}
	if e, err := c.Banks.Entry(r.Context(), m.Bank, m.Entry); err == nil {
		v.B.Signals = e.Signals
	} else if jaga.CodeOf(err) != jaga.CodeNotFound {
		return err
	}
	for _, x := range v.A.of(jaga.PDQ) {
		v.A.Quality = x.Quality
	}
	if m.Film != nil {
		v.Film, v.FilmHead = s.filmPlotOf(m.Film, v.A.Name, v.B.Name), s.t("film.plot")
	}
	if m.Sound != nil {
		v.Sound, v.SoundHead, v.Tempo = s.soundPlotOf(m.Sound, v.A.Name, v.B.Name), s.t("sound.plot"), s.tempo(m.Sound)
	}
	return c.whyResult(w, r, v)
}

func (c *console) whyCompare(w http.ResponseWriter, r *http.Request) error {
	s := c.say(r)
	r.Body = http.MaxBytesReader(w, r.Body, 2*c.MaxBytes+maxForm)
	v := &whyPage{page: c.page(r, "why", s.t("why_page.title"))}
	v.Path = "/why"
	bad := func(err error) error {
		var tooBig *http.MaxBytesError
		if !mendable(err) && !errors.As(err, &tooBig) {
			return err
		}
		v.Problem = c.problem(s, err)
		return c.render(w, r, http.StatusUnprocessableEntity, "why", v)
	}
	form, err := r.MultipartReader()
	if err != nil {
		return bad(&jaga.Error{Code: jaga.CodeInvalid, Field: "no_input", Msg: "not a form with files"})
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return bad(err)
		}
		switch name := part.FormName(); name {
		case "file_a", "file_b":
			x, other := &v.A, &v.B
			if name == "file_b" {
				x, other = &v.B, &v.A
			}
			if err := c.measureSide(r, part, part.FileName(), x, listenFor(*other)); err != nil {
				return bad(err)
			}
		case "type_a", "value_a", "type_b", "value_b":
			text, err := formText(part)
			if err != nil {
				return bad(err)
			}
			*map[string]*string{"type_a": &v.TextA.Type, "value_a": &v.TextA.Value, "type_b": &v.TextB.Type, "value_b": &v.TextB.Value}[name] = text
		}
	}
	for _, x := range []struct {
		side  *side
		text  hashForm
		field string
	}{{&v.A, v.TextA, "value_a"}, {&v.B, v.TextB, "value_b"}} {
		if x.side.given() || x.text.Value == "" {
			continue
		}
		h, err := parseHash(x.text.Type, x.text.Value)
		if err != nil {
			return bad(&jaga.Error{Code: jaga.CodeInvalid, Field: x.field, Msg: "not a hash", Err: err})
		}
		*x.side = side{Name: s.t("why_page.typed"), Signals: []jaga.Signal{{Type: h.Type, Value: h.String(), Words: h.Words}}}
	}
	if !v.A.given() && v.B.given() {
		v.A, v.B = v.B, side{}
	}
	if !v.A.given() {
		return bad(&jaga.Error{Code: jaga.CodeInvalid, Field: "no_input", Msg: "nothing to compare"})
	}
	return c.whyResult(w, r, v)
}

// measureSide measures a file while it arrives, and hears it for what is in the
// banks and, if there is one, in the other side. Nothing of it is kept.
func (c *console) measureSide(r *http.Request, body io.Reader, name string, x *side, heard *chroma.Listener) error {
	in := bufio.NewReader(body)
	if _, err := in.Peek(1); errors.Is(err, io.EOF) && name == "" {
		return nil // no file was chosen
	}
	ear, err := c.Engine.Listen(0)
	if err != nil && !errors.Is(err, engine.ErrNotLoaded) {
		return err
	}
	hear := func(samples []int16) {
		if ear != nil {
			ear.Write(samples)
		}
		if heard != nil {
			heard.Write(samples)
		}
	}
	m, err := c.Decoder.Measure(r.Context(), in, media.Options{Rotations: true, Hear: hear})
	if err != nil {
		return err
	}
	if ear != nil {
		ear.Flush()
	}
	*x = side{ear: ear, heard: heard, File: true, Name: c.say(r).t("why_page.the_file"), Type: string(m.Type), Bytes: m.Bytes, W: m.Width, H: m.Height, Quality: m.Quality, Signals: m.Signals, Skipped: m.Skipped}
	return nil
}

func (c *console) whyResult(w http.ResponseWriter, r *http.Request, v *whyPage) error {
	s := c.say(r)
	for _, x := range []side{v.A, v.B} {
		for _, k := range x.Skipped {
			v.NotChecked = append(v.NotChecked, s.t("why_page.skipped", "What", x.Name, "Detector", s.word("detector", k.Detector), "Why", s.skip(k)))
		}
	}
	if !v.B.given() {
		v.One = true
		return c.whyOne(w, r, v)
	}
	v.Two = true
	if f, within, ok := filmsOf(v.A, v.B); ok && v.Film == nil {
		switch {
		case f.QueryMatched == 0:
			v.FilmHead = s.t("film.none")
		case within:
			v.FilmHead = s.t("film.within")
		default:
			v.FilmHead = s.t("film.beyond")
		}
		v.Film = s.filmPlotOf(f, v.A.Name, v.B.Name)
	}
	if m, ok := soundsOf(v.A, v.B); ok && v.Sound == nil && v.ItemID == "" {
		if v.SoundHead = s.t("sound.none"); m != nil {
			v.Sound, v.SoundHead, v.Tempo = s.soundPlotOf(m, v.A.Name, v.B.Name), s.t("sound.same"), s.tempoOf(m, "sound.second_faster", "sound.second_slower")
		}
	}
	for _, t := range jaga.SignalTypes() {
		a, b := v.A.of(t), v.B.of(t)
		if t == jaga.VPDQ || t == jaga.Chromaprint {
			continue // its value only names the frames, or the words
		}
		if t == jaga.PDQ {
			if len(a) > 0 && len(b) > 0 {
				near, err := c.nearness(r, s, a, b)
				if err != nil {
					return err
				}
				v.Near = near
			} else if len(a)+len(b) > 0 && len(v.NotChecked) == 0 && v.Film == nil && v.SoundHead == "" {
				v.NotChecked = append(v.NotChecked, s.t("why_page.no_pdq"))
			}
			continue
		}
		line := exactLine{Type: t, State: "one"}
		if len(a) > 0 {
			line.A = a[0].Value
		}
		if len(b) > 0 {
			line.B = b[0].Value
		}
		switch {
		case line.A == "" && line.B == "":
			continue
		case line.A == line.B:
			line.State = "equal"
		case line.A != "" && line.B != "":
			line.State = "different"
		}
		v.Exact = append(v.Exact, line)
	}
	return c.render(w, r, http.StatusOK, "why", v)
}

// whyOne asks the banks about one input alone. Nothing is stored.
func (c *console) whyOne(w http.ResponseWriter, r *http.Request, v *whyPage) error {
	s := c.say(r)
	var signals []jaga.Signal
	for _, x := range v.A.Signals {
		lowQuality := x.Type == jaga.PDQ && v.A.File && x.Quality < pdq.MinQuality
		if !lowQuality && (x.Variant == "" || c.Rotations) {
			signals = append(signals, x)
		}
	}
	v.State = jaga.StateNotChecked
	if len(signals) == 0 {
		return c.render(w, r, http.StatusOK, "why", v)
	}
	rec, err := c.Intake.Look(r.Context(), intake.Request{Source: actor(r), Signals: signals, Ear: v.A.ear})
	if err != nil {
		return err
	}
	v.Record, v.State = rec, rec.Outcome.State()
	if v.State == jaga.StateClear && len(v.A.Skipped) > 0 {
		v.State = jaga.StateNotChecked // what could not be measured was not checked
	}
	for i, m := range rec.Outcome.Matches {
		v.Matches = append(v.Matches, matchLine{m, i})
	}
	v.Checked = s.checked(rec.Outcome)
	for _, k := range rec.Outcome.Skipped {
		if k.Why != jaga.WhyNotGiven {
			v.Skipped = append(v.Skipped, skipLine{s.word("detector", k.Detector), s.skip(k), k.Optional})
		}
	}
	return c.render(w, r, http.StatusOK, "why", v)
}
