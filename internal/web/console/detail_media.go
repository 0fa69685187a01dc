package console

import "regexp"

// mediaDetails are the sentences of what decodes pictures, films and sound.
var mediaDetails = []detailText{
	{regexp.MustCompile(`^(\S+), which decodes it, is not installed$`), "detail.media_no_tool"},
	{regexp.MustCompile(`^the decoder was ended by a signal$`), "detail.media_signal"},
	{regexp.MustCompile(`^the program that decodes it is not there$`), "detail.media_no_program"},
	{regexp.MustCompile(`^its pictures are larger than is allowed$`), "detail.media_large_pictures"},
	{regexp.MustCompile(`^the installed ffmpeg does not decode this variant$`), "detail.media_ffmpeg_variant"},
	{regexp.MustCompile(`^its index alone has (\d+) bytes$`), "detail.media_index_size"},
	{regexp.MustCompile(`^it is cut into too many pieces$`), "detail.media_index_pieces"},
	{regexp.MustCompile(`^its index cannot be moved to its beginning$`), "detail.media_index_move"},
	{regexp.MustCompile(`^its index is at its end, and it is longer than the (\d+) bytes that are kept to find it$`), "detail.media_index_end"},
	{regexp.MustCompile(`^its list of pages is damaged or too long; those behind were not compared$`), "detail.media_page_list"},
	{regexp.MustCompile(`^it holds more than (\d+) different pages; the others were not compared$`), "detail.media_page_many"},
	{regexp.MustCompile(`^page (\d+) could not be decoded$`), "detail.media_page_bad"},
	{regexp.MustCompile(`^the decoders are being ended$`), "detail.media_ending"},
	{regexp.MustCompile(`^what it holds cannot be told$`), "detail.media_no_facts"},
	{regexp.MustCompile(`^it holds or may hold more pictures than the (\d+) that could be decoded and compared$`), "detail.media_several_more"},
	{regexp.MustCompile(`^the installed ffmpeg does not decode it, or it is damaged$`), "detail.media_several_tool"},
	{regexp.MustCompile(`^it is stored as tiles, which the installed ffmpeg does not join$`), "detail.media_tiles"},
	{regexp.MustCompile(`^it holds more than (\d+) different pictures; the others were not compared$`), "detail.media_several_many"},
	{regexp.MustCompile(`^it holds more pictures than could be decoded within (\S+); the others were not compared$`), "detail.media_several_slow"},
	{regexp.MustCompile(`^some of its pictures could not be decoded$`), "detail.media_several_some"},
	{regexp.MustCompile(`^it has no sound$`), "detail.media_no_sound"},
	{regexp.MustCompile(`^it has no pictures$`), "detail.media_no_pictures"},
	{regexp.MustCompile(`^(\S+) is not decoded as video or sound$`), "detail.media_no_media"},
	{regexp.MustCompile(`^programs cannot be confined: `), "detail.media_unconfined"},
}
