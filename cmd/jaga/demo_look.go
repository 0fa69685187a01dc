package main

import (
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
)

// lookAt is somebody's look at the newest file of a case, where it has one: some
// seconds, grey, in a session of its own. The shapes are harmless; the seconds
// count as any others do.
func (d *demoRun) lookAt(id int64, at time.Time, who string, why look.Purpose) error {
	var files []evidence.Item
	if err := d.s.db.View(d.ctx, func(tx *store.Tx) (err error) { files, err = d.s.files.files(tx, id); return err }); err != nil || len(files) == 0 {
		return err
	}
	file := files[len(files)-1]
	ctx := d.at(at)
	// Exposure is counted by a clock that nobody can set, so this is a service
	// with one of the past.
	var passed time.Duration
	s, err := look.New(ctx, d.s.db, look.Options{Now: func() time.Time { return at.Add(passed) }, Mono: func() time.Duration { return passed }})
	if err != nil {
		return err
	}
	session, err := s.Open(ctx, who, look.Ask{Case: id, Purpose: why})
	if err != nil {
		return err
	}
	shown, err := s.Begin(ctx, who, look.Show{Session: session.ID, File: lookKey(file), Kind: "image"})
	if err == nil {
		err = s.Serve(ctx, who, shown.ID, look.Bytes{To: file.Size, Size: file.Size})
	}
	for range 7 + d.some(12) {
		if err != nil {
			break
		}
		passed += look.GapMost
		_, err = s.Beat(ctx, who, shown.ID, look.Screen{On: true, Width: 480, Height: 320, Grey: true})
	}
	if err == nil {
		passed += time.Second
		err = s.End(ctx, who, shown.ID)
	}
	// A budget that is used up, a break, and a file that somebody has decided
	// about are refusals like any others.
	if code := jaga.CodeOf(err); err != nil && code != jaga.CodeDenied && code != jaga.CodeConflict {
		return err
	}
	return s.Close(ctx, who, session.ID)
}
