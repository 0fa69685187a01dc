package console

import "regexp"

// soundDetails are the sentences about sound.
var soundDetails = []detailText{
	{regexp.MustCompile(`^part of its sound could not be decoded$`), "detail.sound_part"},
	{regexp.MustCompile(`^only its first (\d+h\S*|\d+s) were listened to$`), "detail.sound_first"},
	{regexp.MustCompile(`^(\d+) further streams of sound were not listened to$`), "detail.sound_streams"},
	{regexp.MustCompile(`^its sound is shorter than the (\d+) seconds that can be compared$`), "detail.sound_short"},
	{regexp.MustCompile(`^its sound has too little detail to be told from other sound$`), "detail.sound_detail"},
	{regexp.MustCompile(`^it has neither pictures nor sound$`), "detail.sound_neither"},
	{regexp.MustCompile(`^the sound is too short: it needs (\d+) seconds$`), "detail.sound_needs"},
	{regexp.MustCompile(`^the sound has too little detail to be told from other sound$`), "detail.sound_flat"},
	{regexp.MustCompile(`^not the fingerprint of sound`), "detail.sound_list"},
}
