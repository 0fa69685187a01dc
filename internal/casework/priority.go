package casework

import "github.com/jaga-project/jaga/internal/law"

// Priority is how urgent a report about a case of the risk is; clocks and next
// steps follow it alike. Where somebody is threatened now a child may be in danger
// within the hour, and the earlier time is the safe one.
func (r Risk) Priority() law.Priority {
	switch r {
	case RiskImminent, RiskLive, RiskThreat:
		return law.P1
	case RiskContact, RiskNew:
		return law.P2
	}
	return law.P3
}
