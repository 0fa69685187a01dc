// Package text prepares one chat message for matching: it folds spelling that
// hides a word, cuts the message into tokens and remembers where in the message
// each token stands, so that a match can be shown where a reader would see it.
//
// Folding serves comparison only; the message itself is kept as it came. English
// and Bahasa Indonesia share one set of rules, because people mix the two in one
// sentence. Text in other scripts is cut into tokens and otherwise left alone.
package text

// MaxBytes is how much of a message is looked at: 64 KiB, far more than a person
// types into a chat. Text.Truncated tells that there was more.
const MaxBytes = 64 << 10

// MaxForms is the largest number of forms a token has.
const MaxForms = 6

// Kind says what a token is.
type Kind uint8

// The kinds of tokens. Punctuation is not a token.
const (
	Word     Kind = iota // letters, also mixed with digits
	Number               // a number that is none of the kinds below
	Age                  // an age in years, 3 to 99
	Amount               // an amount of money
	Duration             // a length of time
	Clock                // a time of day
	Link                 // a web address or an invitation address
	Handle               // an account name: @name or name#1234
	Email                // an address of e-mail
	Phone                // a telephone number
	Wallet               // an address of a cryptocurrency wallet
	Emoji                // one emoji as a reader sees it, however many code points it has
	Mark                 // one invalid byte, or the question mark of a message that has nothing else
)

var kindNames = [...]string{"word", "number", "age", "amount", "duration", "clock", "link", "handle", "email", "phone", "wallet", "emoji", "mark"}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Token is one word, entity or emoji of a message.
type Token struct {
	Start, End int32 // byte offsets into Text.Raw, on the borders of runes
	Sentence   int32 // 0, 1, 2 …; a sentence ends at . ! ? … ; and at the end of a line
	Kind       Kind
	Quoted     bool // inside a pair of quotation marks, or in a line that begins with >
	Question   bool // the sentence ends with a question mark
	Evaded     bool // the spelling hid the word: look-alikes, digits for letters, spaced letters, invisible characters

	// Value is the number of a Number, the years of an Age, the sum of an
	// Amount, the seconds of a Duration, the minutes since midnight of a Clock;
	// 0 for other kinds. It is finite, never negative and at most 1e18.
	Value float64

	// Unit is the currency of an Amount: its ISO 4217 code in lower case, "btc",
	// "eth" or "usdt"; "" when the message does not say and for other kinds.
	Unit string
}

// Marks counts what was folded away in a message.
type Marks struct {
	ZeroWidth  int // invisible characters where the script has no use for them
	Bidi       int // controls of direction in a message without right-to-left letters
	Confusable int // letters that stand in for Latin ones
	Leet       int // digits and signs that stand in for letters
	Spaced     int // words written as single letters: s n a p
	Repeats    int // runs of three or more equal letters
	Invalid    int // bytes that are not UTF-8
}

// Evasion returns how often the spelling hides something. Repeats are left out:
// they are emphasis. Invalid bytes are left out: they are transmission errors.
func (m Marks) Evasion() int {
	return m.ZeroWidth + m.Bidi + m.Confusable + m.Leet + m.Spaced
}

// Text is one message in its raw and its folded view. Normalise overwrites it and
// keeps its memory: a steady stream of ordinary messages allocates nothing. The
// zero value is ready. It is not safe for concurrent use.
type Text struct {
	Raw       string // the message as given
	Tokens    []Token
	Marks     Marks
	Truncated bool // the message is longer than MaxBytes; the rest was not looked at

	folded
	forms []forms
	scan  state
}

// forms are the spans of a token's forms in the buffer.
type forms struct {
	n      uint8
	evaded uint8 // a bit per form: it undoes what hid the word
	span   [MaxForms]span
}

// span is a range of the folded buffer.
type span struct{ lo, hi int32 }

// Normalise folds raw and cuts it into tokens. It never fails: what is not UTF-8
// becomes tokens of kind Mark.
func (t *Text) Normalise(raw string) {
	t.Raw = raw
	t.Tokens = t.Tokens[:0]
	t.forms = t.forms[:0]
	t.Marks = Marks{}
	var head string
	head, t.Truncated = cut(raw)
	t.fold(head, &t.Marks)
	t.tokenise()
}

// cut returns the part of raw that is looked at, ending on the border of a rune.
func cut(raw string) (head string, truncated bool) {
	if len(raw) <= MaxBytes {
		return raw, false
	}
	end := MaxBytes
	for end > MaxBytes-3 && raw[end]&0xC0 == 0x80 {
		end--
	}
	return raw[:end], true
}

// Forms returns the number of folded forms of token i, 1 to MaxForms.
func (t *Text) Forms(i int) int { return int(t.forms[i].n) }

// Form returns the k-th folded form of token i; k = 0 is the main one, the others
// are other readings of the same spelling. The bytes are valid until the next
// Normalise and must not be changed.
func (t *Text) Form(i, k int) []byte {
	s := t.forms[i].span[k]
	return t.buf[s.lo:s.hi:s.hi]
}

// FormEvaded reports whether the k-th form of token i undoes a spelling that
// hides a word: all forms of a token that is Evaded, and of others the readings
// of digits and signs as letters, such as "the" of th3.
func (t *Text) FormEvaded(i, k int) bool {
	return t.Tokens[i].Evaded || t.forms[i].evaded>>k&1 != 0
}
