package indicator

// ID names an indicator ("G-13") or a context modifier ("CTX-01"). A published
// ID keeps its meaning for ever; what changes is [Indicator.Version].
type ID string

// Count is the number of indicators: the length of [All] and the bound of
// [Index].
const Count = countG + countW + countS + countL + countC

// Entries per family.
const (
	countG = 26
	countW = 6
	countS = 17
	countL = 15
	countC = 8
)

// Index returns the place of an indicator in [All], from 0 to Count-1, and -1
// for everything else, context modifiers included. It allocates nothing.
func Index(id ID) int {
	if len(id) != 4 || id[1] != '-' || !digit(id[2]) || !digit(id[3]) {
		return -1
	}
	first, count := 0, 0
	switch id[0] {
	case 'G':
		first, count = 0, countG
	case 'W':
		first, count = countG, countW
	case 'S':
		first, count = countG+countW, countS
	case 'L':
		first, count = countG+countW+countS, countL
	case 'C':
		first, count = countG+countW+countS+countL, countC
	}
	n := int(id[2]-'0')*10 + int(id[3]-'0')
	if n < 1 || n > count {
		return -1
	}
	return first + n - 1
}

func digit(b byte) bool { return '0' <= b && b <= '9' }
