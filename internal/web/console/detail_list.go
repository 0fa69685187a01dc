package console

import "regexp"

// listDetails are what readers of lists of addresses and words say.
var listDetails = []detailText{
	{regexp.MustCompile(`^not an address$`), "detail.list_address"},
	{regexp.MustCompile(`^a star may stand only first, before a dot, or last, behind a slash$`), "detail.list_star"},
	{regexp.MustCompile(`^the entry contradicts itself$`), "detail.list_contradicts"},
	{regexp.MustCompile(`^a whole top-level domain is more than a list can mean$`), "detail.list_top"},
	{regexp.MustCompile(`^no word in it$`), "detail.list_no_word"},
	{regexp.MustCompile(`^(\d+) words; a phrase has at most (\d+)$`), "detail.list_words"},
	{regexp.MustCompile(`^shorter than three letters; that is in too much of what people write$`), "detail.list_short"},
}
