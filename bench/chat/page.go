package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/internal/report"
)

// The goals that the project set itself.
const (
	goalRecallEN  = 0.90
	goalRecallID  = 0.85
	goalFalseHits = 0.05
	goalLoss      = 5.0 // percentage points
	goalReview    = 1e-4
	goalPerSecond = 200_000
	goalPairBytes = 1024
	goalActs      = 10
)

func page(r *results) string {
	w := &report.Page{}
	w.F("# How well conversations are read\n\n")
	w.F("**Recall on real offending is unmeasured until somebody with licensed data runs it** (`jaga eval pan12`, `jaga eval panc`, or `jaga eval conversations` on cases that people have judged). ")
	w.F("What follows was measured on invented messages, on drawn sequences of acts without words, and on ordinary chat. It says how often Jaga is wrong about ordinary life, how early it sees what it is made to see, and how easily it is evaded. It does not say what share of offences it would find.\n\n")
	w.F("<!-- Written by bench/chat from its results; change it there. -->\n\n")
	goalsPart(w, r)
	itemsPart(w, r)
	evasionPart(w, r)
	chatsPart(w, r)
	skeletonsPart(w, r)
	mixedPart(w, r)
	groupsPart(w, r)
	corporaPart(w)
	speedPart(w, r)
	limitsPart(w, r)
	againPart(w, r)
	return w.Text()
}

// goal is one number that the project set itself, and what became of it.
type goal struct{ what, target, measured, met string }

func verdict(ok bool) string {
	if ok {
		return "met"
	}
	return "**missed**"
}

const notMeasured = "not measured"

func goals(r *results) []goal {
	var out []goal
	for _, g := range []struct {
		lang   string
		recall float64
	}{{"en", goalRecallEN}, {"id", goalRecallID}} {
		recall, wrong := goal{"recall on held-out messages, " + language(g.lang), fmt.Sprintf("≥ %.2f for each indicator", g.recall), "–", notMeasured}, goal{"look-alikes found wrongly, " + language(g.lang), "≤ 5 % for each indicator", "–", notMeasured}
		if l, ok := heldOut(r, g.lang); ok {
			low, high := below(l, g.recall, goalFalseHits)
			recall.measured = fmt.Sprintf("%.3f over all; %d of %d indicators below", l.Total.Recall.Value, len(low), counted(l, true))
			wrong.measured = fmt.Sprintf("%s over all; %d of %d indicators above", percent(l.Total.FalseHits.Value), len(high), counted(l, false))
			recall.met, wrong.met = verdict(len(low) == 0), verdict(len(high) == 0)
		}
		out = append(out, recall, wrong)
	}
	evasion := goal{"loss of recall under the worst evasion", "≤ 5 points", "–", notMeasured}
	if worst, ok := worstEvasion(r); ok {
		evasion.measured = fmt.Sprintf("%.1f points (%s)", worst.Loss, plain(worst.Name))
		evasion.met = verdict(worst.Loss <= goalLoss)
	}
	out = append(out, evasion)
	review, urgent := goal{"ordinary conversations in review or above, ages unknown", "≤ 1 in 10,000", "–", notMeasured}, goal{"ordinary conversations in urgent, ages unknown", "none", "–", notMeasured}
	if reached, of := ordinary(r, settings[0].name); of > 0 {
		review.measured = inWords(reached[1], of)
		review.met = verdict(float64(reached[1]) <= goalReview*float64(of))
		if reached[1] == 0 && 3/float64(of) > goalReview {
			review.met = "none seen, too few to say"
		}
		urgent.measured, urgent.met = inWords(reached[2], of), verdict(reached[2] == 0)
	}
	out = append(out, review, urgent)
	if s, ok := skeletonNamed(r, kinds[0].name); ok {
		b := s.Bands[2]
		out = append(out, goal{"drawn sextortion reaches urgent within 5 messages or 2 minutes", "all", fmt.Sprintf("%s; median %s messages, %s s", percent(float64(b.InTime.Hits)/float64(s.Conversations)), report.Num(b.Messages.Median), report.Num(b.Seconds.Median)), verdict(b.InTime.Hits == s.Conversations)})
	}
	if s, ok := skeletonNamed(r, kinds[2].name); ok {
		b := s.Bands[1]
		out = append(out, goal{"drawn grooming reaches review", "median within 10 acts", fmt.Sprintf("median %s acts; %s reach it", report.Num(b.Acts.Median), percent(b.Reached.Value)), verdict(b.Reached.Value > .5 && b.Acts.Median <= goalActs)})
	}
	if r.Mixed != nil && r.Mixed.Report.Calibration != nil {
		c := r.Mixed.Report.Calibration
		out = append(out, goal{"calibration of the bands, on drawn and ordinary conversations", "ECE ≤ 0.05", fmt.Sprintf("%.3f", c.ECE), verdict(c.ECE <= 0.05)})
	}
	if len(r.Groups) > 0 {
		best := 0
		for _, g := range r.Groups {
			if ours, theirs := g.ours(); ours.AUC >= theirs.AUC {
				best++
			}
		}
		out = append(out, goal{"AUC of our way to add scores up against the best of Sentinel's six", "at least equal in every regime", fmt.Sprintf("in %d of %d", best, len(r.Groups)), verdict(best == len(r.Groups))})
	}
	if s := r.Speed; s != nil {
		out = append(out,
			goal{"ordinary messages observed, one core", "≥ 200,000 a second", report.Thousands(round3(s.PerSecond)), verdict(s.PerSecond >= goalPerSecond)},
			goal{"memory of an ordered pair without evidence", "≤ 1,024 bytes", report.Thousands(int(s.Quiet)) + " bytes", verdict(s.Quiet <= goalPairBytes)},
			goal{"an ordered pair with much evidence, written down", "≤ 1,024 bytes", report.Thousands(int(s.Kept)) + " bytes", verdict(s.Kept <= goalPairBytes)},
			goal{"allocations for a message in which nothing is found", "none", fmt.Sprintf("%.2f", s.Unhit), verdict(s.Unhit < 0.005)})
	}
	return append(out, goal{"PAN-2012 and PANC", "F0.5 ≥ 0.85; F-latency ≥ 0.40", "ready to be run; licensed data needed", notMeasured})
}

