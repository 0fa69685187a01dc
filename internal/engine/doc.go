// Package engine compares what was measured of an item with the banks and
// says what that means. It does no input or output, reads no clock and draws
// no random numbers: time and chance are handed in, so that the same question
// always gets the same answer, on a server, in a command or in a browser.
//
// The bank package fills an [Engine]; intake, the HTTP interfaces and the
// commands ask it. [Engine.Match] finds entries, [Judge] turns matches and
// skipped detectors into a [jaga.Outcome].
package engine
