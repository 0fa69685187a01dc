package eval

import (
	"fmt"
	"math"
)

// The official metrics of PAN-2012 (Inches and Crestani, CLEF 2012): task 1
// weighs precision, task 2 recall.
const (
	PAN12Task1Beta = 0.5
	PAN12Task2Beta = 3
)

// AuthorScore is a result of task 1: name the predators among all authors.
type AuthorScore struct {
	Counts    Counts   `json:"counts"`
	Precision float64  `json:"precision"`
	Recall    float64  `json:"recall"`
	F05       float64  `json:"f0.5"` // the official metric
	F1        float64  `json:"f1"`
	FPR       *float64 `json:"fpr"`               // nil when nobody counted all authors
	Threshold *float64 `json:"threshold"`         // nil when the set was given
	AP        *float64 `json:"average_precision"` // nil when the set was given
	// TruthUnseen counts authors of the truth who got no score, and so were
	// overlooked: a sign of files that do not belong together.
	TruthUnseen int `json:"truth_unseen"`
}

// ScoreAuthors scores a retrieved set. authors is the number of all authors of
// the corpus, for the false positive rate; 0 when nobody counted them. It
// fails when that is fewer than the sets name.
func ScoreAuthors(retrieved, truth Set[string], authors int) (AuthorScore, error) {
	c := Compare(retrieved, truth)
	if authors != 0 {
		var err error
		if c, err = c.WithTotal(authors); err != nil {
			return AuthorScore{}, fmt.Errorf("scoring authors: %w", err)
		}
	}
	s := AuthorScore{Counts: c, Precision: c.Precision(), Recall: c.Recall(), F05: c.F(PAN12Task1Beta), F1: c.F(1)}
	if c.FP+c.TN > 0 && authors != 0 {
		fpr := c.FPR()
		s.FPR = &fpr
	}
	return s, nil
}

// ScoreAuthorRanking scores a score for every author of the corpus, of which
// those of at least threshold are retrieved. Authors of the truth without a
// score count as overlooked, and come last in the average precision.
func ScoreAuthorRanking(scores map[string]float64, truth Set[string], threshold float64) (AuthorScore, error) {
	retrieved := Set[string]{}
	cases := make([]Scored, 0, len(scores))
	for author, score := range scores {
		if math.IsNaN(score) {
			return AuthorScore{}, fmt.Errorf("scoring authors: author %q: the score is not a number", author)
		}
		if score >= threshold {
			retrieved[author] = struct{}{}
		}
		cases = append(cases, Scored{score, truth.Has(author)})
	}
	unseen := 0
	for author := range truth {
		if _, ok := scores[author]; !ok {
			unseen++
		}
	}
	s, err := ScoreAuthors(retrieved, truth, len(scores)+unseen)
	if err != nil {
		return s, err
	}
	s.Threshold, s.TruthUnseen = &threshold, unseen
	if len(truth) == 0 {
		return s, nil
	}
	var ap float64
	if unseen < len(truth) {
		if _, ap, err = PRCurve(cases); err != nil {
			return s, fmt.Errorf("scoring authors: %w", err)
		}
		// The curve is over the positives it was given.
		ap *= ratio(len(truth)-unseen, len(truth))
	}
	s.AP = &ap
	return s, nil
}

// LineScore is a result of task 2: name the lines most distinctive of the
// behaviour.
type LineScore struct {
	Counts    Counts  `json:"counts"` // without TN
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F3        float64 `json:"f3"` // the official metric
	F1        float64 `json:"f1"`
}

// ScoreLines scores a retrieved set of lines.
func ScoreLines(retrieved, truth Set[LineRef]) LineScore {
	c := Compare(retrieved, truth)
	return LineScore{Counts: c, Precision: c.Precision(), Recall: c.Recall(), F3: c.F(PAN12Task2Beta), F1: c.F(1)}
}
