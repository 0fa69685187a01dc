package chatfile

import (
	"slices"
	"strings"
)

// mediaKinds are the values of a Message's Media.
var mediaKinds = [...]string{"image", "video", "audio", "file", "deleted"}

// mediaOf returns the kind of a file by its name.
func mediaOf(name string) string {
	name, _, _ = strings.Cut(name, "?")
	switch strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]) {
	case "jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "avif", "bmp", "tif", "tiff", "tgs":
		return "image"
	case "mp4", "mov", "webm", "mkv", "avi", "3gp", "m4v":
		return "video"
	case "mp3", "opus", "ogg", "oga", "m4a", "aac", "wav", "flac", "amr":
		return "audio"
	}
	return "file"
}

// mediaFirst returns the kind of several files that stands first in mediaKinds.
func mediaFirst(kinds []string) string {
	for _, k := range mediaKinds {
		if slices.Contains(kinds, k) {
			return k
		}
	}
	return ""
}