func goalsPart(w *report.Page, r *results) {
	all := goals(r)
	w.F("| | target | measured | |\n|---|---|---|---|\n")
	missed, met := 0, 0
	for _, g := range all {
		w.F("| %s | %s | %s | %s |\n", g.what, g.target, g.measured, g.met)
		switch g.met {
		case "met":
			met++
		case "**missed**":
			missed++
		}
	}
	w.F("\n%d of %d targets are met, %d are missed, %d were not, or not enough, measured. All intervals below are 95 %%, Clopper–Pearson unless it says otherwise.\n\n", met, len(all), missed, len(all)-met-missed)
}

func itemsPart(w *report.Page, r *results) {
	w.F("## Single messages\n\n")
	w.F("Each indicator has short messages that show it, of the kind that leaflets print, and beside each a twin that looks like it and is harmless. Nothing sexual is among them: such content occurs only as an outside classifier's score. ")
	held := false
	for _, s := range r.Items {
		held = held || s.HeldOut
	}
	if held {
		w.F("The held-out messages were written by somebody who did not write the packs and did not see them; the packs' authors did not see the messages. The others stood beside the packs while they were written, so on them a high recall says little. ")
	} else {
		w.F("Only messages that stood beside the packs while they were written were measured so far; on those a high recall says little. ")
	}
	w.F("\"Text only\" is the recall when nothing is known of who speaks to whom. Messages of one family resemble each other, so the true intervals are wider.\n\n")
	w.F("| messages | language | recall | interval | text only | look-alikes found wrongly | interval | families |\n|---|---|--:|---|--:|--:|---|--:|\n")
	for _, s := range r.Items {
		for i, l := range s.Report.Languages {
			kind := "beside the packs"
			if s.HeldOut {
				kind = "**held out**"
			}
			t := l.Total
			w.F("| %s | %s | %s (%d of %d) | %s | %s | %s (%d of %d) | %s | %d + %d |\n", kind, language(l.Lang), percent(t.Recall.Value), t.Recall.Hits, t.Recall.Of, interval(t.Recall),
				percent(s.TextOnly.Languages[i].Total.Recall.Value), percent(t.FalseHits.Value), t.FalseHits.Hits, t.FalseHits.Of, interval(t.FalseHits), t.PositiveFamilies, t.LookalikeFamilies)
		}
	}
	w.F("\n")
	for _, g := range []struct {
		lang   string
		recall float64
	}{{"en", goalRecallEN}, {"id", goalRecallID}} {
		l, ok := heldOut(r, g.lang)
		if !ok {
			continue
		}
		w.F("![Recall by indicator on held-out messages, %s](img/detection-items-%s.svg)\n\n", language(g.lang), g.lang)
		low, high := below(l, g.recall, goalFalseHits)
		if len(low) > 0 {
			var names []string
			for _, x := range low {
				names = append(names, fmt.Sprintf("%s %d of %d", x.Indicator, x.Recall.Hits, x.Recall.Of))
			}
			w.F("Below the goal in %s: %s. ", language(g.lang), strings.Join(names, ", "))
		}
		if len(high) > 0 {
			var names []string
			for _, x := range high {
				names = append(names, fmt.Sprintf("%s %d of %d", x.Indicator, x.FalseHits.Hits, x.FalseHits.Of))
			}
			w.F("Look-alikes found too often in %s: %s. ", language(g.lang), strings.Join(names, ", "))
		}
		if len(low)+len(high) > 0 {
			w.F("\n\n")
		}
	}
}

