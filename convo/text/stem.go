package text

// StemID calls try with what is left of an Indonesian word when affixes are taken
// off, longest first, until try says true, and returns whether it did. The word
// itself is not tried. The bytes are valid during the call only.
func StemID(word []byte, try func(stem []byte) bool) bool {
	for _, suffix := range []string{"nya", "lah", "kah", "kan", "ku", "mu", "an", "i"} {
		if n := len(word) - len(suffix); n >= 3 && string(word[n:]) == suffix && try(word[:n]) {
			return true
		}
	}
	for _, prefix := range []string{"meng", "mem", "men", "ber", "ter", "di", "me", "pe", "ke", "se"} {
		if n := len(prefix); len(word)-n >= 3 && string(word[:n]) == prefix && try(word[n:]) {
			return true
		}
	}
	return false
}
