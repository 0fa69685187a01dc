package indicator

// harms returns the published identifiers for an indicator, the main one
// first.
func harms(id ID) []string {
	const (
		prefix      = "org.matrix.msc4456."
		childSafety = prefix + "child_safety"
	)
	switch id[0] {
	case 'G', 'W':
		if "G-10" <= id && id <= "G-15" {
			return []string{childSafety + ".grooming", childSafety + ".privacy_violation"}
		}
		return []string{childSafety + ".grooming"}
	case 'S':
		if id == "S-16" || id == "S-17" {
			return []string{prefix + "adult.ncii", childSafety, prefix + "danger.self_harm"}
		}
		return []string{prefix + "adult.ncii", childSafety}
	case 'L':
		if "L-08" <= id && id <= "L-12" {
			return []string{prefix + "violence.human_trafficking"}
		}
	case 'C':
		if id == "C-06" {
			return []string{childSafety + ".csam", prefix + "tos.ban_evasion"}
		}
		return []string{childSafety + ".csam"}
	}
	return nil
}
