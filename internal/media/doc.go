// Package media measures files: it tells what they are from their content,
// computes their exact and perceptual hashes, and says for everything it could
// not look at why not. It is the only package that decodes pictures.
//
// Files are hostile until proven otherwise. The size that a header claims is
// checked against [Limits] before memory is allocated for it, a panic of a
// decoder becomes "damaged", and a decoder in this process that does not end in
// time is left behind: its slot stays taken until it ends, so that slow files
// cannot pile up. Names and declared types are never believed.
//
// [Decoder.Confine] moves the decoding of pictures into worker processes in the
// jail (internal/jail): the bytes of a file in, hashes and facts or a reason out.
// Video, sound and the rarer pictures are decoded by ffmpeg there: [Decoder.Frames]
// and [Decoder.Sound] give pictures and samples as they come.
package media
