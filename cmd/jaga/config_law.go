package main

// LawConfig is the section [law].
type LawConfig struct {
	// Profiles are the jurisdiction profiles that are in force, such as
	// ["us-2258a", "id-komdigi"]; `jaga law list` lists them. They are no legal
	// advice; let a lawyer of your country check them first. Messages of private
	// channels are refused where one of them does not leave that to you. Empty
	// means that no deadlines are shown and that nobody has chosen: messages of
	// private channels are read.
	Profiles []string `toml:"profiles"`
	// PrivateDespite names profiles in force, such as ["id-komdigi"], whose
	// switch for private chats may be set aside. That alone changes nothing: two
	// administrators must agree to it on the page Settings, with a reason that is
	// kept. What the law says is in docs/law.md; whether your service may is for
	// you and your counsel to answer.
	PrivateDespite []string `toml:"private_despite"`
	// Folder holds profiles of your own, and changed ones, as docs/law.md
	// describes. Empty means the ones that come with Jaga alone.
	Folder string `toml:"folder"`
	// Signers are the public keys of other installations that may sign
	// profiles; the key of this one always may.
	Signers []string `toml:"signers"`
	// AllowUnsigned takes profiles in the folder without a signature. They are
	// shown as unsigned.
	AllowUnsigned bool `toml:"allow_unsigned"`
}
