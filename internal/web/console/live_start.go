package console

import (
	"cmp"
	"crypto/rand"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/live"
)

// The ways in which a stream comes here.
const (
	liveFetch  = "fetch"  // it is fetched from an address
	liveListen = "listen" // an encoder sends it here
	liveFrames = "frames" // the platform sends pictures over the API
)

// liveForm is what was typed about a watch.
type liveForm struct {
	How, Address, Listen, Ref, Account, Matching, Of string
	Banks                                            []string
}

type liveNewPage struct {
	page
	Form    liveForm
	Banks   []string // that there are
	Listens []string // where an encoder can be listened for
	Decodes bool     // ffmpeg is here
}

// Hows are the choices of the form.
func (v *liveNewPage) Hows() []string { return []string{liveFetch, liveListen, liveFrames} }

// Asks reports whether a bank is ticked.
func (v *liveNewPage) Asks(bank string) bool { return slices.Contains(v.Form.Banks, bank) }

func (c *console) liveNew(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	d := live.DefaultRule()
	return c.liveNewView(w, r, http.StatusOK, liveForm{How: liveFetch, Matching: strconv.Itoa(d.Matching), Of: strconv.Itoa(d.Of)}, nil)
}

func (c *console) liveNewView(w http.ResponseWriter, r *http.Request, status int, f liveForm, wrong *problem) error {
	v := &liveNewPage{page: c.page(r, "live", c.say(r).t("live.new")), Form: f, Listens: c.liveListens(), Decodes: c.Live.Decodes()}
	v.Problem = wrong
	list, err := c.Banks.List(r.Context())
	if err != nil {
		return err
	}
	for _, b := range list {
		if b.Role == jaga.RoleMatch {
			v.Banks = append(v.Banks, b.Name)
		}
	}
	return c.render(w, r, status, "live_new", v)
}

// liveListens are the choices for an encoder: each address by RTMP and by SRT.
func (c *console) liveListens() (out []string) {
	for _, at := range c.Live.Listens() {
		out = append(out, "rtmp://"+at.String(), "srt://"+at.String())
	}
	return out
}

func (c *console) liveStart(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	f := liveForm{How: get("how"), Address: get("source"), Listen: get("listen"), Ref: get("ref"), Account: get("account"), Matching: get("matching"), Of: get("of"), Banks: r.PostForm["banks"]}
	n, err := f.watch()
	var watch live.Watch
	if err == nil {
		watch, err = c.Live.Start(r.Context(), actor(r), n)
	}
	if err != nil {
		if !liveMendable(err) {
			return err
		}
		wrong := liveProblem(c.say(r), err)
		if wrong.Field == "source" && f.How == liveListen {
			wrong.Field = "listen"
		}
		return c.liveNewView(w, r, jaga.CodeOf(err).HTTPStatus(), f, wrong)
	}
	if f.How != liveListen {
		return seeOther(w, r, "/live/"+watch.ID+"?started=1")
	}
	return c.liveWatchView(w, r, watch.ID, http.StatusOK, func(v *liveWatchPage) {
		v.Ingest = ingest(n.Source, r.Host)
	})
}

// watch is what the form asks for, in the words of the API.
func (f liveForm) watch() (n live.New, err error) {
	n = live.New{Ref: f.Ref, Account: f.Account, Banks: f.Banks}
	switch f.How {
	case liveListen:
		if f.Listen == "" {
			return n, &jaga.Error{Code: jaga.CodeDenied, Field: "source", Msg: "nothing may be listened on at that address", Hint: "the setting live.listen lists the addresses"}
		}
		n.Source = "listen:" + f.Listen
		if strings.HasPrefix(f.Listen, "rtmp:") {
			n.Source += "/live/" + strings.ToLower(rand.Text()[:16])
		}
	case liveFrames:
		n.Source = "frames"
	default:
		n.Source = f.Address
	}
	for _, x := range []struct {
		name, text string
		to         *int
	}{{"matching", f.Matching, &n.Matching}, {"of", f.Of, &n.Of}} {
		if *x.to, err = strconv.Atoi(cmp.Or(x.text, "0")); err != nil {
			return n, &jaga.Error{Code: jaga.CodeInvalid, Field: x.name, Msg: "it is no number"}
		}
	}
	return n, nil
}

// ingest is where an encoder sends its stream: the address that is listened on, by
// the name under which this page was asked for where that address is every one of
// the machine.
func ingest(source, host string) string {
	u, err := url.Parse(strings.TrimPrefix(source, "listen:"))
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		name, _, err := net.SplitHostPort(host)
		if err != nil {
			name = strings.Trim(host, "[]")
		}
		u.Host = net.JoinHostPort(name, u.Port())
	}
	return u.String()
}

// liveMendable reports whether the form can be shown again with the fault.
func liveMendable(err error) bool {
	switch jaga.CodeOf(err) {
	case jaga.CodeDenied, jaga.CodeUnavailable, jaga.CodeBusy:
		return true
	}
	return mendable(err)
}

// liveProblem says what the API says, in the reader's language.
func liveProblem(s *speaker, err error) *problem {
	e := asError(err)
	if e == nil {
		return &problem{Text: s.t("fail.internal")}
	}
	p := &problem{Field: e.Field, Text: s.t("live.fault", "What", s.detail(e.Msg))}
	if s.has("live.field_" + e.Field) {
		p.Text = s.t("live.field_fault", "Field", s.t("live.field_"+e.Field), "What", s.detail(e.Msg))
	}
	if e.Hint != "" {
		p.Hint = s.t("live.hint", "What", s.detail(e.Hint))
	}
	return p
}