func evasionPart(w *report.Page, r *results) {
	sets := evaded(r)
	if len(sets) == 0 {
		return
	}
	w.F("## Evasion\n\n")
	w.F("The same messages, each written so as to get past a filter and still be read by a person. The loss is in percentage points of the recall over all indicators.\n\n")
	w.F("| | what is done |")
	for _, s := range sets {
		w.F(" %s: recall | loss | found wrongly |", language(s.Report.Languages[0].Lang))
	}
	w.F("\n|---|---|%s\n", strings.Repeat("--:|--:|--:|", len(sets)))
	for i, m := range sets[0].Mutations {
		w.F("| %s | %s |", plain(m.Name), m.About)
		for _, s := range sets {
			x := s.Mutations[i]
			loss := fmt.Sprintf("%.1f", x.Loss)
			if x.Loss > goalLoss {
				loss = "**" + loss + "**"
			}
			w.F(" %s | %s | %s |", percent(x.Recall.Value), loss, percent(x.FalseHits.Value))
		}
		w.F("\n")
	}
	w.F("\n")
}

func chatsPart(w *report.Page, r *results) {
	w.F("## Ordinary chat\n\n")
	if len(r.Chats) == 0 {
		w.F("Not measured.\n\n")
		return
	}
	w.F("Openly licensed collections, read in place; no text of them is here. Half of the conversations of each could be used for tuning; these numbers are of the other half, though many people are in both. ")
	w.F("An alert is a finding of one account towards another. Two settings: ages unknown, as they are in the collections, and, as the hardest one, one side taken for an adult and the other for a child of 13 to 15, when evidence counts in full. Nobody is known to have done anything in these conversations, so every alert counts as false.\n\n")
	w.F("![Ordinary conversations by the band they reach](img/detection-chat.svg)\n\n")
	w.F("| collection | setting | conversations | messages | people | observe or above | review or above | at most (95 %%) | urgent | at most (95 %%) |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range r.Chats {
		w.F("| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", title(c), c.Setting, report.Thousands(c.Conversations), report.Thousands(c.Messages), people(c),
			reachedCell(c.Bands[0]), reachedCell(c.Bands[1]), percent(c.Bands[1].Upper), reachedCell(c.Bands[2]), percent(c.Bands[2].Upper))
	}
	w.F("\nAlerts for each 10,000 messages, with the interval of a bootstrap that draws whole people (1,000 times), since the messages of one person resemble each other:\n\n")
	w.F("| collection | setting | observe or above | interval | review or above | interval | urgent | people under review |\n|---|---|--:|---|--:|---|--:|--:|\n")
	for _, c := range r.Chats {
		if c.About.Single {
			continue
		}
		o, v, u := c.Bands[0], c.Bands[1], c.Bands[2]
		w.F("| %s | %s | %.2f | %.2f to %.2f | %.2f | %.2f to %.2f | %.2f | %d of %s |\n", title(c), c.Setting, o.Per10k, o.Bootstrap.Low, o.Bootstrap.High, v.Per10k, v.Bootstrap.Low, v.Bootstrap.High, u.Per10k, v.Persons.Hits, report.Thousands(v.Persons.Of))
	}
	w.F("\n")
	for _, c := range r.Chats {
		if c.Setting != settings[0].name || c.About.Single || c.Messages < 10_000 {
			continue
		}
		var names []string
		sorted := slices.Clone(c.Indicators)
		slices.SortStableFunc(sorted, func(a, b chatCount) int { return b.Messages - a.Messages })
		for _, x := range sorted[:min(12, len(sorted))] {
			names = append(names, fmt.Sprintf("%s %.1f", x.Indicator, x.Per10k))
		}
		w.F("Most often found in %s, in messages of 10,000: %s.\n\n", c.Name, strings.Join(names, ", "))
	}
	licences := map[string]bool{}
	var list []string
	for _, c := range r.Chats {
		if key := c.About.Title; !licences[key] {
			licences[key] = true
			list = append(list, fmt.Sprintf("%s: %s (%s, %s)", c.Name, c.About.Title, language(c.About.Language), c.About.Licence))
		}
	}
	w.F("Collections: %s.\n\n", strings.Join(list, "; "))
}

