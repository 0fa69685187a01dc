package console

import "regexp"

// filmDetails are the sentences about films.
var filmDetails = []detailText{
	{regexp.MustCompile(`^only its first (\d+) frames were hashed$`), "detail.film_first"},
	{regexp.MustCompile(`^(\d+) further parts could not be decoded$`), "detail.film_parts"},
	{regexp.MustCompile(`^(\d+) further streams of pictures were not looked at$`), "detail.film_streams"},
	{regexp.MustCompile(`^it has no frames$`), "detail.film_empty"},
	{regexp.MustCompile(`^no frame has a quality of (\d+) of 100; below that a hash says nothing$`), "detail.film_quality"},
	{regexp.MustCompile(`^from second (\S+) on it could not be decoded$`), "detail.film_from"},
	{regexp.MustCompile(`^seconds (\S+) to (\S+) could not be decoded$`), "detail.film_gap"},
	{regexp.MustCompile(`^a film without frames$`), "detail.film_no_frames"},
	{regexp.MustCompile(`^not the list of a film's frames`), "detail.film_list"},
}
