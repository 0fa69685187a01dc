package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/jaga-project/jaga/internal/report"
)

// thousands prints to three digits that mean something, with commas.
func thousands(v float64) string {
	unit := math.Pow(10, max(0, math.Floor(math.Log10(max(v, 1)))-2))
	return report.Thousands(int(math.Round(v/unit) * unit))
}

func page(r *results) string {
	w := &report.Page{}
	w.F("# How fast it is\n\n")
	w.F("What Jaga does most often is measured here beside the programs that people use for it today: pdqhash, FAISS, vpdq and python-threatexchange, which Hasher-Matcher-Actioner runs on, and libjpeg-turbo. ")
	w.F("All took turns on the same inputs, each in one thread, and had to give the same answers; films are an exception to both, see there.\n\n")
	w.F("<!-- Written by bench from its results; change it there. -->\n\n")
	all := goals(r)
	table(w, all)
	summary(w, all)
	pixelsPart(w, r)
	jpegPart(w, r)
	indexPart(w, r)
	filmsPart(w, r)
	restPart(w, r)
	method(w, r)
	return w.Text()
}

func table(w *report.Page, all []goal) {
	w.F("| | target | measured (median) | ratio (lowest to highest) | |\n|---|--:|--:|--:|---|\n")
	for _, g := range all {
		w.F("| %s | %s | %s | %s | %s |\n", g.what, g.target, g.measured, g.ratio, g.met)
	}
	w.F("\n")
}

// summary says plainly what was missed and what nobody measured.
func summary(w *report.Page, all []goal) {
	list := func(v verdict) (names []string) {
		for _, g := range all {
			if g.met == v {
				names = append(names, g.what+" (target "+g.target+", measured "+best(g)+")")
			}
		}
		return names
	}
	w.F("%d of %d targets are met. ", len(list(met)), len(all))
	if names := list(missed); len(names) > 0 {
		w.F("Missed: %s. ", strings.Join(names, "; "))
	}
	var names []string
	for _, g := range all {
		if g.met == unmeasured {
			names = append(names, g.what)
		}
	}
	if len(names) > 0 {
		w.F("Not measured: %s.", strings.Join(names, "; "))
	}
	w.F("\n\n")
}

func best(g goal) string {
	if g.ratio != "–" {
		return g.ratio
	}
	return g.measured
}

func pixelsPart(w *report.Page, r *results) {
	w.F("## Pixels to hash\n\n![Time from pixels to hash](img/bench-pixels.svg)\n\n")
	w.F("Every hash and quality was the same on all sides, bit for bit; the comparison stops otherwise. ")
	w.F("The times are means over whole sets of generated pictures, so they hold those that Jaga's fast path must hand to its exact path (see [the package](../pdq/doc.go)). Each picture is hashed some times in a row, in memory, as if it had just been decoded. ")
	w.F("\"pdqhash\" is the Python package with its own luma, as Hasher-Matcher-Actioner calls it; \"C++ reference\" is the code inside it, compiled with -O3 and called for bytes without Python. ")
	w.F("\"Without SIMD\" is Jaga built with the tag purego: Go alone, as it runs on processors for which there is no assembly.\n\n")
}

func jpegPart(w *report.Page, r *results) {
	w.F("## File to hash\n\n![Time from a JPEG file to its hash](img/bench-jpeg.svg)\n\n")
	w.F("Jaga hashes a JPEG file in two tiers. The first goes from the coefficients straight to the hash, without pixels; its hash may differ by some bits, so banks are asked with a margin, and only for files that then find something is the picture decoded and hashed. The second tier gives the same hashes as threatexchange with Pillow, which is checked here. ")
	w.F("Nearly all files find nothing, so the first tier is what a file costs. ")
	var full []string
	for _, s := range jpegSizes {
		m := r.named("jpeg " + s.String())
		if v := m.ratio("threatexchange", "full"); v > 0 {
			full = append(full, fmt.Sprintf("%s at %s", factor(v), sides(s)))
		}
	}
	if len(full) > 0 {
		w.F("The second tier alone, in Go with all pixels, is faster than threatexchange by %s. ", strings.Join(full, ", "))
	}
	w.F("The files are baseline, 4:2:0, quality %d; reading them is in the times of the hashing sides, and not in that of libjpeg-turbo's decoding, which starts in memory.\n\n", jpegQuality)
}

