package main

import (
	"fmt"
	"strings"

	"github.com/jaga-project/jaga/internal/report"
	"github.com/jaga-project/jaga/pdq"
)

// percent prints n of total, never as 100 or 0 unless it is all or none.
func percent(n, total int) string {
	switch {
	case total == 0:
		return "–"
	case n == 0:
		return "0 %"
	case n == total:
		return "100 %"
	}
	p := 100 * float64(n) / float64(total)
	return fmt.Sprintf("%.1f %%", max(0.1, min(99.9, p)))
}

// share is percent in a sentence.
func share(n, total int) string {
	switch {
	case n == 0:
		return "none"
	case n == total:
		return "all"
	}
	return percent(n, total)
}

func page(r *results) string {
	w := &report.Page{}
	w.F("# What a picture may go through and still be found\n\n")
	w.F("A PDQ hash describes a picture in 256 bits. Two pictures match when at most %d of them differ. ", pdq.MatchThreshold)
	w.F("This page measures both sides of that number: how many bits change when a picture is passed on, and how near unrelated pictures come by chance.\n\n")
	w.F("<!-- Written by scripts/robustness from its results; change it there. -->\n\n")
	summary(w, r)
	w.F("## By chance\n\n![Distances of the same picture and of unrelated ones](img/robustness-chance.svg)\n\n")
	chance(w, r)
	w.F("## In its place\n\n![Distances after re-encoding, resizing, blurring, noise, contrast and brightness](img/robustness-kept.svg)\n\n")
	table(w, r.group(keptGroups...))
	w.F("## Moved\n\n![Distances against what was cut off or added](img/robustness-cut.svg)\n\n")
	w.F("![Distances after cropping, framing, overlays and tilting](img/robustness-moved.svg)\n\n")
	table(w, r.group(movedGroups...))
	w.F("## Turned and mirrored\n\n![Distances of turned pictures with and without all eight hashes](img/robustness-turned.svg)\n\n")
	turned(w, r)
	limits(w, r)
	method(w, r)
	return w.Text()
}

// found prints a change's share.
func (r *results) found(name string) string {
	v := r.named(name)
	return share(v.Found, v.Plain.total())
}

func summary(w *report.Page, r *results) {
	photos := r.Pairs[0]
	w.F("In short, for the pictures measured here:\n\n")
	w.F("* Found when saved again as a JPEG of quality 30: %s; of quality 10: %s.\n", r.found("JPEG quality 30"), r.found("JPEG quality 10"))
	w.F("* Found when resized to a quarter of both sides: %s; to an eighth: %s.\n", r.found("resized to 1/4"), r.found("resized to 1/8"))
	w.F("* Found with 1 %% cut off all sides: %s; with 2 %%: %s; with 5 %%: %s.\n", r.found("1 % cut off all sides"), r.found("2 % cut off all sides"), r.found("5 % cut off all sides"))
	w.F("* Found when mirrored, by its own hash: %s; by all eight: %s.\n", r.found("mirrored left to right"), foundBest(r.named("mirrored left to right")))
	w.F("* Of %s pairs of unrelated photographs, %s match by chance; the nearest pair is %d bits apart.\n\n",
		report.Thousands(photos.Plain.total()), count(photos.Plain.within(pdq.MatchThreshold)), photos.Plain.least())
}

func count(n int) string {
	if n == 0 {
		return "none"
	}
	return report.Thousands(n)
}

func foundBest(v variantResult) string { return share(v.FoundBest, v.Plain.total()) }

func chance(w *report.Page, r *results) {
	w.F("| compared all with all | pictures | pairs | within %d | nearest | mean | spread |\n|---|--:|--:|--:|--:|--:|--:|\n", pdq.MatchThreshold)
	row := func(name string, n int, h histogram) {
		w.F("| %s | %s | %s | %s | %d | %.1f | %.1f |\n", name, report.Thousands(n), report.Thousands(h.total()), report.Thousands(h.within(pdq.MatchThreshold)), h.least(), h.mean(), h.deviation())
	}
	for _, p := range r.Pairs {
		row(p.Name, p.Pictures, p.Plain)
		row(p.Name+", all eight hashes", p.Pictures, p.All)
	}
	photos := r.Pairs[0]
	w.F("\nTossed coins would give a mean of 128 and a spread of 8. Distances are even numbers, because nearly every hash has exactly 128 bits set. ")
	if hits := photos.Plain.within(pdq.MatchThreshold); hits == 0 {
		w.F("With no match among %s pairs, the rate for pictures such as these is below about one in %.0f million (the rule of three, at 95 %%; pairs share pictures, so this is a rough bound). ",
			report.Thousands(photos.Plain.total()), float64(photos.Plain.total())/3e6)
	} else {
		w.F("%s of %s pairs of photographs match by chance. ", report.Thousands(hits), report.Thousands(photos.Plain.total()))
	}
	w.F("A bank of a million entries is compared a million times with every picture, so even this leaves room for a chance match now and then.\n\n")
	cards := r.Pairs[1]
	w.F("The test cards show where chance ends: pictures of one layout (cards, forms, screenshots, captioned pictures of one series) resemble each other and lie closer, here down to %d bits. ", cards.Plain.least())
	if n := cards.Plain.within(pdq.MatchThreshold); n > 0 {
		w.F("%s of %s pairs are matches, although every card is another one. ", report.Thousands(n), report.Thousands(cards.Plain.total()))
	}
	w.F("In a real collection, expect false matches to be such look-alikes. That is what allow banks are for, and why a match is a finding for a person to judge and never a verdict.\n\n")
}

