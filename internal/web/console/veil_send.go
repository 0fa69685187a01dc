package console

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
)

// lookHeader is one that only a script of these pages sends: a picture can be
// neither opened in a window of its own nor put into a page of another site.
const lookHeader = "Jaga-Look"

// sendPart is what is read, recorded and sent at once, and filmPart the most of a
// film that one request gets: a player asks for all that follows, and would be
// sent more than is played.
const (
	sendPart = 256 << 10
	filmPart = 1 << 20
)

// lookBytes sends a picture that is shown now to a script.
func (c *console) lookBytes(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get(lookHeader) == "" {
		return noPage()
	}
	return c.send(w, r, false)
}

// lookFilm sends parts of a film or a sound that is shown now to an element that
// plays it. Such elements send no header of ours; but every browser says what
// asks, and no page can make it say another thing.
func (c *console) lookFilm(w http.ResponseWriter, r *http.Request) error {
	dest := r.Header.Get("Sec-Fetch-Dest")
	if r.Header.Get("Sec-Fetch-Site") != "same-origin" || dest != "video" && dest != "audio" {
		return noPage()
	}
	return c.send(w, r, true)
}

func noPage() error { return jaga.Errorf(jaga.CodeNotFound, "there is no such page") }

// send sends bytes of the file of a reveal that goes on. Every part is in the
// custody log before it leaves, and none leaves once the reveal has ended.
func (c *console) send(w http.ResponseWriter, r *http.Request, film bool) error {
	id := revealID(r)
	f, err := c.openShown(r, id, film)
	if err != nil {
		return c.refuse(w, r, err)
	}
	size := f.src.Size()
	from, to, status := parseRange(r.Header.Get("Range"), size)
	if film && status == http.StatusPartialContent {
		to = min(to, from+filmPart)
	}
	part := make([]byte, min(sendPart, to-from))
	started := false
	for at := from; at < to || !started; {
		n, err := io.ReadFull(io.NewSectionReader(f.src, at, to-at), part[:min(sendPart, to-at)])
		if err == nil && n > 0 {
			err = c.Look.Serve(r.Context(), actor(r), id, look.Bytes{From: at, To: at + int64(n), Size: size})
		}
		switch {
		case err != nil && started:
			return nil // the length that was told is not reached, and the browser sees it
		case err != nil:
			return c.refuse(w, r, err)
		case !started:
			started = true
			h := w.Header()
			h.Set("Content-Type", "application/octet-stream")
			if film {
				h.Set("Content-Type", f.typ)
				h.Set("Accept-Ranges", "bytes")
			}
			h.Set("Content-Length", strconv.FormatInt(to-from, 10))
			if status == http.StatusPartialContent {
				h.Set("Content-Range", "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(to-1, 10)+"/"+strconv.FormatInt(size, 10))
			}
			w.WriteHeader(status)
		}
		if _, err := w.Write(part[:n]); err != nil {
			return nil // the reader has let go
		}
		at += int64(n)
	}
	return nil
}

// openShown returns the file of a reveal of the one who asks, open.
func (c *console) openShown(r *http.Request, id int64, film bool) (*openFile, error) {
	show, err := c.Look.Running(r.Context(), actor(r), id)
	if err != nil {
		return nil, err
	}
	v, err := c.veiled(r, show.Case, r.URL.Query().Get("evidence"))
	if err != nil {
		return nil, err
	}
	if v.Key != show.File || look.Films(show.Kind) != film {
		return nil, noPage()
	}
	f, err := c.shown.get(r.Context(), actor(r), id, func(ctx context.Context) (Source, error) { return c.Files.Open(ctx, actor(r), v) })
	if err != nil || !film {
		return f, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.typ == "" {
		head := make([]byte, min(512, f.src.Size()))
		if _, err := io.ReadFull(io.NewSectionReader(f.src, 0, int64(len(head))), head); err != nil {
			return nil, err
		}
		f.typ = plays(head)
	}
	return f, nil
}

// parseRange reads a range of one part; anything else means the whole file.
func parseRange(text string, size int64) (from, to int64, status int) {
	first, last, ok := strings.Cut(strings.TrimPrefix(text, "bytes="), "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if !strings.HasPrefix(text, "bytes=") || !ok || err != nil || from < 0 || from >= size {
		return 0, size, http.StatusOK
	}
	to = size
	if last != "" {
		end, err := strconv.ParseInt(last, 10, 64)
		if err != nil || end < from {
			return 0, size, http.StatusOK
		}
		to = min(size, end+1)
	}
	return from, to, http.StatusPartialContent
}
