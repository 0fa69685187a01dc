package main

import (
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
)

// HooksConfig is the section [hooks].
type HooksConfig struct {
	// Internal lists hosts of the own network, such as "hooks.internal" or
	// "127.0.0.1", that webhooks may be sent to by plain http and at private
	// addresses. Every other host must have a public address and https, so
	// that nobody who adds a webhook makes the server reach into the network
	// that it stands in.
	Internal []string `toml:"internal"`
	// Timeout bounds one delivery.
	Timeout Duration `toml:"timeout" default:"10s"`
}

// PluginConfig is one section [[plugins]].
type PluginConfig struct {
	// Name is what people call it: letters, digits and -_. , unique.
	Name string `toml:"name"`
	// URL is where it listens, without the paths of the contract. A plugin is
	// reached on this machine and in the own network only, unless Public is
	// set.
	URL string `toml:"url"`
	// Kind is classifier, matcher, opinion or transcriber. An opinion asks a
	// language model behind an OpenAI-compatible address, and only about what
	// is in the band review already. A transcriber turns the speech of live
	// streams into words.
	Kind string `toml:"kind"`
	// Model is the name of the language model, for an opinion.
	Model string `toml:"model"`
	// Items lists what it is asked about: image, video, audio, text, message.
	// Empty is what the plugin itself says, without message: what people write
	// to each other in conversations goes only to a classifier that lists it.
	// An opinion is asked about text only, a transcriber about the sound of
	// streams only.
	Items []string `toml:"items"`
	// Form is the form of harm of what a matcher finds: csam unless set,
	// grooming, live_stream or sextortion.
	Form string `toml:"form"`
	// Band is the band of what a matcher finds: review unless set, or observe.
	Band string `toml:"band"`
	// Required says that an item, or a stretch of a stream, which the plugin
	// did not look at is not checked. Unless set, it is merely listed as
	// skipped.
	Required bool `toml:"required"`
	// Public allows an address of the public internet, with https. What is
	// handed in leaves your network then.
	Public bool `toml:"public"`
	// TokenFile names a file whose first line is sent as a bearer token.
	TokenFile string `toml:"token_file"`
	// Timeout bounds one question; 0 is 5 seconds, 10 for a transcriber and 20
	// for an opinion.
	Timeout Duration `toml:"timeout"`
	// AtOnce is how many questions it is asked at a time; 0 is 4, and 1 for
	// an opinion.
	AtOnce int `toml:"at_once"`
	// PerDay is how often it is asked in a day, and PerSource how often for
	// what one key hands in; 0 is no limit. Beyond it items are not looked
	// at by the plugin.
	PerDay int `toml:"per_day"`
	// PerSource is the share of one key.
	PerSource int `toml:"per_source"`
}

// plugins turns the sections into settings of the package.
func (c *Config) plugins() ([]plugin.Config, error) {
	var out []plugin.Config
	for i, p := range c.Plugins {
		x := plugin.Config{Name: p.Name, URL: p.URL, Kind: plugin.Kind(p.Kind), Model: p.Model, Required: p.Required, Public: p.Public,
			Timeout: p.Timeout.time(), AtOnce: p.AtOnce, PerDay: p.PerDay, PerSource: p.PerSource}
		x.Form = jaga.Form(p.Form)
		if p.Band != "" {
			if err := x.Band.UnmarshalText([]byte(p.Band)); err != nil {
				return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: fmt.Sprintf("plugins[%d].band", i), Msg: "it is not one of observe, review"}
			}
		}
		for _, k := range p.Items {
			x.Items = append(x.Items, jaga.Kind(k))
		}
		if p.TokenFile != "" {
			var err error
			if x.Token, err = firstLine(fmt.Sprintf("plugins[%d].token_file", i), p.TokenFile); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	return out, nil
}