func table(w *report.Page, rows []variantResult) {
	w.F("| | change | found | median | nine of ten | farthest |\n|---|---|--:|--:|--:|--:|\n")
	last, low := "", 0
	for _, v := range rows {
		group := v.Group
		if group == last {
			group = ""
		}
		last = v.Group
		note := ""
		if v.LowQuality > 0 {
			low += v.LowQuality
			note = fmt.Sprintf(" (%s too poor)", percent(v.LowQuality, v.Plain.total()))
		}
		w.F("| %s | %s | %s%s | %d | %d | %d |\n", group, v.Name, percent(v.Found, v.Plain.total()), note,
			v.Plain.quantile(0.5), v.Plain.quantile(0.9), v.Plain.most())
	}
	w.F("\n")
	if low > 0 {
		w.F("*Too poor*: so little is left in the changed picture that its quality is below %d and its hash is not compared. Such a picture is *not checked*, and not clear.\n\n", pdq.MinQuality)
	}
}

func turned(w *report.Page, r *results) {
	w.F("A turned picture has another hash, about as far from the original's as a stranger's. PDQ gets the hashes of all eight turns and mirrorings from one transform; compared with all of them, the picture is found.\n\n")
	w.F("| change | found by its own hash | median | found by all eight | median | farthest |\n|---|--:|--:|--:|--:|--:|\n")
	for _, v := range r.group("Turned") {
		w.F("| %s | %s | %d | %s | %d | %d |\n", v.Name, percent(v.Found, v.Plain.total()), v.Plain.quantile(0.5),
			foundBest(v), v.Best.quantile(0.5), v.Best.most())
	}
	photos := r.Pairs[0]
	w.F("\nThe price is eight comparisons instead of one, and so eight chances of a false match: %s within %d among %s comparisons here.\n\n",
		count(photos.All.within(pdq.MatchThreshold)), pdq.MatchThreshold, report.Thousands(photos.All.total()))
}

func limits(w *report.Page, r *results) {
	w.F("## What PDQ cannot do\n\n")
	w.F("* **See anything new.** It finds copies of pictures that somebody reported before. It does not know what a picture shows, and nothing found says nothing about a picture that was never reported.\n")
	w.F("* **Follow a cut.** The hash describes the whole frame. Found with a tenth cut off every side: %s; with a fifth cut off one side: %s. A face, a collage or a picture in a picture is a new picture to it.\n", r.found("10 % cut off all sides"), r.found("20 % cut off one side"))
	w.F("* **Ignore a frame.** Found with a white border of 5 %%: %s; with black bars of 10 %% above and below: %s. Screenshots with a bar around the picture are the everyday case.\n", r.found("white border of 5 %"), r.found("black bars of 10 % above and below"))
	w.F("* **Follow a tilt.** Found when tilted by 2°: %s; by 5°: %s. The eight hashes cover quarter turns and mirrorings only.\n", r.found("tilted by 2°"), r.found("tilted by 5°"))
	w.F("* **Look past what covers it.** Found with a caption over a fifth of the picture: %s.\n", r.found("caption over 20 %"))
	w.F("* **Tell empty pictures apart.** Flat areas, black frames and plain gradients have no features; their quality is low, and below %d they are not compared.\n", pdq.MinQuality)
	w.F("* **Withstand somebody who works against it.** The algorithm is public. A person who wants to slip past can change a picture, hardly visibly, until it is far enough; these tables are about what happens in passing a picture on, not about that.\n")
	w.F("* **Be sure.** A match says that two pictures look alike to 256 bits. A person looks before anything follows from it.\n\n")
	w.F("A larger threshold finds more of the cut pictures and more strangers. The histogram above shows how much room there is for pictures like these; %d is what shared lists are made for.\n\n", pdq.MatchThreshold)
}

func method(w *report.Page, r *results) {
	var shape []string
	for _, s := range shapes {
		shape = append(shape, fmt.Sprintf("%d × %d", s.X, s.Y))
	}
	w.F("## How it was measured\n\n")
	w.F("%d generated pictures (%s pixels, in turn) stand for the reported ones. Each is changed in %d ways, one change at a time, and the changed picture is hashed and compared with the hash of the original: *found* when at most %d bits differ and the quality is %d or more. All strengths are given as parts of the side (crops, borders, overlays, blur: of the short side; captions and bars: of the height) or as steps of 0 to 255 (noise, brightness).\n\n",
		r.Plan.Pictures, strings.Join(shape, ", "), len(r.Variants), pdq.MatchThreshold, pdq.MinQuality)
	w.F("The pictures are drawn by the project: light, skylines, things with sharp and soft edges, and texture with the spectrum of natural scenes. They are no photographs. Real ones differ from each other in ways these do not (series of the same scene, faces, dark frames, screenshots), so take the order of the changes from these tables rather than the last digit, and expect more look-alikes. Nobody's pictures had to be collected for this page, and everybody can measure it again:\n\n")
	w.F("<!-- no-test: needs the source and takes minutes -->\n```sh\ngo run ./scripts/robustness          # measure everything and write this page\ngo run ./scripts/robustness -check   # draw this page again, measure a sample\n```\n\n")
	w.F("The tests run the check too, so the page cannot drift from the program.\n")
}
