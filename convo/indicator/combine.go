package indicator

// Combine is the class in which evidence saturates: a second act of the same
// class adds less than the first, so that many small signs of one kind do not
// make up for the absence of another kind. The classes are the project's own
// and rest on no published measurement.
type Combine string

// The classes.
const (
	CombineRapport   Combine = "rapport"   // closeness offered
	CombineProbing   Combine = "probing"   // questions about the child's person, carers and devices
	CombineIsolation Combine = "isolation" // secrecy, concealment, distance from support
	CombinePressure  Combine = "pressure"  // insisting, role, debt, tests of limits
	CombineTopic     Combine = "topic"     // the content category
	CombineAsking    Combine = "asking"    // asking for pictures, camera, exchange
	CombineMoving    Combine = "moving"    // moving to a more private place
	CombineMeeting   Combine = "meeting"   // meeting and travel
	CombineTempo     Combine = "tempo"     // speed and deadlines
	CombineThreat    Combine = "threat"    // possession claimed, threats, leverage
	CombineDemand    Combine = "demand"    // demands made under pressure
	CombinePayment   Combine = "payment"   // gifts, transfers and their patterns
	CombineDirecting Combine = "directing" // steering a broadcaster
	CombineCapture   Combine = "capture"   // recording
	CombineTrade     Combine = "trade"     // bargaining and trading
	CombineStructure Combine = "structure" // the layout of posts and links
	CombineRelation  Combine = "relation"  // standing facts about accounts and pairs
	CombineFeed      Combine = "feed"      // private packs and outside matches
	CombineDistress  Combine = "distress"  // signs that a person needs help
)

// Combines lists the classes.
func Combines() []Combine {
	return []Combine{
		CombineRapport, CombineProbing, CombineIsolation, CombinePressure, CombineTopic,
		CombineAsking, CombineMoving, CombineMeeting, CombineTempo, CombineThreat,
		CombineDemand, CombinePayment, CombineDirecting, CombineCapture, CombineTrade,
		CombineStructure, CombineRelation, CombineFeed, CombineDistress,
	}
}
