package console

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
)

// openFiles are the files that are open while they are shown, one a person: a
// film is asked for in many parts, and opening is a grant and a record each time.
type openFiles struct {
	mu sync.Mutex
	by map[string]*openFile // by actor
}

// openFile is one that is opened once, for one reveal.
type openFile struct {
	reveal int64
	stop   context.CancelFunc // reading ends with it
	late   *time.Timer        // closes what nobody closed

	mu     sync.Mutex
	closed bool
	src    Source
	typ    string // media type by its content, empty where it plays nothing
}

// get returns the file of a reveal of the actor, which open opens when nobody has
// yet. What the actor had open for another reveal is closed.
func (o *openFiles) get(ctx context.Context, actor string, reveal int64, open func(context.Context) (Source, error)) (*openFile, error) {
	o.mu.Lock()
	f := o.by[actor]
	var before *openFile
	if f == nil || f.reveal != reveal {
		before = f
		f = &openFile{reveal: reveal}
		// It outlives the request that opens it, and keeps who asks.
		ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
		f.late = time.AfterFunc(look.SessionMost, func() { o.close(actor, reveal) })
		if o.by == nil {
			o.by = map[string]*openFile{}
		}
		o.by[actor] = f
	}
	o.mu.Unlock()
	before.close()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, &jaga.Error{Code: jaga.CodeConflict, Field: "ended", Msg: "what was shown has ended"}
	}
	if f.src != nil {
		return f, nil
	}
	src, err := open(ctx)
	if err != nil {
		return nil, err
	}
	f.src = src
	return f, nil
}

// close closes what the actor has open for a reveal, if they have.
func (o *openFiles) close(actor string, reveal int64) {
	o.mu.Lock()
	f := o.by[actor]
	if f == nil || f.reveal != reveal {
		f = nil
	} else {
		delete(o.by, actor)
	}
	o.mu.Unlock()
	f.close()
}

func (f *openFile) close() {
	if f == nil {
		return
	}
	f.stop()
	f.late.Stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.src != nil {
		_ = f.src.Close() // it was only read
	}
}

// plays returns the media type that a film or a sound begins like, or one that
// says nothing: browsers do not guess, and nothing that they would run is named.
func plays(head []byte) string {
	t, _, _ := strings.Cut(http.DetectContentType(head), ";")
	if strings.HasPrefix(t, "video/") || strings.HasPrefix(t, "audio/") || t == "application/ogg" {
		return t
	}
	return "application/octet-stream"
}
