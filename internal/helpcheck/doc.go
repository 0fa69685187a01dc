// Package helpcheck keeps what people find out about the rows of the guide's
// help directory: who rang when and whether anybody answered, and which values
// have changed. Nothing is overwritten. A value that was replaced is superseded
// for good: no correction, no file and no import brings it back.
package helpcheck
