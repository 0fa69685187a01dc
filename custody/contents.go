package custody

// ContentsFormat names the form of [Contents].
const ContentsFormat = "jaga-contents-1"

// ContentsFile is the name of the list in a bundle, under data/files/.
const ContentsFile = "contents.json.age"

// Contents say what is inside the encrypted files of a bundle. The list is
// encrypted to the same keys: digests of such files are as sensitive as they
// are, and names and sources are the receiver's alone to know.
type Contents struct {
	Format string         `json:"format"` // ContentsFormat
	Files  []ContentEntry `json:"files"`
	// Lost are subjects of files that could not be handed out: they were
	// destroyed since somebody asked for them, or their bytes are gone.
	Lost []string `json:"lost,omitempty"`
}

// ContentEntry is what one encrypted file holds.
type ContentEntry struct {
	Name string `json:"name"` // that of the encrypted file
	Content
	Source Acquisition `json:"acquisition"`
	// StatedName and StatedMedia are as the sender of the file stated them.
	StatedName  string `json:"stated_name,omitempty"`
	StatedMedia string `json:"stated_media,omitempty"`
	// Commitment ties the file to the record of its arrival; it is missing for
	// files that came in before there was one.
	Commitment *Commitment `json:"commitment,omitempty"`
}
