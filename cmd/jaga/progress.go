package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress tells a person how far a long task is: a bar where standard error
// is a terminal, else one line every ten seconds, so that a log stays
// readable. It knows nothing of what is counted.
type progress struct {
	name   string
	unit   string
	start  time.Time
	stop   chan struct{}
	ended  sync.WaitGroup
	render func() // final display
	read   func() (done, total int64, sure bool)
}

// progressEvery is the time between two lines where there is no terminal.
const progressEvery = 10 * time.Second

// startProgress shows what read returns until stop is called. sure is false
// while the total still grows; then no time left is shown.
func (a *app) startProgress(name, unit string, read func() (done, total int64, sure bool)) *progress {
	p := &progress{name: name, unit: unit, start: time.Now(), stop: make(chan struct{}), read: read, render: func() {}}
	if a.quiet {
		return p
	}
	if isTerminal(a.Err) {
		p.bar(a.Err)
	} else {
		p.lines(a.Err)
	}
	return p
}

func (p *progress) bar(w io.Writer) {
	box := mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	bar := box.AddBar(0,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(p.name+" ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.text() })))
	update := func() {
		done, total, _ := p.read()
		bar.SetTotal(max(total, 1), false)
		bar.SetCurrent(done)
	}
	p.tick(200*time.Millisecond, update)
	p.render = func() {
		bar.Abort(true)
		box.Wait()
	}
}

func (p *progress) lines(w io.Writer) {
	p.tick(progressEvery, func() { fmt.Fprintf(w, "jaga: %s: %s\n", p.name, p.text()) })
}

func (p *progress) tick(every time.Duration, fn func()) {
	p.ended.Go(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				fn()
			case <-p.stop:
				return
			}
		}
	})
}

// text is "1200 of 5000 files, 310/s, 12s left".
func (p *progress) text() string {
	done, total, sure := p.read()
	elapsed := time.Since(p.start)
	return progressText(done, total, sure, p.unit, elapsed)
}

func progressText(done, total int64, sure bool, unit string, elapsed time.Duration) string {
	text := fmt.Sprintf("%d of %d %s", done, total, unit)
	if !sure {
		text = fmt.Sprintf("%d of more than %d %s", done, total, unit)
	}
	rate := float64(done) / max(elapsed.Seconds(), 1e-3)
	if done == 0 {
		return text
	}
	if rate < 10 {
		text += fmt.Sprintf(", %.1f/s", rate)
	} else {
		text += fmt.Sprintf(", %.0f/s", rate)
	}
	if sure && total > done {
		left := time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second)
		text += fmt.Sprintf(", %v left", left)
	}
	return text
}

// end takes the display away.
func (p *progress) end() {
	close(p.stop)
	p.ended.Wait()
	p.render()
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
