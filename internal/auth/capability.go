package auth

import "slices"

// Capability is one thing that a person can do. Every page of the console and
// every service that people use names the one it needs.
type Capability string

// The capabilities that hold within a queue. Whoever has one has it in the
// queues of their grants and in no other.
const (
	// ReadCases opens cases, their findings and their notes; no evidence.
	ReadCases Capability = "cases.read"
	// Decide takes cases from the queue, notes, and decides them.
	Decide Capability = "cases.decide"
	// SecondReview decides a second time, without seeing the first decision.
	SecondReview Capability = "cases.second"
	// Assign gives cases to people and moves them between queues.
	Assign Capability = "cases.assign"
	// Escalate hands a case to a named person.
	Escalate Capability = "cases.escalate"
	// Hold stops the clock of a case, with a reason and a date.
	Hold Capability = "cases.hold"
	// Merge joins cases and takes them apart.
	Merge Capability = "cases.merge"
	// LookEvidence opens view sessions.
	LookEvidence Capability = "evidence.look"
	// ReadEvidence sees which sealed files there are, how long they are kept, and
	// what was done with them; no content.
	ReadEvidence Capability = "evidence.read"
	// ExportEvidence takes evidence and bundles out of the installation.
	ExportEvidence Capability = "evidence.export"
	// DestroyEvidence destroys evidence; it takes two people.
	DestroyEvidence Capability = "evidence.destroy"
	// LegalHolds keeps evidence from being destroyed, and ends that.
	LegalHolds Capability = "evidence.legal_hold"
	// HotlineIntake writes down what a caller reports.
	HotlineIntake Capability = "hotline.intake"
	// AnswerMessages reads and answers what came through Tell someone.
	AnswerMessages Capability = "messages.answer"
	// ReadItems sees what came in and why it matches; no picture. An item is in
	// the queue of its case.
	ReadItems Capability = "items.read"
	// ReadFindings sees what was found in conversations, without words. A
	// finding is in the queue of its case.
	ReadFindings Capability = "findings.read"
	// OpenExcerpts opens the sealed lines of a finding.
	OpenExcerpts Capability = "excerpts.open"
)

// The capabilities that hold for the whole installation.
const (
	// OwnAccount is everybody's who is signed in: their name, their passkeys,
	// their sessions.
	OwnAccount Capability = "account.own"
	// OwnExposure sees how much one has looked at oneself.
	OwnExposure Capability = "exposure.own"
	// CheckItems hands in a file or a chat to be compared.
	CheckItems Capability = "items.check"
	// ReadBanks sees banks and their entries.
	ReadBanks Capability = "banks.read"
	// WriteBanks changes banks and their entries.
	WriteBanks Capability = "banks.write"
	// DecideReported accepts or refuses what was handed in through the guide.
	DecideReported Capability = "reported.decide"
	// ReadDirectory sees the helplines and how they were checked.
	ReadDirectory Capability = "directory.read"
	// WriteDirectory notes checks of helplines and corrects them.
	WriteDirectory Capability = "directory.write"
	// ReadRules sees the rules of the policy.
	ReadRules Capability = "rules.read"
	// WriteRules drafts rules and tries them on what is stored.
	WriteRules Capability = "rules.write"
	// ApproveRules puts a rule of somebody else into force.
	ApproveRules Capability = "rules.approve"
	// Statistics sees figures in which nobody can be recognised.
	Statistics Capability = "statistics.read"
	// ReadCustody reads the custody log.
	ReadCustody Capability = "custody.read"
	// ReadSystem sees how the installation is.
	ReadSystem Capability = "system.read"
	// Settings changes how the installation works.
	Settings Capability = "system.settings"
	// VaultKeys changes the keys of the vault and their holders.
	VaultKeys Capability = "vault.keys"
	// Webhooks sets where actions are sent.
	Webhooks Capability = "webhooks.manage"
	// Plugins sets which classifiers are asked.
	Plugins Capability = "plugins.manage"
	// ManageKeys makes, rotates and revokes API keys.
	ManageKeys Capability = "keys.manage"
	// ManagePeople invites people, gives roles, and disables.
	ManagePeople Capability = "people.manage"
)

// queued lists the capabilities of a queue.
func queued() []Capability {
	return []Capability{ReadCases, Decide, SecondReview, Assign, Escalate, Hold, Merge, LookEvidence, ReadEvidence, ExportEvidence, DestroyEvidence, LegalHolds, HotlineIntake, AnswerMessages, ReadItems, ReadFindings, OpenExcerpts}
}

// Capabilities lists all of them in the order of the documentation.
func Capabilities() []Capability {
	return append(queued(), OwnAccount, OwnExposure, CheckItems, ReadBanks, WriteBanks, DecideReported,
		ReadDirectory, WriteDirectory, ReadRules, WriteRules, ApproveRules, Statistics, ReadCustody, ReadSystem, Settings, VaultKeys, Webhooks, Plugins, ManageKeys, ManagePeople)
}

// PerQueue reports whether the capability holds within a queue only.
func (c Capability) PerQueue() bool { return slices.Contains(queued(), c) }
