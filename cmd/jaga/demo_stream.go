package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/testpic"
)

// demoStreamRef is the name of the stream of the demonstration.
const demoStreamRef = "DEMO stream"

// demoMinutes is how long the stream lasts.
const demoMinutes = 10

// demoStreaming is the stream of the demonstration while it runs.
type demoStreaming struct {
	mu    sync.Mutex
	watch string
	stop  context.CancelFunc
	ended chan struct{}
}

// demoStream shows a stream on the live page for ten minutes: a drawn film in which
// a scene of the bank comes once a minute, and a dark stretch, with chat and gifts.
// It returns the number of the watch; one that runs goes on. Without ffmpeg there is
// none.
func (s *site) demoStream(ctx context.Context) (id string, err error) {
	if s.ffmpeg == "" || s.live == nil {
		return "", nil
	}
	s.streaming.mu.Lock()
	defer s.streaming.mu.Unlock()
	if s.streaming.ended != nil {
		select {
		case <-s.streaming.ended:
		default:
			return s.streaming.watch, nil
		}
	}
	film, err := makeFilm(ctx, s.ffmpeg, "mpegts", demoStreamFilm())
	if err != nil {
		s.log.Warn("the demonstration goes on without a stream", "error", err)
		return "", nil
	}
	by, err := s.demoApp(ctx)
	if err != nil {
		return "", err
	}
	// What an earlier run of the server left waits for a stream that never comes.
	running := false
	old, err := s.live.List(ctx, live.Filter{Over: &running, Ref: demoStreamRef})
	if err != nil {
		return "", err
	}
	for _, w := range old {
		if err := s.live.Stop(ctx, auth.LocalActor, w.ID); err != nil {
			return "", err
		}
	}
	w, err := s.live.Start(ctx, by, live.New{Source: "push:realtime", Ref: demoStreamRef, Account: "demo-host"})
	if err != nil {
		return "", err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.streaming.watch, s.streaming.stop, s.streaming.ended = w.ID, stop, make(chan struct{})
	go func() {
		defer close(s.streaming.ended)
		defer stop()
		if err := s.demoPlay(run, by, w.ID, film); err != nil && run.Err() == nil {
			s.log.Warn("the stream of the demonstration ended early", "error", err)
		}
		// Where the server stops meanwhile the watch must not wait for more.
		if err := s.live.Stop(context.WithoutCancel(run), auth.LocalActor, w.ID); err != nil {
			s.log.Warn("stop the stream of the demonstration", "error", err)
		}
	}()
	return w.ID, nil
}

// demoStreamEnd ends the stream, for a server that stops.
func (s *site) demoStreamEnd() {
	s.streaming.mu.Lock()
	defer s.streaming.mu.Unlock()
	if s.streaming.stop != nil {
		s.streaming.stop()
		<-s.streaming.ended
	}
}

// demoApp is the key that the stream comes with, or this machine where it is gone.
func (s *site) demoApp(ctx context.Context) (string, error) {
	keys, err := s.auth.Keys(ctx)
	i := slices.IndexFunc(keys, func(k auth.Key) bool { return k.Label == demoLiveApp })
	if err != nil || i < 0 {
		return auth.LocalActor, err
	}
	return fmt.Sprintf("key:%d", keys[i].ID), nil
}

// demoPlay plays the film, with what happens beside it.
func (s *site) demoPlay(ctx context.Context, by, id string, film []byte) error {
	ctx, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() {
		if err := s.demoChat(ctx, by, id); err != nil && ctx.Err() == nil {
			s.log.Warn("the chat of the demonstration", "error", err)
		}
	})
	err := s.live.Push(ctx, id, bytes.NewReader(film))
	stop()
	beside.Wait()
	return err
}

// demoChat tells what happens beside the picture, second by second.
func (s *site) demoChat(ctx context.Context, by, id string) error {
	if _, err := s.live.Events(ctx, by, id, demoAudience()); err != nil {
		return err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		if events := demoMoment(n); len(events) > 0 {
			if _, err := s.live.Events(ctx, by, id, events); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// demoStreamFilm is the film of the stream. In each minute there is a scene that the
// bank knows at 0:20, and at 0:40 a picture with nothing in it.
func demoStreamFilm() []demoShot {
	known := demoShot{testpic.Scale(demoScene(4), 0.5), 6}
	minute := slices.Concat(demoShots(5, 40, 44), []demoShot{known}, demoShots(7, 44, 46), []demoShot{demoDark(7)}, demoShots(13, 46, 47))
	return slices.Repeat(minute, demoMinutes)
}

// demoChatWords are what viewers write, as they do everywhere.
var demoChatWords = []string{"hello", "good evening", "nice drawing", "which song is this?", "greetings from Bandung", "I like the colours", "see you tomorrow", "apa kabar?", "selamat malam", "is the sound off for you too?"}

// demoAudience is who watches the stream, as the platform tells.
func demoAudience() []live.Event {
	out := []live.Event{{Type: live.EventPerson, Person: &converse.Participant{ID: "demo-host", AgeBand: "13-15"}}}
	for n := 1; n <= 6; n++ {
		who := fmt.Sprintf("demo-viewer-%d", n)
		out = append(out, live.Event{Type: live.EventPerson, Person: &converse.Participant{ID: who, AgeBand: "adult"}}, live.Event{Type: live.EventJoin, From: who})
	}
	return out
}

// demoMoment is what happens in a second of the stream.
func demoMoment(n int) (out []live.Event) {
	viewer := func(n int) string { return fmt.Sprintf("demo-viewer-%d", n) }
	act := func(from, what string) live.Event { return live.Event{Type: live.EventAct, From: from, Act: what} }
	direction := live.Event{Type: live.EventAct, From: viewer(3), Act: "category", Category: "direction", Score: 0.9}
	gift := live.Event{Type: live.EventGift, From: viewer(3), Amount: 5, Currency: "USD"}
	if demoMix("chat", uint64(n))%5 < 2 {
		out = append(out, live.Event{Type: live.EventChat, From: viewer(1 + int(demoMix("who", uint64(n))%5)), Text: demoChatWords[demoMix("words", uint64(n))%uint64(len(demoChatWords))]})
	}
	switch n % 60 {
	case 14, 23, 25, 52:
		out = append(out, direction)
	case 15, 26:
		out = append(out, gift)
	case 17:
		out = append(out, act("demo-account-7", "L-10"))
	case 31:
		out = append(out, act("demo-account-7", "L-09"))
	case 33:
		out = append(out, live.Event{Type: live.EventPayment, From: viewer(5), Amount: 20, Currency: "USD", Payee: "demo-account-7"})
	case 48:
		out = append(out, act(viewer(2), "report"))
	}
	return out
}
