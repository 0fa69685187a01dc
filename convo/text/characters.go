package text

import "unicode"

// visibility says whether a character is seen.
type visibility uint8

const (
	visible   visibility = iota
	zeroWidth            // it takes no room: joiners, fillers, variation selectors, tags
	bidi                 // it changes the direction of the text around it
)

const zeroWidthSpace = '\u200B'

// invisible returns what kind of invisible character r is: those with the Unicode
// property Default_Ignorable_Code_Point that occur in chats, and the byte order
// mark.
func invisible(r rune) visibility {
	switch {
	case r < 0xAD:
		return visible
	case r == 0x061C, r == 0x200E, r == 0x200F, 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069:
		return bidi
	case r == 0xAD, r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0,
		r == 0x17B4, r == 0x17B5, 0x180B <= r && r <= 0x180F,
		0x200B <= r && r <= 0x200D, 0x2060 <= r && r <= 0x2065, 0x206A <= r && r <= 0x206F,
		0xFE00 <= r && r <= 0xFE0F, r == 0xFEFF,
		0xE0000 <= r && r <= 0xE0FFF:
		return zeroWidth
	}
	return visible
}

// selector reports whether r is a variation selector; editors leave them behind
// signs of all kinds.
func selector(r rune) bool { return 0xFE00 <= r && r <= 0xFE0F }

// needsJoiners reports whether r is of a script that is written with zero-width
// characters, so that they hide nothing there.
func needsJoiners(r rune) bool {
	return 0x0590 <= r && r < 0x1E00 || 0xA800 <= r && r < 0xD7FF || 0xFB1D <= r && r < 0xFF00
}

// spacedByZeroWidth reports whether r is of a script that parts words with the
// zero-width space: Thai, Lao, Myanmar, Khmer.
func spacedByZeroWidth(r rune) bool {
	return 0x0E00 <= r && r < 0x0F00 || 0x1000 <= r && r < 0x10A0 || 0x1780 <= r && r < 0x1800
}

// accent reports whether r is a mark that is put on Latin letters.
func accent(r rune) bool {
	return 0x0300 <= r && r < 0x0370 || 0x1AB0 <= r && r < 0x1B00 || 0x1DC0 <= r && r < 0x1E00 || 0x20D0 <= r && r < 0x2100
}

// latinLetter reports whether r is a Latin letter.
func latinLetter(r rune) bool {
	switch {
	case r < 0x80:
		return 'a' <= r|0x20 && r|0x20 <= 'z'
	case r < 0x370, 0x1D00 <= r && r < 0x2200, 0x2C00 <= r && r < 0x2D00, 0xA700 <= r && r < 0xAC00, 0xFB00 <= r && r < 0xFB10, 0xFF00 <= r && r < 0x10000:
		return unicode.Is(unicode.Latin, r)
	}
	return false // no block but these has Latin letters
}

// cased reports whether the script of r may have capitals.
func cased(r rune) bool {
	return r < 0x590 || 0x10A0 <= r && r < 0x1100 || 0x13A0 <= r && r < 0x1400 || 0x1C80 <= r && r < 0x3000 || 0xA640 <= r && r < 0xAC00 || r >= 0xFF00
}

// plain returns the ordinary character for punctuation that has several, 0 for
// everything else. A space stands for what parts words and means nothing.
func plain(r rune) rune {
	switch r {
	case 'ʼ', 'ʻ', '´', '′', '＇', 'ʹ': // ‘ and ’ also quote; the tokeniser tells
		return '\''
	case '‐', '‑', '⁃', '﹣', '－':
		return '-'
	case '。', '｡', '।', '۔', '።', '։':
		return '.'
	case '؟', '？', '፧':
		return '?'
	case '！', '﹗':
		return '!'
	case '；', '؛':
		return ';'
	case '¨', '¯', '¸', '˘', '˙', '˚', '˛', '˜', '˝', '™', '℠', '⁄', '¼', '½', '¾':
		return ' '
	case '\u2028', '\u2029', '\u0085':
		return '\n'
	}
	if 0x2150 <= r && r <= 0x215F || r == 0x2189 {
		return ' ' // fractions
	}
	return 0
}

// unaccented returns the ASCII spelling of the Latin letters in lower case that
// Unicode does not take apart, "" for others.
func unaccented(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ', 'ǽ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø', 'ǿ':
		return "o"
	case 'đ', 'ð', 'ɖ', 'ɗ':
		return "d"
	case 'ł', 'ƚ':
		return "l"
	case 'ħ':
		return "h"
	case 'ı', 'ɨ':
		return "i"
	case 'ŧ', 'ƭ':
		return "t"
	case 'ŋ':
		return "ng"
	case 'þ':
		return "th"
	case 'ĸ', 'ƙ':
		return "k"
	case 'ƀ', 'ɓ':
		return "b"
	case 'ɠ', 'ǥ':
		return "g"
	case 'ƶ', 'ȥ':
		return "z"
	case 'ɵ':
		return "o"
	case 'ʉ':
		return "u"
	}
	return ""
}