func skeletonsPart(w *report.Page, r *results) {
	if len(r.Skeletons) == 0 {
		return
	}
	w.F("## Drawn sequences of acts\n\n")
	w.F("No persuasive text exists anywhere in this project. What harm looks like over time is drawn from a seed as abstract acts with times, %s conversations of each kind: \"asks for secrecy\", \"sets a deadline\". That they are found is less telling than when, for they are made of the indicators themselves. Acts, messages and seconds count from the account's first sign of the harm.\n\n", report.Thousands(r.Skeletons[0].Conversations))
	w.F("![Share of drawn conversations that reached the band](img/detection-tempo.svg)\n\n")
	w.F("| kind | band | reach it | acts, median | nine in ten | messages, median | nine in ten | time, median | nine in ten |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range r.Skeletons {
		if s.Goal == "" {
			continue
		}
		for _, b := range s.Bands[1:] {
			if b.Reached.Hits == 0 {
				w.F("| %s | %s | none | – | – | – | – | – | – |\n", s.Kind, b.Band)
				continue
			}
			w.F("| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", s.Kind, b.Band, percent(b.Reached.Value), report.Num(b.Acts.Median), report.Num(b.Acts.P90),
				report.Num(b.Messages.Median), report.Num(b.Messages.P90), span(b.Seconds.Median), span(b.Seconds.P90))
		}
	}
	w.F("\n")
	for _, s := range r.Skeletons {
		if s.Goal != "" {
			w.F("* %s: %s.", upper(s.Kind), s.About)
			if strings.HasPrefix(s.Goal, "urgent") {
				b := s.Bands[2]
				w.F(" Within 5 messages or 2 minutes in urgent: %s.", percent(float64(b.InTime.Hits)/float64(s.Conversations)))
			}
			w.F("\n")
		}
	}
	w.F("\nOrdinary life with acts that resemble signs:\n\n| kind | what occurs | observe or above | review or above | urgent |\n|---|---|--:|--:|--:|\n")
	for _, s := range r.Skeletons {
		if s.Goal == "" {
			w.F("| %s | %s | %s | %s | %s |\n", s.Kind, s.About, percent(s.Bands[0].Reached.Value), reached(s.Bands[1].Reached), reached(s.Bands[2].Reached))
		}
	}
	w.F("\n")
}

