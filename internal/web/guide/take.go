package guide

import (
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/slip"
)

// takeKind is the kind of the page on which readers make codes of pictures and
// hand them in.
const takeKind = "take"

// Takedown keeps what readers hand in. Addresses are for limits only.
type Takedown interface {
	// Open reports whether new cases are taken in.
	Open() bool
	// File takes codes in and returns the number and PIN of their case.
	File(ctx context.Context, from netip.Addr, codes []engine.Value) (number, pin string, err error)
	// Look tells what became of a case.
	Look(ctx context.Context, from netip.Addr, number, pin string) (slip.Case, error)
	// Withdraw takes the codes of a case back.
	Withdraw(ctx context.Context, from netip.Addr, number, pin string) (slip.Case, error)
}

//go:embed picture/worker.js
var pictureWorker []byte

//go:embed picture/picture.wasm.gz
var pictureProgram []byte

// pictureName is the asset that makes the codes. The page loads it when somebody
// has chosen a file: it is large.
const pictureName = "picture.js"

// pictureScript is the worker and, as text, the program that it runs: no page of
// the guide may fetch anything.
func pictureScript() []byte {
	return slices.Concat(pictureWorker, []byte(`jagaPicture.program = "`+base64.StdEncoding.EncodeToString(pictureProgram)+"\";\n"))
}

// takeAnswer is what the page says after a form was sent.
type takeAnswer struct {
	// Number and PIN are those of a new case, or what was typed about one that
	// is shown, for its withdrawal.
	Number, PIN string
	New         bool
	Case        *slip.Case
	Problem     string // the end of a key of the texts
}

// Takes reports whether codes are taken in here.
func (v *view) Takes() bool { return !v.static && v.g.takedown != nil && v.g.takedown.Open() }

// Answer is what the page says after a form was sent, or an empty answer.
func (v *view) Answer() takeAnswer {
	a, _ := v.Data.(takeAnswer)
	return a
}

// takeProblems are the fields of errors that the page has words for.
func takeProblems() []string {
	return []string{"codes", "me", "pin", "locked", "flood", "full", "off"}
}

// Elsewhere reports whether the answer leads to other services first.
func (a takeAnswer) Elsewhere() bool {
	return slices.Contains([]string{"me", "flood", "full", "off", "fault"}, a.Problem)
}

// Again reports whether the answer is about a number and a PIN, which are then
// asked for at once.
func (a takeAnswer) Again() bool { return a.Problem == "pin" || a.Problem == "locked" }

// take answers the forms of the page.
func (g *Guide) take(w http.ResponseWriter, r *http.Request, p page) {
	v := g.view(p)
	a, err := g.takeForm(r)
	status := http.StatusOK
	if err != nil {
		a, status = takeAnswer{Problem: "fault"}, http.StatusInternalServerError
		var e *jaga.Error
		if errors.As(err, &e) && slices.Contains(takeProblems(), e.Field) {
			a.Problem, status = e.Field, e.Code.HTTPStatus()
			if e.Code == jaga.CodeBusy {
				status = http.StatusTooManyRequests
			}
		}
	}
	v.Data = a
	g.answer(w, r, status, v)
}

func (g *Guide) takeForm(r *http.Request) (a takeAnswer, err error) {
	wrong := func(field string) error { return &jaga.Error{Code: jaga.CodeInvalid, Field: field} }
	if g.takedown == nil {
		return a, &jaga.Error{Code: jaga.CodeUnavailable, Field: "off"}
	}
	if err := r.ParseForm(); err != nil {
		return a, wrong("codes")
	}
	f, ctx, from := r.PostForm, r.Context(), sender(r)
	switch f.Get("do") {
	case "file":
		if f.Get("me") == "" {
			return a, wrong("me")
		}
		codes, err := slip.ParseCodes(f.Get("codes"))
		if err != nil {
			return a, err
		}
		a.New = true
		a.Number, a.PIN, err = g.takedown.File(ctx, from, codes)
		return a, err
	case "look", "withdraw":
		do := g.takedown.Look
		if f.Get("do") == "withdraw" {
			do = g.takedown.Withdraw
		}
		c, err := do(ctx, from, f.Get("number"), f.Get("pin"))
		a.Number, a.PIN, a.Case = f.Get("number"), f.Get("pin"), &c
		return a, err
	}
	return a, wrong("codes")
}

// sender is where a request comes from, as far as limits need it: the address
// that connects or, where that is a proxy on this machine or network, the last
// one that the proxy names.
func sender(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a := at.Addr().Unmap()
	if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() {
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if b, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			return b
		}
	}
	return a
}

// TakeWords are the ends of the keys of what take.js says.
func (v *view) TakeWords() []string {
	return []string{"load", "busy", "done", "pdq", "exact", "flat", "big", "kind", "damaged", "unreadable", "broken", "noise", "old", "many"}
}