func indexPart(w *report.Page, r *results) {
	w.F("## Finding\n\n![Time of one search against the number of hashes](img/bench-index.svg)\n\n")
	w.F("| millions of hashes | side | a search | building | memory a hash |\n|--:|---|--:|--:|--:|\n")
	names := map[string]string{"jaga": "Jaga", "flat": "FAISS IndexBinaryFlat", "multi": "FAISS IndexBinaryMultiHash"}
	for _, millions := range []int{1, 10, 100} {
		m := r.named(fmt.Sprintf("index %d", millions))
		for _, side := range []string{"jaga", "flat", "multi"} {
			if m.median(side) == 0 {
				continue
			}
			memory := m.fact("bytes " + side)
			if side == "jaga" {
				memory = m.fact("counted jaga")
			}
			w.F("| %d | %s | %s | %s | %.0f bytes |\n", millions, names[side], duration(m.median(side)), duration(m.fact("build "+side)*float64(millions)*1e6), memory)
		}
	}
	w.F("\nRadius %d, one query at a time. Every hit and distance of the compared queries was the same in all indexes, of which IndexBinaryFlat compares with every hash: recall is 1.000. ", radius)
	compared, found := 0.0, 0.0
	for _, m := range r.Cases {
		compared += m.fact("compared")
		found += m.fact("found")
	}
	w.F("%s answers of FAISS were compared, %s of them with hits. ", report.Thousands(int(compared)), report.Thousands(int(found)))
	w.F("The hashes are made: two in three are 256 random bits, one in three is a near-duplicate, by 0 to 40 turned bits, of one of the thousand before it, so that clusters form as lists have them. Half the queries lie within 27 turned bits of a hash, half are random. ")
	w.F("IndexBinaryMultiHash has 16 tables of 16 bits and looks up keys with one bit turned, as threatexchange builds it for Hasher-Matcher-Actioner, without the Python around it.\n\n")
	w.F("Jaga's memory is what the index counts of its own arrays: codes, numbers, places, and directories; the process grew by %s a hash at 10 million. FAISS's is by how much the process grew. ", bytesEach(r.named("index 10").fact("bytes jaga")))
	if m := r.named("index 10"); m.fact("first build jaga") > 0 {
		w.F("The time of building is the median of three in one process; the first took %s, since it also waits for the system to hand out memory. ", duration(m.fact("first build jaga")*1e7))
	}
	if m := r.named("index 10"); m.median("batch") > 0 {
		w.F("At 10 million, 256 queries asked together take %s each; with 10,000 insertions not yet folded into the index, a search takes %s. ", duration(m.median("batch")), duration(m.median("pending")))
	}
	w.F("FAISS's multi-hash index has no deletion.\n\n")
}

func filmsPart(w *report.Page, r *results) {
	m := r.named("film")
	if m == nil {
		return
	}
	w.F("## Films\n\n| every frame of a film of 720p | a film of %s frames | frames a second |\n|---|--:|--:|\n", thousands(m.fact("frames")))
	for _, side := range [][2]string{{"decode", "ffmpeg's decoding alone (`-f null`)"}, {"luma", "Jaga, hashing luma as the film stores it"}, {"accurate", "Jaga, hashing accurately converted colours"}, {"vpdq", "vpdq " + m.With["vpdq"]}} {
		if ns := m.median(side[0]); ns > 0 {
			w.F("| %s | %s | %s |\n", side[1], duration(ns), thousands(m.fact("frames")*1e9/ns))
		}
	}
	w.F("\nThe films are ffmpeg's own pictures that move, encoded as H.264; decoding is that of ffmpeg %s on all sides, and every side uses as many processors as it likes. Jaga's times hold starting ffmpeg and ffprobe in their jails; ffmpeg then leaves out the smoothing of frames that predict from both sides ([what that changes](video.md#agreement)), which is how it can take less time than decoding alone. ", m.With["ffmpeg"])
	if m.median("vpdq") > 0 {
		w.F("Hashes of the same frame differ by how colours are converted: those of luma by %.0f bits at the median and %.0f at most from vpdq's, the accurate ones by %.0f and %.0f; up to 31 match. [How they agree with the published samples](video.md#agreement). ",
			m.fact("median bits luma"), m.fact("most bits luma"), m.fact("median bits accurate"), m.fact("most bits accurate"))
	}
	w.F("Unless it is asked for every frame, Jaga hashes one a second, accurately, and costs next to nothing beside decoding.\n\n")
}

