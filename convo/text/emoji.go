package text

import "unicode/utf8"

// The halves of flags: regional indicator symbols A to Z.
const (
	firstFlag = 0x1F1E6
	lastFlag  = 0x1F1FF
)

const (
	zeroWidthJoiner = 0x200D
	keycap          = 0x20E3
)

// emoji returns the class of the emoji at the start of s and its length in bytes,
// with all that is joined to it; 0 when s does not start with one.
func emoji(s string) (class string, n int) {
	r, n := utf8.DecodeRuneInString(s)
	if firstFlag <= r && r <= lastFlag {
		if half, m := utf8.DecodeRuneInString(s[n:]); firstFlag <= half && half <= lastFlag {
			return ":other:", n + m
		}
		return "", 0
	}
	if !pictograph(r) {
		return "", 0
	}
	class = emojiClass(r)
	people, children := person(r)
	n += dress(s[n:])
	for {
		j, m := utf8.DecodeRuneInString(s[n:])
		if j != zeroWidthJoiner {
			break
		}
		next, k := utf8.DecodeRuneInString(s[n+m:])
		if !pictograph(next) && next != 0x2640 && next != 0x2642 {
			break
		}
		n += m + k
		n += dress(s[n:])
		p, c := person(next)
		people, children = people+p, children+c
		if class == ":other:" {
			class = emojiClass(next)
		}
	}
	if people > 1 && children > 0 {
		class = ":family:"
	}
	return class, n
}

// dress returns the length of the variation selectors, skin tones and tags at the
// start of s.
func dress(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		switch {
		case r == 0xFE0E, r == 0xFE0F, 0x1F3FB <= r && r <= 0x1F3FF, 0xE0020 <= r && r <= 0xE007F:
			n += size
		default:
			return n
		}
	}
	return n
}

// keycapped returns the length of the digit or sign in a key cap that s starts
// with, 0 when it does not.
func keycapped(s string) int {
	c := s[0]
	if (c < '0' || c > '9') && c != '#' && c != '*' {
		return 0
	}
	n := 1
	r, size := utf8.DecodeRuneInString(s[n:])
	if r == 0xFE0F {
		n += size
		r, size = utf8.DecodeRuneInString(s[n:])
	}
	if r != keycap {
		return 0
	}
	return n + size
}

// pictograph reports whether r is shown as a picture.
func pictograph(r rune) bool {
	switch {
	case r < 0x231A:
		return false
	case r <= 0x231B, r == 0x2328, r == 0x23CF, 0x23E9 <= r && r <= 0x23FA,
		0x2600 <= r && r <= 0x27BF, 0x2B05 <= r && r <= 0x2B07, 0x2B1B <= r && r <= 0x2B1C, r == 0x2B50, r == 0x2B55,
		r == 0x1F004, r == 0x1F0CF, r == 0x1F18E, 0x1F191 <= r && r <= 0x1F19A,
		0x1F300 <= r && r <= 0x1F64F, 0x1F680 <= r && r <= 0x1F6FF, 0x1F7E0 <= r && r <= 0x1F7FF,
		0x1F900 <= r && r <= 0x1F9FF, 0x1FA70 <= r && r <= 0x1FAFF:
		return true
	}
	return false
}

// person counts the people that an emoji joins to a group.
func person(r rune) (people, children int) {
	switch r {
	case 0x1F466, 0x1F467, 0x1F476, 0x1F9D2:
		return 1, 1
	case 0x1F468, 0x1F469, 0x1F9D1:
		return 1, 0
	}
	return 0, 0
}

// emojiClass returns the class of a single emoji.
func emojiClass(r rune) string {
	switch r {
	case '🔒', '🔓', '🔏', '🔐', '🔑', 0x1F5DD:
		return ":lock:"
	case '🤫', '🤐', '🙊':
		return ":shush:"
	case '📷', '📸', '📹', '🎥', 0x1F4FD, '🤳':
		return ":camera:"
	case '📱', '📲', '📞', 0x260E:
		return ":phone:"
	case '💰', '💴', '💵', '💶', '💷', '💸', '💳', '💲', '🤑', '🪙', '💱':
		return ":money:"
	case '🎁', '💝':
		return ":gift:"
	case 0x2764, 0x2665, 0x2763, '🧡', '💛', '💚', '💙', '💜', '🖤', '🤍', '🤎', '🩷', '🩵', '🩶',
		'💕', '💖', '💗', '💓', '💞', '💘', '💟', '💌', '😍', '🥰', '😻', '🫶', '💑':
		return ":heart:"
	case '😘', '😗', '😙', '😚', '😽', '💋', '💏':
		return ":kiss:"
	case '⏰', '⏳', '⌛', '⌚', 0x23F1, 0x23F2, 0x1F570:
		return ":clock:"
	case '👻':
		return ":ghost:"
	case '😂', '🤣', '😆', '😹', '😄', '😁', '😀', '😃', '😅':
		return ":laugh:"
	case '😢', '😭', '😿', '🥺', '😥':
		return ":cry:"
	case '😨', '😰', '😱', '😧', '😖', '🙀':
		return ":fear:"
	case '😠', '😡', '🤬', '👿', '😤', '💢':
		return ":angry:"
	case '👀', 0x1F441:
		return ":eyes:"
	case '👶', '🧒', '👦', '👧', '🍼', '🚸':
		return ":child:"
	case '👪':
		return ":family:"
	case '🎮', 0x1F579, '👾', '🎲':
		return ":game:"
	case '🔗', 0x26D3:
		return ":link:"
	case '🔪', 0x1F5E1, 0x2694, '🪒':
		return ":blade:"
	case '💀', 0x2620:
		return ":skull:"
	case '🔥':
		return ":fire:"
	case '🍑', '🍆', '🍒', '💦', '👅', '🥵', '🫦', '🔞':
		return ":suggestive:"
	}
	if 0x1F550 <= r && r <= 0x1F567 {
		return ":clock:"
	}
	return ":other:"
}
