package engine

import "github.com/jaga-project/jaga/convo/indicator"

// Crisis are the indicators of words of somebody who may be about to hurt
// themselves, or who is pushed to.
func crisis(id indicator.ID) bool { return id == "S-16" || id == "S-17" }

// sign is the key of the plain sentence for an indicator, "" for one that has
// none: it says something about groups or payments, not about words.
func sign(id indicator.ID) string {
	switch id {
	case "G-04", "G-10":
		return "ask" // for age, school, address
	case "G-05", "G-06", "G-08", "G-19":
		return "close"
	case "G-07", "L-03", "W-04":
		return "gift"
	case "G-09", "G-24", "G-17":
		return "push"
	case "G-11", "G-12":
		return "alone"
	case "G-13", "G-25":
		return "secret"
	case "G-14":
		return "against"
	case "G-15", "G-16":
		return "move"
	case "G-20", "S-03", "S-15", "C-04":
		return "picture"
	case "G-21", "L-02", "L-05", "L-08":
		return "camera"
	case "L-07":
		return "record"
	case "G-22", "G-23":
		return "meet"
	case "W-02", "S-14":
		return "role"
	case "S-04", "S-12":
		return "has"
	case "S-05", "S-06", "S-07", "S-13", "S-16":
		return "threat"
	case "S-08":
		return "deadline"
	case "S-09", "S-10", "S-11":
		return "money"
	case "L-09", "L-10", "C-01", "C-03", "C-05":
		return "price"
	}
	return ""
}

// Signs lists the keys of all signs, those that weigh most first.
func Signs() []string {
	return []string{
		"threat", "has", "money", "deadline", "price", "picture", "camera", "record", "meet", "secret", "alone",
		"against", "gift", "move", "push", "role", "ask", "close",
	}
}