// mixedPart says how true a probability is that is learned from the bands.
func mixedPart(w *report.Page, r *results) {
	if r.Mixed == nil {
		return
	}
	x := r.Mixed.Report
	w.F("## Calibration\n\n")
	w.F("The ordinary conversations above with %s drawn sequences among them, nothing known of ages anywhere. ", report.Thousands(r.Mixed.Drawn))
	if x.AUC != nil {
		w.F("The highest band alone tells them apart with an AUC of %.3f and an average precision of %.3f. ", *x.AUC, *x.AveragePrecision)
	}
	for _, b := range x.Bands[1:] {
		w.F("In %s: F1 %.3f, F-latency %.3f (p = %.5f), ERDE 5 %.3f, ERDE 50 %.3f. ", b.Band, b.F1, b.Latency.FLatency, b.Latency.P, b.ERDE5.Mean, b.ERDE50.Mean)
	}
	c := x.Calibration
	if c == nil {
		w.F("No probability could be learned: %s.\n\n", x.WhyNot)
		return
	}
	w.F("A probability learned from the bands (isotonic regression) on %s of the conversations and measured on the other %s has an expected calibration error of %.3f over %d bins and a Brier score of %.3f. ", report.Thousands(c.Fitted), report.Thousands(c.Cases), c.ECE, len(c.Bins), c.Brier)
	w.F("It holds for this mixture alone. On a service, where one pair in many thousands is dangerous, the same band means far less; and the drawn sequences are easier than life.\n\n")
	w.F("![Probabilities learned from the bands, and what came true](img/detection-reliability.svg)\n\n")
	w.F("| probability | conversations | mean | drawn among them | interval |\n|---|--:|--:|--:|---|\n")
	for _, b := range c.Bins {
		if b.Cases > 0 {
			w.F("| %.1f to %.1f | %s | %.3f | %s | %s |\n", b.From, b.To, report.Thousands(b.Cases), b.MeanScore, percent(b.Positives.Value), interval(b.Positives))
		}
	}
	w.F("\n")
}

func groupsPart(w *report.Page, r *results) {
	if len(r.Groups) == 0 {
		return
	}
	w.F("## Adding scores up\n\n")
	w.F("Roblox Sentinel makes one number of the scores of a source's messages in six ways. Here are they, written anew from their definitions, beside Jaga's on the same drawn scores, with Sentinel's own least score of 0.1. Jaga's, called evidence: a score s adds s²/(s + 0.5), what was added fades with a half-life of 50 messages, the highest sum m counts, and the result is 1.5 · m/(m + 0.5). `jaga eval labeled-groups` does the same for your scores.\n\n")
	w.F("| AUC |")
	for _, a := range r.Groups[0].Aggregators {
		w.F(" %s |", plain(a.Name))
	}
	w.F("\n|---|%s\n", strings.Repeat("--:|", len(r.Groups[0].Aggregators)))
	for _, g := range r.Groups {
		ours, theirs := g.ours()
		w.F("| %s |", g.Name)
		for _, a := range g.Aggregators {
			cell := fmt.Sprintf("%.3f", a.AUC)
			if a.AUC >= max(ours.AUC, theirs.AUC) {
				cell = "**" + cell + "**"
			}
			w.F(" %s |", cell)
		}
		w.F("\n")
	}
	w.F("\n| recall at 1 %% found wrongly |")
	for _, a := range r.Groups[0].Aggregators {
		w.F(" %s |", plain(a.Name))
	}
	w.F("\n|---|%s\n", strings.Repeat("--:|", len(r.Groups[0].Aggregators)))
	for _, g := range r.Groups {
		w.F("| %s |", g.Name)
		for _, a := range g.Aggregators {
			w.F(" %.2f |", a.Recall.Value)
		}
		w.F("\n")
	}
	w.F("\n")
	for _, g := range r.Groups {
		w.F("* %s: %s.\n", upper(g.Name), g.About)
	}
	w.F("\nThe scores are drawn from simple laws that we chose, so this shows what the ways do with the same input, and nothing about either detector on real talk. Half of the %s groups of a regime have the label 1.\n\n", report.Thousands(r.Groups[0].Groups))
}

