package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/outbound"
)

// Opener returns the bytes of an item from their beginning.
type Opener func() (io.ReadCloser, error)

// aboutFor is how long what a plugin says of itself counts.
const aboutFor = 10 * time.Minute

// MaxBytes is the largest item that any plugin gets.
const MaxBytes = 32 << 20

// notMine stands for an item that the plugin does not look at.
var notMine = &jaga.Skip{}

// peer is one plugin.
type peer struct {
	Config
	now      func() time.Time
	breakers *outbound.Breakers
	client   *http.Client
	places   chan struct{} // a place for each question under way

	mu      sync.Mutex
	about   About
	aboutAt time.Time
	spent   map[string]*spending // by source; "" is all
	day     string
	took    []time.Duration // of the last answers, newest last
	okAt    time.Time
	badAt   time.Time
	bad     string
	told    bool // that it is left alone
}

// failure is why a plugin said nothing.
type failure struct {
	why    jaga.Why
	detail string
}

func (f failure) Error() string { return f.detail }

func (p *peer) skip(f failure) *jaga.Skip {
	return &jaga.Skip{Detector: p.Detector(), Why: f.why, Detail: f.detail, Optional: !p.Required}
}

// ask asks about one item.
func (p *peer) ask(ctx context.Context, source string, f Facts, open Opener) (answered, *jaga.Skip) {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	var got answered
	err := p.admitted(ctx, source, func() error {
		about, err := p.knows(ctx)
		if err != nil {
			return err
		}
		if !slices.Contains(about.Items, f.Kind) {
			return errNotMine
		}
		most := about.MaxBytes
		if most == 0 || most > MaxBytes {
			most = MaxBytes
		}
		if f.Bytes > most {
			return failure{jaga.WhyTooBig, fmt.Sprintf("%d bytes; the plugin takes %d", f.Bytes, most)}
		}
		answer, err := p.signals(ctx, f, open)
		if err != nil {
			return err
		}
		got.scores, err = answer.scores(p.Kind, p.Name, about.Version)
		if err == nil {
			got.listed, err = answer.listed(p.Name, about.Version)
		}
		if err == nil {
			got.uttered, err = answer.utterances(p.Kind, f.Seconds)
		}
		if err != nil {
			return plain(err.Error())
		}
		return nil
	})
	var own failure
	switch {
	case err == nil:
		return got, nil
	case errors.Is(err, errNotMine):
		return answered{}, notMine
	case errors.As(err, &own):
		return answered{}, p.skip(own)
	}
	return answered{}, p.skip(failure{jaga.WhyUnanswered, said(err)})
}

var errNotMine = errors.New("an item of another kind")

// said is why a question failed, without anything that was sent or answered.
func said(err error) string {
	if errors.Is(err, errTooLong) || errors.Is(err, errNonsense) {
		return err.Error()
	}
	var mine plain
	var own failure
	switch {
	case errors.As(err, &mine):
		return string(mine)
	case errors.As(err, &own):
		return own.detail
	}
	return outbound.Why(err)
}

// plain is an error whose text is ours.
type plain string

func (p plain) Error() string { return string(p) }

// admitted runs fn when budget, breaker and the number of questions under way
// allow it, and keeps what came of it.
func (p *peer) admitted(ctx context.Context, source string, fn func() error) error {
	if until := p.breakers.Until(p.Name); !until.IsZero() {
		return failure{jaga.WhyUnanswered, "too much failed in a row; it is asked again soon"}
	}
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	case <-ctx.Done():
		return failure{jaga.WhyBusy, "too many questions at once"}
	}
	if err := p.spend(source); err != nil {
		return err
	}
	start := time.Now()
	err := fn()
	var own failure
	switch {
	case err == nil:
		p.worked(time.Since(start))
	case errors.Is(err, errNotMine), errors.As(err, &own) && own.why == jaga.WhyTooBig:
		p.refund(source)
	case errors.Is(ctx.Err(), context.Canceled):
		// Whoever asked has gone; that says nothing of the plugin.
	default:
		if ctx.Err() != nil {
			err = failure{jaga.WhyTimeout, "no answer within " + p.Timeout.String()}
		}
		p.failed(source, said(err))
	}
	return err
}

func (p *peer) worked(d time.Duration) {
	p.breakers.Worked(p.Name)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.okAt = p.now()
	if p.took = append(p.took, d); len(p.took) > 200 {
		p.took = p.took[1:]
	}
}

func (p *peer) failed(source, why string) {
	p.breakers.Failed(p.Name)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.badAt, p.bad = p.now(), why
	p.count(source, func(s *spending) { s.failed++ })
}

// knows returns what the plugin says of itself, and asks it when that is old.
func (p *peer) knows(ctx context.Context) (About, error) {
	p.mu.Lock()
	a, at := p.about, p.aboutAt
	p.mu.Unlock()
	if !at.IsZero() && p.now().Sub(at) < aboutFor {
		return a, nil
	}
	a = About{}
	if err := p.call(ctx, http.MethodGet, "/v1/about", "", nil, &a); err != nil {
		return About{}, err
	}
	if err := a.check(); err != nil {
		return About{}, plain(err.Error())
	}
	if a.Kind != p.Kind {
		return About{}, plain(fmt.Sprintf("it is a %s, and is set up as a %s", a.Kind, p.Kind))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.about, p.aboutAt = a, p.now()
	return a, nil
}

// signals sends the facts and the bytes, which are never whole in memory here.
func (p *peer) signals(ctx context.Context, f Facts, open Opener) (Signals, error) {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	var sending sync.WaitGroup
	sending.Go(func() { _ = w.CloseWithError(writeForm(form, f, open)) })
	var out Signals
	err := p.call(ctx, http.MethodPost, "/v1/signals", form.FormDataContentType(), r, &out)
	_ = r.CloseWithError(io.ErrClosedPipe) // lets the sender end when the plugin did not read everything
	sending.Wait()
	return out, err
}

func writeForm(form *multipart.Writer, f Facts, open Opener) error {
	facts, err := json.Marshal(f)
	if err != nil {
		return err
	}
	part := func(name, kind string, body io.Reader) error {
		w, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + name + `"; filename="` + name + `"`}, "Content-Type": {kind}})
		if err == nil {
			_, err = io.Copy(w, body)
		}
		return err
	}
	if err := part("item", "application/json", bytes.NewReader(facts)); err != nil {
		return err
	}
	body, err := open()
	if err != nil {
		return err
	}
	defer body.Close()
	if err := part("body", "application/octet-stream", body); err != nil {
		return err
	}
	return form.Close()
}

// call exchanges one request.
func (p *peer) call(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	resp, err := p.send(ctx, method, path, kind, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return decode(resp.Body, out)
}

// send returns an answer with status 200.
func (p *peer) send(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.URL+path, body)
	if err != nil {
		return nil, plain("its address is not valid")
	}
	r.Header.Set("User-Agent", "jaga")
	r.Header.Set("Accept", "application/json")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if p.Token != "" {
		r.Header.Set("Authorization", "Bearer "+p.Token)
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, plain(fmt.Sprintf("it answered %d", resp.StatusCode))
	}
	return resp, nil
}
