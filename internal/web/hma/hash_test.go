package hma_test

import (
	"crypto/md5"
	"encoding/hex"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/web/hma"
	"github.com/jaga-project/jaga/pdq"
)

func TestHashFile(t *testing.T) {
	t.Parallel()
	want, err := pdq.Sum(pdq.FromStd(testpic.Photo(7, 160, 120)))
	if err != nil {
		t.Fatal(err)
	}
	sum := md5.Sum([]byte(photo(7).data))
	digest := hex.EncodeToString(sum[:])
	each(t, nil, func(t *testing.T, c *client) {
		c.form("/h/hash", photo(7)).is(t, 200, `{"pdq":"`+want.Hash.String()+`"}`)
		c.form("/h/hash", part{"note", "", "text beside it"}, photo(7)).is(t, 200, `{"pdq":"`+want.Hash.String()+`"}`)
		c.form("/h/hash?types=pdq,md5", photo(7)).is(t, 200, `{"pdq":"`+want.Hash.String()+`","md5":"`+digest+`"}`)
		c.form("/h/hash", flat()).is(t, 200, `{"pdq":""}`)
		clip := part{"video", "x", "not a video, but nobody looks"}
		sum := md5.Sum([]byte(clip.data))
		c.form("/h/hash?types=video_md5", clip).is(t, 200, `{"video_md5":"`+hex.EncodeToString(sum[:])+`"}`)

		pdf := part{"photo", "x.pdf", "%PDF-1.7 nothing to see"}
		cut := photo(7)
		cut.data = cut.data[:len(cut.data)/2]
		for name, tt := range map[string]struct {
			path   string
			parts  []part
			status int
		}{
			"no file":              {"/h/hash", []part{{"photo", "", "text"}}, 400},
			"two files":            {"/h/hash", []part{photo(1), photo(2)}, 400},
			"unknown field":        {"/h/hash", []part{{"file", "x", photo(1).data}}, 400},
			"not a picture":        {"/h/hash", []part{pdf}, 400},
			"half a picture":       {"/h/hash", []part{cut}, 400},
			"empty":                {"/h/hash", []part{{"photo", "x", ""}}, 400},
			"video type of photo":  {"/h/hash?types=video_md5", []part{photo(1)}, 400},
			"photo type of video":  {"/h/hash?types=pdq", []part{clip}, 400},
			"unknown type":         {"/h/hash?types=pdq,tlsh", []part{photo(1)}, 400},
			"no types":             {"/h/hash?types=", []part{photo(1)}, 400},
			"video":                {"/h/hash", []part{clip}, 501},
			"large file":           {"/h/hash", []part{{"photo", "x", strings.Repeat("x", 4<<20+1)}}, 413},
			"very large file":      {"/h/hash", []part{{"photo", "x", strings.Repeat("x", 6<<20)}}, 413},
			"large text":           {"/h/hash", []part{{"note", "", strings.Repeat("x", 500_001)}, photo(1)}, 413},
			"too many parts":       {"/h/hash", append(make([]part, 100), photo(1)), 400},
			"lookup: no file":      {"/m/lookup", []part{{"photo", "", "text"}}, 400},
			"lookup: undecodable":  {"/m/lookup", []part{pdf}, 400},
			"lookup: flat":         {"/m/lookup", []part{flat()}, 400},
			"lookup: video":        {"/m/lookup", []part{clip}, 501},
			"lookup: unknown type": {"/m/lookup?types=x", []part{photo(1)}, 400},
		} {
			t.Run(name, func(t *testing.T) {
				c.form(tt.path, tt.parts...).refused(t, tt.status, "message")
			})
		}
		c.call("POST", "/h/hash", "").refused(t, 400, "message")
		c.call("POST", "/h/hash", "{}").refused(t, 400, "message")
		r := httptest.NewRequest("POST", "/h/hash", strings.NewReader("--b\r\nContent-Disposition: form-data; name=photo; filename=x\r\n\r\ncut off"))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		c.send(r).refused(t, 400, "message")
	})
}

// An installation with a list of exact hashes must not miss it because a
// client asks only for what a file is.
func TestHashFindsExactLists(t *testing.T) {
	t.Parallel()
	sum := md5.Sum([]byte(photo(7).data))
	digest := hex.EncodeToString(sum[:])
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("LISTED")
		c.signal("LISTED", `{"md5":"`+digest+`"}`)
		var got map[string]string
		c.form("/h/hash", photo(7)).decode(t, &got)
		if len(got) != 2 || got["md5"] != digest || len(got["pdq"]) != 64 {
			t.Errorf("hashes %v, want pdq and md5", got)
		}
		c.form("/m/lookup", photo(7)).is(t, 200, `{"pdq":{},"md5":{"LISTED":[{"bank_content_id":1,"distance":"-"}]}}`)
		c.get("/m/lookup?signal_type=video_md5&signal="+digest).is(t, 200, `{"LISTED":[{"bank_content_id":1,"distance":"-"}]}`)
	})
}

func TestHashURLIsOffByDefault(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.get("/h/hash").refused(t, 422, "list")
		c.get("/h/hash?url=https://example.org/a.png").refused(t, 403, "message")
		c.get("/m/lookup?url=https://example.org/a.png").refused(t, 403, "text")
		c.bank("A")
		c.call("POST", "/c/bank/A/content?url=https://example.org/a.png", "").refused(t, 403, "message")
	})
}

func TestHashKeepsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(o *hma.Options) { o.MaxBytes = 1000 }, func(t *testing.T, c *client) {
		for _, secret := range []string{"sEcReT", strings.Repeat("sEcReT", 500)} {
			for _, a := range []answer{
				c.form("/h/hash", part{secret, "x", secret}),
				c.form("/h/hash", part{"photo", secret, secret}),
				c.form("/h/hash?types="+secret, photo(1)),
				c.get("/m/lookup?signal_type=" + secret + "&signal=" + secret),
				c.get("/m/lookup?signal_type=pdq&signal=" + secret),
				c.get("/m/raw_lookup?include_distance=" + secret),
				c.get("/h/hash?url=" + secret),
				c.call("POST", "/m/compare", `{"`+secret+`":["`+secret+`","b"]}`),
				c.call("POST", "/m/compare", `{"pdq":["`+secret+`","b"]}`),
				c.call("POST", "/c/banks", `{"name":"`+secret+`"}`),
				c.call("POST", "/c/banks", `{"name":{"a":"`+secret+`"}}`),
				c.call("POST", "/c/banks", secret),
				c.get("/c/bank/" + secret),
				c.get("/" + secret),
			} {
				if a.status < 400 || strings.Contains(a.body, "sEcReT") {
					t.Errorf("status %d repeats what was sent: %.200s", a.status, a.body)
				}
			}
		}
	})
}

// A file that the decoder may not look at is too large for a perceptual hash,
// and still has exact ones.
func TestDecoderLimit(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		lim := media.DefaultLimits()
		lim.Bytes = 1000
		c.h = hma.New(hma.Options{Banks: c.banks, Engine: c.eng, Decoder: media.NewDecoder(lim, 1)})
		c.form("/h/hash", photo(1)).refused(t, 413, "message")
		c.form("/h/hash?types=sha1", photo(1)).is(t, 200, "")
		lim.Bytes, lim.Pixels = 1<<20, 100
		c.h = hma.New(hma.Options{Banks: c.banks, Engine: c.eng, Decoder: media.NewDecoder(lim, 1)})
		a := c.form("/h/hash", photo(1))
		a.refused(t, 400, "message")
		if !strings.Contains(a.body, "too_many_pixels") {
			t.Errorf("no reason: %s", a.body)
		}
	})
}