func corporaPart(w *report.Page) {
	w.F("## Research corpora\n\n")
	w.F("PAN-2012 and PANC are given to researchers on request and were not used: no number of theirs is here. The scorers are the official ones; `jaga eval pan12 --vectors` computes the five published results of PAN-2012's first task from their counts to all four digits. Whoever may use the corpora runs `jaga eval pan12 DIR` and `jaga eval panc DIR`; only counts come out. Their positives are adult decoys, so even then recall on real children's conversations stays open.\n\n")
}

func speedPart(w *report.Page, r *results) {
	s := r.Speed
	if s == nil {
		return
	}
	w.F("## Speed\n\n")
	w.F("Short ordinary messages in both languages, %.0f bytes on average, through `Observe`, %s conversations by turns, one goroutine:\n\n", s.BytesText, report.Thousands(speedConversations))
	low, high := slices.Min(s.Rounds), slices.Max(s.Rounds)
	w.F("* %s messages a second (median of %d rounds; %s to %s).\n", report.Thousands(round3(s.PerSecond)), len(s.Rounds), report.Thousands(round3(low)), report.Thousands(round3(high)))
	w.F("* One message: median %.1f µs, p99 %.1f µs, with the clock's own cost.\n", s.P50/1000, s.P99/1000)
	w.F("* Allocations in a conversation that runs already: %.2f for each message in which no rule is found (%s of these), %.2f over all.\n", s.Unhit, percent(s.Quietly), s.Allocations)
	w.F("* Memory for each ordered pair, with its share of the conversation: %s bytes without evidence, %s with twelve indicators in both directions; written down, the latter takes %s.\n", report.Thousands(int(s.Quiet)), report.Thousands(int(s.Busy)), report.Thousands(int(s.Kept)))
	w.F("* On %s. The cores are virtual and shared.\n\n", r.Machine)
}

func limitsPart(w *report.Page, r *results) {
	w.F("## What this does not show\n\n")
	w.F("* No conversation of a real offence was used, and no decoy's. The share of real cases that would be found is unknown.\n")
	w.F("* The messages are invented by few people. Real ones are longer, worse spelled, full of things that nobody thought of; expect a lower recall.\n")
	w.F("* The drawn sequences are made of indicators that are taken as found. From words to indicators there is a loss, which the first tables show.\n")
	if _, of := ordinary(r, settings[0].name); of > 0 {
		w.F("* %s ordinary conversations with nothing found would bound the rate at 1 in %s (the rule of three). A service with ten million active pairs needs far better, so measure on your own traffic before anybody relies on it. Students who talk to strangers for a study are not children who play or families who plan; no group chat of children and no live-stream chat could be had.\n", report.Thousands(of), report.Thousands(of/3))
	}
	w.F("* Indonesian ordinary talk could be had only as single posts and a few short dialogues, so how often Jaga is wrong about Indonesian conversations is hardly known.\n")
	w.F("* Posts and review sentences stand alone. They show which rules fire, not how a conversation adds up.\n")
	w.F("* Indicators that need payments, an outside classifier or the platform's own knowledge show in the drawn sequences only.\n")
	w.F("* The weights follow the catalogue's words for strength. Nothing was calibrated on real cases, so a band is an order of work and no probability.\n\n")
}

func againPart(w *report.Page, r *results) {
	w.F("## To measure again\n\n")
	w.F("```text\ngo run ./bench/chat                      # items, drawn sequences, groups, speed\n")
	w.F("go run ./bench/chat -chats FOLDER        # ordinary chat of your own, too\n")
	w.F("jaga eval items --mutate FILE            # your own messages with look-alikes\n")
	w.F("jaga eval conversations judged.jsonl     # conversations that people have judged\n```\n\n")
	w.F("FOLDER has a folder for each collection; bench/chat/readers.go lists the formats. What was measured is kept in bench/chat/results.json.")
	if r.Date != "" {
		w.F(" Measured on %s with %s.", r.Date, r.Detector)
	}
	w.F("\n")
}

