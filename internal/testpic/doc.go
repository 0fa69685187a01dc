// Package testpic draws pictures for tests, for the demonstration and for the
// measurements in docs/: photograph-like scenes, test cards and plain areas,
// each from a seed, and the changes that pictures go through as people pass
// them on. Nobody and nothing real is in them, so they may stand in a
// repository and on a screen.
//
// The same seed and size give the same picture. Architectures that fuse a
// multiplication with an addition may differ by one step of a channel.
//
// Pictures are opaque and start at (0, 0). Changes never write to the picture
// they are given, so all functions may be called concurrently. Sizes below one
// pixel are a programmer's mistake and panic.
package testpic
