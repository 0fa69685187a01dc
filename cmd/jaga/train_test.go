package main

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/model"
)

func sampleReport() *model.Report {
	r := &model.Report{
		Model: strings.Repeat("ab", 32), AveragePrecision: 0.75, Threshold: 0.5,
		Precision: eval.NewRate(3, 4), Recall: eval.NewRate(3, 5), FPR: eval.NewRate(0, 20),
		Curve:    []eval.PRPoint{{Threshold: 0.9, TP: 1, Precision: 1, Recall: 0.2}, {Threshold: 0.1, TP: 5, FP: 20, Precision: 0.2, Recall: 1}},
		ERDE:     []eval.EarlyRisk{eval.ERDE(nil, 5)},
		Rarer:    []model.Rarer{{Prevalence: 1e-4, Measured: 1, Least: 0.004}},
		Warnings: []string{"a note with <b>signs</b> & more"},
	}
	r.Info.Indicators = `packs "<x>"`
	r.Info.Test = model.Part{Conversations: 25, Positives: 5}
	r.Conversations.Bins, _, _ = eval.Reliability([]eval.Scored{{Score: 0.95, Positive: true}, {Score: 1}, {Score: 0}}, 10)
	return r
}

func TestTrainPage(t *testing.T) {
	t.Parallel()
	page := string(trainPage(sampleReport()))
	for _, want := range []string{
		"a note with &lt;b&gt;signs&lt;/b&gt; &amp; more", "packs &#34;&lt;x&gt;&#34;", "1 in 10,000", "0.4 %", "F-latency 0 (p = 0",
		"Recall on real offending is unmeasured", `lang="id"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, unwanted := range []string{"<b>", "http", "<script", "%!", "NaN"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("the page has %q", unwanted)
		}
	}
}

// TestTrainPagePictures takes the plots out of the page and reads them.
func TestTrainPagePictures(t *testing.T) {
	t.Parallel()
	page := trainPage(sampleReport())
	all := regexp.MustCompile(`base64,([^"]+)"`).FindAllSubmatch(page, -1)
	if len(all) != 3 {
		t.Fatalf("%d pictures, want the curve and two of reliability", len(all))
	}
	for i, m := range all {
		svg, err := base64.StdEncoding.DecodeString(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		dots := bytes.Count(svg, []byte("<circle"))
		if want := []int{1, 2, 0}[i]; dots != want {
			t.Errorf("picture %d has %d dots, want %d", i, dots, want)
		}
		for dec := xml.NewDecoder(bytes.NewReader(svg)); ; {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("picture %d: %v", i, err)
			}
		}
	}
}
