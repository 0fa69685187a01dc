// Package eval measures detectors of conversations: it holds the official
// scorers of the public corpora, the baselines of others, and the statistics
// that every published number needs beside it.
//
// What is here:
//
//   - counts, precision, recall and F ([Counts]), curves ([PRCurve], [AUC]),
//     calibration ([Reliability], [FitIsotonic], [FitPlatt]);
//   - uncertainty ([ClopperPearson], [RuleOfThree], [Bootstrap]) and a split
//     that never puts one person on both sides ([Split]);
//   - early detection ([FLatency], [ERDE]);
//   - PAN-2012 ([PAN12Reader], [ScoreAuthors], [ScoreLines]) and PANC
//     ([PANCReader], [PANCRun]);
//   - labeled groups and the six aggregators of Roblox Sentinel
//     ([ReadGroups], [SentinelAggregators], [ScoreGroups]);
//   - single utterances with look-alikes ([ReadItems], [ScoreItems]).
//
// A number of this package says how well a detector does on one corpus. None
// of the corpora holds real offending against children, so recall on that
// stays unmeasured until somebody with licensed data measures it.
//
// # Text
//
// The text of a research corpus goes to the classifier and nowhere else: it
// is held in a [Text], which prints as its length, and no error quotes a
// line.
//
// # Unknown
//
// What was not measured is never reported as good. An item without an answer
// is counted as not answered, a speed without a single true positive says so,
// a line that could not be read is counted by its reader, and a score that is
// no number is an error.
//
// # Purity
//
// The package imports the standard library alone. It reads from readers that
// the caller opens and returns numbers: no files, no clock, no randomness but
// the generator whose seed the caller gives. Functions may be called at the
// same time; a reader or a run belongs to one goroutine.
package eval
