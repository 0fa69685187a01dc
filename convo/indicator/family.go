package indicator

// Family groups indicators by what they are about. It is the letter that an
// [ID] begins with.
type Family string

// The families.
const (
	Grooming   Family = "G"   // building a relationship in order to exploit
	Imbalance  Family = "W"   // power imbalance between the two sides
	Sextortion Family = "S"   // sexual extortion
	LiveStream Family = "L"   // live-streamed abuse, directing, and its payments
	Material   Family = "C"   // advertising and trading of material
	Context    Family = "CTX" // modifiers, which are not indicators
)

// Families lists the families in catalogue order, the modifiers' last.
func Families() []Family {
	return []Family{Grooming, Imbalance, Sextortion, LiveStream, Material, Context}
}

// Name returns what a reader calls the family, and nothing for an unknown one.
func (f Family) Name() L {
	switch f {
	case Grooming:
		return L{"Grooming", "Grooming terhadap anak"}
	case Imbalance:
		return L{"Power imbalance", "Ketimpangan kuasa"}
	case Sextortion:
		return L{"Sexual extortion", "Pemerasan seksual"}
	case LiveStream:
		return L{"Live-streamed abuse and directing", "Siaran langsung kekerasan seksual dan pengarahannya"}
	case Material:
		return L{"Advertising and trading of material", "Penawaran dan pertukaran materi"}
	case Context:
		return L{"Context", "Konteks"}
	}
	return L{}
}

// Stage tags what a grooming act tends to serve. It describes and does not
// gate: published studies find the order of stages non-linear and compressed
// (BLA15, LD16, BIH25), so nothing may require one stage before another.
type Stage string

// The stages.
const (
	Access     Stage = "ACC" // gaining access
	Trust      Stage = "TRU" // deceptive trust
	Isolation  Stage = "ISO" // isolation
	Risk       Stage = "RSK" // assessing the risk of being noticed
	Compliance Stage = "CMP" // testing compliance
	Sexual     Stage = "SEX" // sexual phase, as a category only
	Further    Stage = "FUR" // further contact or approach
)

// Stages lists the stages.
func Stages() []Stage {
	return []Stage{Access, Trust, Isolation, Risk, Compliance, Sexual, Further}
}

// Name returns what a reader calls the stage, and nothing for an unknown one.
func (s Stage) Name() L {
	switch s {
	case Access:
		return L{"gaining access", "mencari akses"}
	case Trust:
		return L{"deceptive trust", "kepercayaan yang menyesatkan"}
	case Isolation:
		return L{"isolation", "isolasi"}
	case Risk:
		return L{"risk assessment", "penjajakan risiko"}
	case Compliance:
		return L{"compliance testing", "menguji kepatuhan"}
	case Sexual:
		return L{"sexual phase", "tahap seksual"}
	case Further:
		return L{"further contact", "kontak lanjutan"}
	}
	return L{}
}

// Side says whom an indicator describes.
type Side string

// The sides.
const (
	// Speaker is the first account of an ordered pair: what A does towards B.
	Speaker Side = "speaker"
	// Target is the account that something is done to. An indicator of this
	// side calls for help and is never evidence against that account.
	Target Side = "target"
	// Room is an account in a room, or the room, without one addressee.
	Room Side = "room"
)

// Group says what an indicator mainly reads, and so when a deployment can
// have it. [Indicator.Needs] is the exact statement.
type Group string

// The groups.
const (
	TextGroup    Group = "T" // text and timing only
	AgeGroup     Group = "A" // age bands or a graph of relations
	PaymentGroup Group = "P" // payments or gifts
	FeedGroup    Group = "F" // outside feeds, private packs, log-in events
)
