package console

import (
	"regexp"
	"slices"
	"time"
)

// details are the sentences that other packages say in English and that stand
// on pages, with the key of the same sentence in the languages.
var details = append([]detailText{
	{regexp.MustCompile(`^(\d+) bytes; pictures up to (\d+) bytes are decoded$`), "detail.too_big"},
	{regexp.MustCompile(`^the file has no bytes$`), "detail.empty"},
	{regexp.MustCompile(`^the decoded picture cannot be hashed$`), "detail.no_hash"},
	{regexp.MustCompile(`^quality (\d+) of 100; below (\d+) a hash says nothing$`), "detail.quality"},
	{regexp.MustCompile(`^no decoder was free in time$`), "detail.busy"},
	{regexp.MustCompile(`^decoding took longer than (\S+)$`), "detail.slow"},
	{regexp.MustCompile(`^decoding took too long$`), "detail.too_slow"},
	{regexp.MustCompile(`^decoding it takes more memory than is allowed$`), "detail.memory"},
	{regexp.MustCompile(`^too many large files at once$`), "detail.crowded"},
	{regexp.MustCompile(`^the file became shorter while it was read$`), "detail.changed"},
	{regexp.MustCompile(`^it holds or may hold several pictures; only the first was compared$`), "detail.pictures"},
	{regexp.MustCompile(`^the radius that was asked for is smaller than the threshold of a bank$`), "detail.radius"},
	{regexp.MustCompile(`^the decoder gave up$`), "detail.gave_up"},
	{regexp.MustCompile(`^no decoder for (\S+) in this version$`), "detail.no_decoder"},
	{regexp.MustCompile(`^it claims (\d+ x \d+) pixels$`), "detail.claims"},
	{regexp.MustCompile(`^(\d+ x \d+) pixels$`), "detail.pixels"},
	{regexp.MustCompile(`^video matching is not available in this version$`), "detail.video"},
	{regexp.MustCompile(`^audio matching is not available in this version$`), "detail.audio"},
	{regexp.MustCompile(`^an unknown kind of file$`), "detail.unknown"},
	{regexp.MustCompile(`^the file ends too early$`), "detail.truncated"},
	{regexp.MustCompile(`^a variant of the format that this version does not decode$`), "detail.variant"},
	{regexp.MustCompile(`^the file breaks the rules of its format$`), "detail.damaged"},
	{regexp.MustCompile(`^accepted, and not checked yet; if this does not change, hand it in again$`), "detail.pending"},
	{regexp.MustCompile(`^it matched (\d+) different pictures within (\S+)$`), "detail.flood"},
	{regexp.MustCompile(`^64 digits can be PDQ or SHA-256; say which \(--type\)$`), "detail.ambiguous"},
	{regexp.MustCompile(`^(\d+) characters; a hash has 32 `), "detail.length"},
	{regexp.MustCompile(`^(\d+) characters; (\w+) has (\d+) hexadecimal digits$`), "detail.type_length"},
	{regexp.MustCompile(`^not hexadecimal$`), "detail.hexadecimal"},
	{regexp.MustCompile(`^it has no column (\d+)$`), "detail.column"},
	{regexp.MustCompile(`^broken quotation marks$`), "detail.quotes"},
	{regexp.MustCompile(`^not a JSON object$`), "detail.json"},
	{regexp.MustCompile(`^no "value"$`), "detail.no_value"},
	{regexp.MustCompile(`^"\w+" is not a text$`), "detail.no_text"},
	{regexp.MustCompile(`^a JSON array; write one object a line`), "detail.array"},
	{regexp.MustCompile(`^several hashes in one object; write one object for each$`), "detail.several"},
	{regexp.MustCompile(`^longer than (\d+) bytes$`), "detail.long"},
	{regexp.MustCompile(`^the note has (\d+) characters; at most 255 are kept$`), "detail.note"},
	{regexp.MustCompile(`^the note is not UTF-8 text$`), "detail.utf8"},
	{regexp.MustCompile(`^the type is not one of pdq, md5, sha1, sha256, vpdq, chromaprint, url, domain, keyword$`), "detail.type"},
	{regexp.MustCompile(`^(\d+) late matches$`), "detail.late"},
}, slices.Concat(listDetails, mediaDetails, filmDetails, soundDetails, chatDetails)...)

// detailText is a sentence and the key under which it is translated.
type detailText struct {
	sentence *regexp.Regexp
	key      string
}

// detail says a sentence of another package in the reader's language. One that
// it does not know stays as it is: better English than nothing.
func (s *speaker) detail(text string) string {
	for _, d := range details {
		if m := d.sentence.FindStringSubmatch(text); m != nil {
			pairs := []any{}
			for i, x := range m[1:] {
				if span, err := time.ParseDuration(x); err == nil && x != "0" {
					x = s.duration(span)
				}
				pairs = append(pairs, string(rune('A'+i)), x)
			}
			if len(pairs) == 0 {
				return s.t(d.key)
			}
			return s.t(d.key, pairs...)
		}
	}
	return text
}
