package chatfile

// Format is the form of a conversation file.
type Format string

// The formats that New reads.
const (
	// JSONLines is the project's own: one conversation an object, one object a
	// line.
	JSONLines Format = "jsonl"
)

// Detect returns the format of a file by its beginning, of which a few
// kilobytes are enough, and its name; "" if it is none of the known ones.
func Detect(head []byte, name string) Format {
	return JSONLines
}

// parsers returns what reads a format; nil for an unknown one.
func parsers(f Format) func(*Reader) {
	switch f {
	case JSONLines:
		return readJSONLines
	}
	return nil
}
