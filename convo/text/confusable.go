package text

// double is the Latin letter that a letter of another script looks like; latin is
// 0 when there is none. When exact, a reader takes one for the other; else the
// likeness is one of style, as in names written for looks.
type double struct {
	latin byte
	exact bool
}

// lookalike returns what r, a Cyrillic or Greek letter in lower case, looks like;
// capital tells that it was written as a capital, which may look different.
func lookalike(r rune, capital bool) double {
	if capital {
		if l := likeCapital(r); l != 0 {
			return double{l, true}
		}
	}
	if l := likeSmall(r); l != 0 && (!capital || r >= 0x400) {
		return double{l, true}
	}
	return double{likeStyle(r), false}
}

// likeSmall returns the letter that a small letter is taken for. The capitals of
// the Cyrillic ones are alike too.
func likeSmall(r rune) byte {
	switch r {
	case 0x0430: // а
		return 'a'
	case 0x0435, 0x0451: // е ё
		return 'e'
	case 0x043E, 0x03BF: // о, Greek ο
		return 'o'
	case 0x0440: // р
		return 'p'
	case 0x0441, 0x03F2: // с, Greek ϲ
		return 'c'
	case 0x0443, 0x04AF: // у ү
		return 'y'
	case 0x0445: // х
		return 'x'
	case 0x0456, 0x0457: // і ї
		return 'i'
	case 0x0458, 0x03F3: // ј, Greek ϳ
		return 'j'
	case 0x0455: // ѕ
		return 's'
	case 0x04BB: // һ
		return 'h'
	case 0x0501: // ԁ
		return 'd'
	case 0x051B: // ԛ
		return 'q'
	case 0x051D: // ԝ
		return 'w'
	case 0x04CF: // ӏ
		return 'l'
	case 0x0475, 0x03BD: // ѵ, Greek ν
		return 'v'
	}
	return 0
}

// likeCapital returns the letter that the capital of r is taken for, where it is
// not what the small letter is taken for.
func likeCapital(r rune) byte {
	switch r {
	case 0x03B1: // Α
		return 'a'
	case 0x0432, 0x03B2: // В, Greek Β
		return 'b'
	case 0x03B5: // Ε
		return 'e'
	case 0x03B6: // Ζ
		return 'z'
	case 0x043D, 0x03B7: // Н, Greek Η
		return 'h'
	case 0x04CF, 0x03B9: // Ӏ, Greek Ι
		return 'i'
	case 0x043A, 0x03BA: // К, Greek Κ
		return 'k'
	case 0x043C, 0x03BC: // М, Greek Μ
		return 'm'
	case 0x03BD: // Ν
		return 'n'
	case 0x03BF: // Ο
		return 'o'
	case 0x03C1: // Ρ
		return 'p'
	case 0x0442, 0x03C4: // Т, Greek Τ
		return 't'
	case 0x03C5: // Υ
		return 'y'
	case 0x03C7: // Χ
		return 'x'
	}
	return 0
}

// likeStyle returns the letter that r is used for in stylised writing.
func likeStyle(r rune) byte {
	switch r {
	case 0x03B1, 0x03BB: // α λ
		return 'a'
	case 0x0432, 0x044C, 0x03B2: // в ь β
		return 'b'
	case 0x03B4: // δ
		return 'd'
	case 0x044D, 0x03B5, 0x03C3: // э ε; Σ as E
		return 'e'
	case 0x043D: // н
		return 'h'
	case 0x03B9: // ι
		return 'i'
	case 0x043A, 0x03BA: // к κ
		return 'k'
	case 0x043C: // м
		return 'm'
	case 0x0438, 0x0439, 0x043F, 0x03B7, 0x03C0: // и й п η π
		return 'n'
	case 0x03B8: // θ
		return 'o'
	case 0x03C1: // ρ
		return 'p'
	case 0x0433, 0x044F: // г я
		return 'r'
	case 0x03C2: // ς
		return 's'
	case 0x0442, 0x03C4: // т τ
		return 't'
	case 0x0446, 0x03BC, 0x03C5: // ц μ υ
		return 'u'
	case 0x0448, 0x0449, 0x03C9: // ш щ ω
		return 'w'
	case 0x03C7: // χ
		return 'x'
	case 0x0447, 0x03B3: // ч γ
		return 'y'
	}
	return 0
}

// styledLetter returns the letter that a styled Latin letter stands for where
// NFKC has no mapping or one with parentheses, 0 for everything else.
func styledLetter(r rune) rune {
	switch {
	case r < 0x250:
		return 0
	case 0x249C <= r && r <= 0x24B5: // parenthesised small letters
		return 'a' + r - 0x249C
	case 0x1F110 <= r && r <= 0x1F129: // parenthesised capitals
		return 'a' + r - 0x1F110
	case 0x1F150 <= r && r <= 0x1F169: // white on a black circle
		return 'a' + r - 0x1F150
	case 0x1F170 <= r && r <= 0x1F189: // white on a black square
		return 'a' + r - 0x1F170
	case firstFlag <= r && r <= lastFlag: // halves of flags that stand alone
		return 'a' + r - firstFlag
	}
	return smallCapital(r)
}

// smallCapital returns the letter of a small capital or a phonetic variant.
func smallCapital(r rune) rune {
	switch r {
	case 0x1D00, 0x0251:
		return 'a'
	case 0x0299:
		return 'b'
	case 0x1D04:
		return 'c'
	case 0x1D05:
		return 'd'
	case 0x1D07:
		return 'e'
	case 0xA730:
		return 'f'
	case 0x0262, 0x0261:
		return 'g'
	case 0x029C:
		return 'h'
	case 0x026A:
		return 'i'
	case 0x1D0A:
		return 'j'
	case 0x1D0B:
		return 'k'
	case 0x029F:
		return 'l'
	case 0x1D0D:
		return 'm'
	case 0x0274:
		return 'n'
	case 0x1D0F:
		return 'o'
	case 0x1D18:
		return 'p'
	case 0xA7AF:
		return 'q'
	case 0x0280:
		return 'r'
	case 0xA731:
		return 's'
	case 0x1D1B:
		return 't'
	case 0x1D1C:
		return 'u'
	case 0x1D20:
		return 'v'
	case 0x1D21:
		return 'w'
	case 0x028F:
		return 'y'
	case 0x1D22:
		return 'z'
	}
	return 0
}

// styled reports whether r is a styled form of a letter or digit that NFKC maps
// to the plain one.
func styled(r rune) bool {
	switch {
	case r < 0x2B0:
		return false
	case r <= 0x2B8, 0x2E0 <= r && r <= 0x2E4, // modifier letters
		0x1D2C <= r && r <= 0x1D6A, r == 0x2071, r == 0x207F, 0x2090 <= r && r <= 0x209C, r == 0x2C7C,
		0x2102 <= r && r <= 0x2149 && r != 0x2116 && r != 0x2121 && r != 0x212A && r != 0x212B, // letter-like; not №, ℡, kelvin, ångström
		0x2460 <= r && r <= 0x24EA,                                                         // in a circle
		0xFF10 <= r && r <= 0xFF19, 0xFF21 <= r && r <= 0xFF3A, 0xFF41 <= r && r <= 0xFF5A, // fullwidth
		0x1D400 <= r && r <= 0x1D7FF, // mathematical
		0x1F130 <= r && r <= 0x1F149: // in a square
		return true
	}
	return false
}
