package indicator

// L is one text in the two languages of the project.
type L struct {
	EN string `json:"en"` // English
	ID string `json:"id"` // Bahasa Indonesia
}

// In returns the text in Bahasa Indonesia for the language "id" and in English
// for every other one.
func (l L) In(lang string) string {
	if lang == "id" {
		return l.ID
	}
	return l.EN
}
