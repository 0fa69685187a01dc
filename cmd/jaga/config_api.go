package main

import "github.com/jaga-project/jaga"

// APIConfig is the section [api].
type APIConfig struct {
	// RequestsPerSecond is how many requests one API key makes in a second, in
	// the long run; 0 limits nothing. More are answered with 429 and
	// Retry-After. A stream of messages or items, and a socket, are one request
	// each. People who are signed in, and health checks, are not limited.
	RequestsPerSecond int `toml:"requests_per_second" default:"1000"`
	// Burst is how many a key makes at once after it was quiet.
	Burst int `toml:"burst" default:"5000"`
}

func (c APIConfig) check() error {
	if c.RequestsPerSecond < 0 || c.RequestsPerSecond > 1_000_000 {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "api.requests_per_second", Msg: "it is not between 0 and 1,000,000"}
	}
	if c.Burst < 1 || c.Burst > 10_000_000 {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "api.burst", Msg: "it is not between 1 and 10,000,000"}
	}
	return nil
}
