package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/testpic"
)

// banks makes the banks of the demonstration. That of the stream may be there
// from an earlier version.
func (d *demoRun) banks() error {
	ctx := d.at(d.from.Add(-time.Hour))
	set := func(name string, role jaga.Role, note string) (bool, error) {
		b := bank.Defaults(name)
		b.Note = note
		if role != "" {
			b.Role = role
		}
		_, err := d.s.banks.Create(ctx, d.operator, b)
		if jaga.CodeOf(err) == jaga.CodeConflict {
			return false, nil
		}
		return err == nil, err
	}
	fresh, err := set(demoBank, "", "Drawn by jaga demo. Nothing in it is real.")
	if err != nil {
		return err
	}
	for i := range uint64(demoKnown) {
		d.scenes = append(d.scenes, demoScene(i))
	}
	if fresh {
		ids, err := d.known(ctx, demoBank, "picture", d.scenes)
		if err != nil {
			return err
		}
		for i, id := range ids {
			for n, who := range d.reviewers[:2+i%3] {
				verdict := "confirm"
				if n == 2 && i == 5 {
					verdict = "unsure"
				}
				if err := d.s.banks.SetOpinion(ctx, who, demoBank, id, verdict, ""); err != nil {
					return err
				}
			}
		}
	}
	if _, err := set("DEMO_HARMLESS", jaga.RoleAllow, "Look-alikes that were checked. Drawn by jaga demo."); err != nil {
		return err
	}
	var harmless []*image.RGBA
	for i := range uint64(3) {
		harmless = append(harmless, testpic.Photo(30_000+i, 480, 320))
	}
	if _, err := d.known(ctx, "DEMO_HARMLESS", "harmless picture", harmless); err != nil {
		return err
	}
	if _, err := set("DEMO_PARTNER", "", "A list as partners exchange it. Its hashes are random numbers, made by jaga demo."); err != nil {
		return err
	}
	var list []bank.NewEntry
	for i := range 40 {
		typ := jaga.PDQ
		if i%4 == 0 {
			typ = jaga.SHA256
		}
		v, err := d.hash(typ)
		if err != nil {
			return err
		}
		list = append(list, bank.NewEntry{Values: []engine.Value{v}, Source: "DEMO partner"})
	}
	return d.s.banks.AddSeveral(ctx, d.operator, "DEMO_PARTNER", list, func(*store.Tx, int64, []int64) error { return nil })
}

// hash draws a hash of 256 bits, which is that of nothing.
func (d *demoRun) hash(typ jaga.SignalType) (engine.Value, error) {
	return engine.ParseValue(typ, fmt.Sprintf("%016x%016x%016x%016x", d.draw.Uint64(), d.draw.Uint64(), d.draw.Uint64(), d.draw.Uint64()))
}

// known adds pictures to a bank and returns the numbers of their entries.
func (d *demoRun) known(ctx context.Context, name, note string, pictures []*image.RGBA) (ids []int64, err error) {
	var list []bank.NewEntry
	for i, m := range pictures {
		got, err := d.s.decoder.Measure(ctx, bytes.NewReader(testpic.PNG(m)), media.Options{})
		if err != nil {
			return nil, err
		}
		e := bank.NewEntry{Note: fmt.Sprintf("%s %d", note, i+1), Source: "jaga demo"}
		for _, sig := range got.Usable() {
			v, err := engine.ParseSignal(sig)
			if err != nil {
				return nil, err
			}
			e.Values = append(e.Values, v)
		}
		list = append(list, e)
	}
	return ids, d.s.banks.AddSeveral(ctx, d.operator, name, list, func(_ *store.Tx, _ int64, made []int64) error {
		ids = made
		return nil
	})
}

// days puts what came in on each day of the past on the agenda: a little more
// every week, less at weekends, most of it in the evening.
func (d *demoRun) days() error {
	for i, m := range d.scenes {
		d.scenes[i] = testpic.Scale(m, 0.4)
	}
	for day := range int(d.now.Sub(d.from)/(24*time.Hour)) + 1 {
		began := d.from.AddDate(0, 0, day)
		busy := 2 + day/16
		if wd := began.Weekday(); wd == time.Saturday || wd == time.Sunday {
			busy--
		}
		evening := func() time.Time { return began.Add(d.between(0, 12*time.Hour) + d.between(0, 12*time.Hour)) }
		for range busy + 1 {
			d.later(evening(), d.copyArrives)
		}
		for range busy {
			d.later(evening(), d.strangerArrives)
		}
		if day%2 == 0 {
			d.later(evening(), d.unreadableArrives)
		}
		for n := range max(1, busy-1) {
			d.later(evening(), func(at time.Time) error { return d.talkArrives(at, day*3+n) })
		}
		d.later(evening(), d.ordinaryTalk)
		for n := range max(1, busy-1) {
			d.later(evening(), func(at time.Time) error { return d.reportArrives(at, day*2+n) })
		}
	}
	return nil
}

// take hands an item in.
func (d *demoRun) take(at time.Time, ref, author, audience string, file []byte) error {
	source := d.platform
	if audience == "live" {
		source = d.app
	}
	_, err := d.s.intake.Take(d.at(at), intake.Request{Source: source, Ref: ref, Author: author, Audience: audience, Body: bytes.NewReader(file)})
	return err
}

// copyArrives hands in a changed copy of a known picture; about one of nine comes
// from a live stream.
func (d *demoRun) copyArrives(at time.Time) error {
	variants := testpic.Variants()
	v := variants[d.some(len(variants))]
	known := d.some(len(d.scenes))
	author, audience := fmt.Sprintf("demo-account-%d", 100+d.some(60)), "public"
	if d.some(9) == 0 {
		audience = "live"
	}
	return d.take(at, fmt.Sprintf("picture %d, %s", known+1, v.Name), author, audience, testpic.JPEG(v.Apply(d.scenes[known]), 85))
}

func (d *demoRun) strangerArrives(at time.Time) error {
	seed := d.draw.Uint64() >> 20
	return d.take(at, fmt.Sprintf("unknown picture %d", seed%10_000), fmt.Sprintf("demo-account-%d", 100+d.some(60)), "private", testpic.JPEG(testpic.Photo(seed, 320, 240), 80))
}

func (d *demoRun) unreadableArrives(at time.Time) error {
	file := testpic.JPEG(testpic.Photo(d.draw.Uint64()>>20, 320, 240), 80)
	return d.take(at, "a broken file", fmt.Sprintf("demo-account-%d", 100+d.some(60)), "group", file[:len(file)/3])
}