func restPart(w *report.Page, r *results) {
	w.F("## Lists and folders\n\n")
	if m := r.named("import"); m.median("import") > 0 {
		w.F("* A whole import of a list of a million PDQ hashes into a bank on SQLite (reading the list, finding what is there twice, storing durably, building the index, writing its snapshot) takes in %s rows a second; storing rows of that shape alone, without anything else, %s. It may use both cores: reading runs beside storing.\n",
			thousands(rate(m.median("import"))), thousands(rate(m.median("rows"))))
	}
	if m := r.named("scan"); m.median("scan") > 0 {
		w.F("* `jaga scan` of a folder of 400 JPEG files keeps %s of the rate of a bare loop that opens and measures the same files with as many workers: %s and %s files a second. Walking the folder, comparing with a list, keeping order and printing is the difference.\n",
			share(m.ratio("loop", "scan")), thousands(rate(m.median("scan"))), thousands(rate(m.median("loop"))))
	}
	w.F("\n")
}

func method(w *report.Page, r *results) {
	w.F("## How it was measured\n\n")
	w.F("* On %s, %s. ", r.Machine.Machine, r.Machine.System)
	dates := map[string]bool{}
	for _, m := range r.Cases {
		dates[m.Date] = true
	}
	w.F("Measured on %s. The cores are virtual, shared with strangers and noisy: times vary by a third from one minute to the next. The ratios vary less, because both sides took turns, A B A B, and each ratio is taken within its own turn; the table gives the median and the extremes. The last runs gave both sides a raised priority.\n", strings.Join(slices.Sorted(maps.Keys(dates)), ", "))
	var versions []string
	for _, name := range slices.Sorted(maps.Keys(r.Machine.Versions)) {
		versions = append(versions, name+" "+r.Machine.Versions[name])
	}
	if len(versions) > 0 {
		w.F("* Beside it: %s.\n", strings.Join(versions, "; "))
	}
	w.F("* One thread on each side (GOMAXPROCS 1, OMP_NUM_THREADS 1), except for the import and the scan. Each side times its own work; starting processes and reading inputs beforehand is not in it. Jaga's garbage collection is.\n")
	w.F("* The pictures are made by internal/testpic, from seeds: the same on every machine. Photographs differ in how well they compress and in how many need the exact path.\n")
	w.F("* Ratios carry over to other machines better than times do. They are no promise: measure on yours.\n\n")
	w.F("To measure again, with Python 3 and a C++ compiler at hand:\n\n")
	w.F("```text\nmake bench-peers                            # sets up the peers, measures, writes this page\n")
	w.F("go run ./bench -codes 100 -only \"index 100\"  # 100 million hashes; needs %d GiB\n```\n\n", needed)
	w.F("`bench/peers/setup` puts pdqhash, faiss-cpu, threatexchange, vpdq and Pillow under bench/peers/.venv and says what cannot be had; what is not there is left out and shown as not measured. ")
	w.F("Without libturbojpeg, Pillow's own decoding, which is libjpeg-turbo too, stands in for it. What was measured is kept, time for time, in bench/results.jsonl.\n\n")
	w.F("`make bench` runs the Go benchmarks instead. They need no peers: each has a plain Go baseline in the same run (`reference` in pdq is a transcription of the C++ code, `x-flat` in hamming a linear scan as FAISS's flat index does it, `loop` of the scan the bare loop). Their output is what benchstat compares.\n")
}
