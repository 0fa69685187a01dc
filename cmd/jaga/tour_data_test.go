//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"net/http"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/testpic"
)

// tourColour stands in the picture of the tour and in no page of the console.
var tourColour = color.RGBA{255, 0, 255, 255}

// tourPicture is the drawn picture that the bank knows: a disc of the colour.
func tourPicture() *image.RGBA {
	m := testpic.Photo(7, 480, 360)
	for y := range 360 {
		for x := range 480 {
			if (x-240)*(x-240)+(y-180)*(y-180) < 110*110 {
				m.SetRGBA(x, y, tourColour)
			}
		}
	}
	return m
}

// tourWork is what came of what was handed in.
type tourWork struct {
	pictureCase, reportCase int64
	word                    string // of the report
}

// handIn does what a platform does, over the API: fills a bank, and hands in
// pictures, a conversation and a report.
func (tr *tour) handIn() (w tourWork) {
	v := tr.v
	v.must(http.MethodPost, "/v1/banks", "application/json", strings.NewReader(`{"name":"KNOWN_MATERIAL"}`))
	known := tourPicture()
	file := testpic.PNG(known)
	entry, kind := multipartOf(map[string]string{"source": "hotline"}, "picture.png", bytes.NewReader(file))
	v.must(http.MethodPost, bankPath("KNOWN_MATERIAL", "entries"), kind, entry)
	for i, p := range []struct {
		ref, account string
		file         []byte
	}{
		{"upload-4711", "acc-31", file},
		{"upload-4712", "acc-31", testpic.JPEG(known, 70)}, // saved again
		{"upload-4713", "acc-58", testpic.JPEG(testpic.Photo(90, 480, 320), 80)},
		{"upload-4714", "acc-77", testpic.PNG(testpic.Flat(320, 240, color.RGBA{120, 150, 160, 255}))},
		{"upload-4715", "acc-58", testpic.JPEG(testpic.Card(91, 480, 320), 80)},
	} {
		body, kind := multipartOf(map[string]string{"ref": p.ref, "author": p.account}, fmt.Sprintf("%d.png", i), bytes.NewReader(p.file))
		v.must(http.MethodPost, "/v1/items", kind, body)
	}
	tr.talk()
	words := map[string]string{"en": "Keeps asking how old I am. Please look at the practice group.", "id": "Terus bertanya umur saya. Tolong lihat grup latihan."}[tr.lang]
	w.word = map[string]string{"en": "practice", "id": "latihan"}[tr.lang]
	report, err := json.Marshal(map[string]any{"id": "report-88", "account": "acc-64", "reporter": "acc-9", "form": "not_sure", "child_safe": "unknown", "text": words, "language": tr.lang})
	if err != nil {
		tr.T.Fatal(err)
	}
	var answer struct {
		Case int64 `json:"case"`
	}
	tr.read(v.must(http.MethodPost, "/v1/reports", "application/json", bytes.NewReader(report)), &answer)
	w.reportCase = answer.Case
	var list struct {
		Cases []struct {
			ID int64 `json:"id"`
		} `json:"cases"`
	}
	tr.read(v.must(http.MethodGet, "/v1/cases", "", nil), &list)
	w.pictureCase = 1 // the first that was opened
	if len(list.Cases) != 3 || w.reportCase == w.pictureCase {
		tr.T.Fatalf("%+v and case %d of the report came of what was handed in, want three cases", list, w.reportCase)
	}
	return w
}

// talk sends two conversations as people know them from leaflets: of the account
// of the pictures, and between two children.
func (tr *tour) talk() {
	at := func(minutes int) string {
		return time.Now().UTC().Add(time.Duration(minutes-90) * time.Minute).Format(time.RFC3339)
	}
	hello, secret := "see you at practice", "dont tell anyone"
	if tr.lang == "id" {
		hello, secret = "sampai jumpa di latihan", "jangan bilang siapa siapa ya"
	}
	tr.v.must(http.MethodPost, "/v1/messages", "application/json", strings.NewReader("["+strings.Join([]string{
		`{"conversation":"room-7","channel":"group","participants":[{"id":"acc-31","age_band":"adult","followers":900000},{"id":"acc-21","age_band":"13-15","age_confidence":0.9}]}`,
		`{"conversation":"room-7","id":"m1","from":"acc-31","to":"acc-21","at":"` + at(0) + `","text":"` + hello + `"}`,
		`{"conversation":"room-7","id":"m2","from":"acc-31","to":"acc-21","at":"` + at(2) + `","act":"gift","amount":5,"currency":"USD"}`,
		`{"conversation":"room-7","id":"m3","from":"acc-31","to":"acc-21","at":"` + at(3) + `","act":"G-11"}`,
		`{"conversation":"room-7","id":"m4","from":"acc-31","to":"acc-21","at":"` + at(4) + `","text":"` + secret + `"}`,
		`{"conversation":"room-7","id":"m5","from":"acc-21","to":"acc-31","at":"` + at(50) + `","act":"block"}`,
		`{"conversation":"class-8b","channel":"group","participants":[{"id":"acc-40","age_band":"13-15"},{"id":"acc-41","age_band":"13-15"}]}`,
		`{"conversation":"class-8b","id":"m1","from":"acc-40","to":"acc-41","at":"` + at(60) + `","text":"` + secret + `"}`,
		`{"conversation":"class-8b","id":"m2","from":"acc-40","to":"acc-41","at":"` + at(61) + `","act":"S-05"}`,
	}, ",")+"]"))
}

func (tr *tour) read(data []byte, into any) {
	tr.T.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		tr.T.Fatalf("%v in %s", err, data)
	}
}