// heldOut returns the result on held-out messages in a language.
func heldOut(r *results, lang string) (eval.LanguageReport, bool) {
	for _, s := range r.Items {
		for _, l := range s.Report.Languages {
			if s.HeldOut && l.Lang == lang {
				return l, true
			}
		}
	}
	return eval.LanguageReport{}, false
}

// evaded returns the sets whose evasions are shown: the held-out ones, or all
// when there are none.
func evaded(r *results) []itemSet {
	var held []itemSet
	for _, s := range r.Items {
		if s.HeldOut && len(s.Mutations) > 0 {
			held = append(held, s)
		}
	}
	if len(held) > 0 {
		return held
	}
	return slices.DeleteFunc(slices.Clone(r.Items), func(s itemSet) bool { return len(s.Mutations) == 0 })
}

func worstEvasion(r *results) (worst mutation, ok bool) {
	for _, s := range evaded(r) {
		for _, m := range s.Mutations {
			if !ok || m.Loss > worst.Loss {
				worst, ok = m, true
			}
		}
	}
	return worst, ok
}

// counted is how many indicators have messages, or look-alikes.
func counted(l eval.LanguageReport, recall bool) int {
	n := 0
	for _, x := range l.Indicators {
		if recall && x.Recall.Of > 0 || !recall && x.FalseHits.Of > 0 {
			n++
		}
	}
	return n
}

// ordinary adds up the collections of conversations in a setting.
func ordinary(r *results, setting string) (reached [3]int, of int) {
	for _, c := range r.Chats {
		if c.Setting != setting || c.About.Single {
			continue
		}
		of += c.Conversations
		for b := range reached {
			reached[b] += c.Bands[b].Conversations.Hits
		}
	}
	return reached, of
}

func skeletonNamed(r *results, kind string) (skeletonSet, bool) {
	for _, s := range r.Skeletons {
		if s.Kind == kind {
			return s, true
		}
	}
	return skeletonSet{}, false
}

// ours returns Jaga's result and the best of the others.
func (g groupRegime) ours() (ours, best groupResult) {
	for _, a := range g.Aggregators {
		if a.Name == "evidence" {
			ours = a
		} else if a.AUC > best.AUC {
			best = a
		}
	}
	return ours, best
}

func title(c chatSet) string {
	if c.About.Single {
		return c.Name + " (single messages)"
	}
	return c.Name
}

func people(c chatSet) string {
	if c.About.Single {
		return "–"
	}
	return report.Thousands(c.Persons)
}

func reachedCell(b chatBand) string { return reached(b.Conversations) }

func reached(r eval.Rate) string {
	if r.Hits == 0 {
		return "none"
	}
	return fmt.Sprintf("%s (%s)", report.Thousands(r.Hits), percent(r.Value))
}

func inWords(hits, of int) string {
	if hits == 0 {
		return fmt.Sprintf("none of %s", report.Thousands(of))
	}
	return fmt.Sprintf("%s of %s, 1 in %s", report.Thousands(hits), report.Thousands(of), report.Thousands(of/hits))
}

func interval(r eval.Rate) string {
	return percent(r.Interval.Low) + " to " + percent(r.Interval.High)
}

func percent(v float64) string {
	switch {
	case v == 0 || v == 1:
		return fmt.Sprintf("%.0f %%", 100*v)
	case v < 0.001:
		return fmt.Sprintf("%.2g %%", 100*v)
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

// span prints a time in the unit that fits.
func span(seconds float64) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 2*3600:
		return fmt.Sprintf("%.0f min", seconds/60)
	case seconds < 2*86400:
		return fmt.Sprintf("%.0f h", seconds/3600)
	}
	return fmt.Sprintf("%.1f days", seconds/86400)
}

func language(tag string) string {
	switch tag {
	case "en":
		return "English"
	case "id":
		return "Indonesian"
	}
	return tag
}

func plain(name string) string { return strings.ReplaceAll(name, "_", " ") }

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// round3 rounds to three digits that mean something.
func round3(v float64) int {
	unit := math.Pow(10, max(0, math.Floor(math.Log10(max(v, 1)))-2))
	return int(math.Round(v/unit) * unit)
}
