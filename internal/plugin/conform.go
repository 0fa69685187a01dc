package plugin

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/outbound"
)

// Check is one thing that the contract asks of a plugin.
type Check struct {
	Name string
	OK   bool
	Why  string // what was wrong, empty when nothing was
	Took time.Duration
}

// dot is a picture of one grey pixel, in PNG.
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="

// sample is an item of a kind that every plugin of this kind can read, or
// refuse: for sound and video only the first bytes of a file.
func sample(k jaga.Kind) (Facts, []byte) {
	f := Facts{ID: "01900000-0000-7000-8000-000000000000", Kind: k}
	body := []byte("Shall we meet at the library after school?")
	switch k {
	case jaga.KindImage, jaga.KindFrame:
		f.Type = "image/png"
		body, _ = base64.StdEncoding.DecodeString(dot)
	case jaga.KindVideo:
		f.Type, body = "video/mp4", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2")
	case jaga.KindAudio:
		f.Type, body = "audio/wav", []byte("RIFF\x24\x00\x00\x00WAVEfmt ")
	default:
		f.Type = "text/plain"
	}
	f.Bytes = int64(len(body))
	return f, body
}

// quiet is a second of silence, for transcribers.
func quiet() (Facts, []byte) {
	body := wave(make([]int16, SpeechRate))
	return Facts{ID: "01900000-0000-7000-8000-000000000000", Kind: jaga.KindAudio, Type: "audio/wav", Bytes: int64(len(body)), Seconds: 1}, body
}

// Conform tries whether the plugin at c.URL keeps the contract, and returns
// every check. c.Kind is taken from what the plugin says.
func Conform(ctx context.Context, c Config) ([]Check, error) {
	c.Name, c.Kind = "tested", Classifier
	if err := c.check(); err != nil {
		return nil, err
	}
	p := newPeer(c, outbound.NewBreakers(time.Now), Options{Now: time.Now})
	var out []Check
	try := func(name string, fn func(ctx context.Context) error) bool {
		ctx, cancel := context.WithTimeout(ctx, p.Timeout)
		defer cancel()
		start := time.Now()
		err := fn(ctx)
		check := Check{Name: name, OK: err == nil, Took: time.Since(start)}
		if err != nil {
			if check.Why = said(err); ctx.Err() != nil {
				check.Why = "no answer within " + p.Timeout.String()
			}
		}
		out = append(out, check)
		return check.OK
	}
	var about About
	if !try("GET /v1/about says what it is", func(ctx context.Context) error {
		if err := p.call(ctx, http.MethodGet, "/v1/about", "", nil, &about); err != nil {
			return err
		}
		if err := about.check(); err != nil {
			return plain(err.Error())
		}
		return nil
	}) {
		return out, nil
	}
	p.Kind = about.Kind
	sample := sample
	if p.Kind == Transcriber {
		sample = func(jaga.Kind) (Facts, []byte) { return quiet() }
	}
	ask := func(ctx context.Context, f Facts, body []byte) (Signals, error) {
		s, err := p.signals(ctx, f, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil })
		if err == nil {
			if _, err = s.scores(p.Kind, "tested", about.Version); err == nil {
				_, err = s.utterances(p.Kind, f.Seconds)
			}
			if err != nil {
				err = plain(err.Error())
			}
		}
		return s, err
	}
	for _, k := range about.Items {
		f, body := sample(k)
		try("it answers for an item of the kind "+string(k), func(ctx context.Context) error {
			first, err := ask(ctx, f, body)
			if err != nil {
				return err
			}
			second, err := ask(ctx, f, body)
			if err == nil && !reflect.DeepEqual(first, second) {
				err = plain("the same item was answered differently the second time")
			}
			return err
		})
	}
	f, body := sample(about.Items[0])
	try("it answers four at once", func(ctx context.Context) error {
		var all sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			all.Go(func() { _, errs[i] = ask(ctx, f, body) })
		}
		all.Wait()
		i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
		if i < 0 {
			return nil
		}
		return errs[i]
	})
	status := func(ctx context.Context, method, path, kind, text string, want ...int) error {
		r, err := http.NewRequestWithContext(ctx, method, p.URL+path, strings.NewReader(text))
		if err != nil {
			return plain("its address is not valid")
		}
		r.Header.Set("Content-Type", kind)
		if p.Token != "" {
			r.Header.Set("Authorization", "Bearer "+p.Token)
		}
		resp, err := p.client.Do(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer))
		if !slices.Contains(want, resp.StatusCode) {
			return plain(fmt.Sprintf("it answered %d, and not one of %v", resp.StatusCode, want))
		}
		return nil
	}
	try("it refuses what is no form", func(ctx context.Context) error {
		return status(ctx, http.MethodPost, "/v1/signals", "application/json", "{", 400, 415, 422)
	})
	try("it refuses a form that is cut off", func(ctx context.Context) error {
		return status(ctx, http.MethodPost, "/v1/signals", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\n{\"id\"", 400, 422)
	})
	try("it does not know other addresses", func(ctx context.Context) error {
		return status(ctx, http.MethodGet, "/v1/no-such-address", "text/plain", "", 404)
	})
	return out, nil
}
