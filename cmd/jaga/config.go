package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/jaga-project/jaga"
)

// Config is everything that can be set. A value comes from the first of: a
// flag, an environment variable, the configuration file, the default. Every
// field may be left out.
type Config struct {
	// Data is the data directory: database, index and keys. It is set by
	// --data or JAGA_DATA and not in the file, because the file is looked for
	// inside it.
	Data string `toml:"-" env:"JAGA_DATA" default:"./jaga-data"`

	// Server is the web server of `jaga serve`.
	Server ServerConfig `toml:"server"`

	// Store is the database.
	Store StoreConfig `toml:"store"`

	// Media limits what decoding one file may cost. A file over a limit is
	// reported as not checked, never as clear.
	Media MediaConfig `toml:"media"`

	// Match says how items are compared with the banks.
	Match MatchConfig `toml:"match"`

	// Conversations says how messages are observed.
	Conversations ConversationsConfig `toml:"conversations"`

	// API says how much one key may ask for.
	API APIConfig `toml:"api"`

	// Cases says how findings become the work of people.
	Cases CasesConfig `toml:"cases"`

	// Opinion says when a language model is asked for a second opinion.
	Opinion OpinionConfig `toml:"opinion"`
	// Reports says how much of what people report is taken, and where to.
	Reports ReportsConfig `toml:"reports"`

	// Custody says where proofs of the custody log are kept besides the
	// database.
	Custody CustodyConfig `toml:"custody"`

	// Guide is the public guide for children and adults.
	Guide GuideConfig `toml:"guide"`

	// Vault is where sealed evidence is kept, and with which keys.
	Vault VaultConfig `toml:"vault"`
	// Law names the laws that apply.
	Law LawConfig `toml:"law"`

	// Tell is the message box of the guide, with which people write to a team
	// of yours without saying who they are. It is off until a team, its hours,
	// their time zone and a goal for answers are set: a box that nobody empties
	// does harm.
	Tell TellConfig `toml:"tell"`

	// Live says which live streams may be watched.
	Live LiveConfig `toml:"live"`

	// OIDC is the OpenID Connect provider at which people may sign in beside
	// passkeys; docs/people.md sets one up.
	OIDC OIDCConfig `toml:"oidc"`

	// Hooks are webhooks: servers that are told of what happens.
	Hooks HooksConfig `toml:"hooks"`

	// Plugins are outside programs that are asked about items. There is one
	// section for each, and none unless you write it.
	Plugins []PluginConfig `toml:"plugins"`

	// Policy bounds what rules may do by themselves.
	Policy PolicyConfig `toml:"policy"`

	// Log is what the server writes to standard error.
	Log LogConfig `toml:"log"`
}

// ServerConfig is the section [server].
type ServerConfig struct {
	// Listen is the address and port to listen on. Only this machine can
	// reach the default; put a proxy that speaks TLS in front before you
	// listen on any other.
	Listen string `toml:"listen" default:"127.0.0.1:8474"`
	// PublicURL is the address people type, used in links that Jaga writes,
	// such as the sign-in link. Passkeys belong to its name: they need https
	// and a name, not an IP address, and changing the name ends them. Empty
	// means http:// and the listen address; on this machine only, that is
	// http://localhost, where passkeys work.
	PublicURL string `toml:"public_url"`
	// HMAOpenNetworks lists the networks, such as "10.0.0.0/8", from which
	// the Hasher-Matcher-Actioner API answers without an API key, because
	// that API's clients often send none. Empty means that every call needs
	// a key.
	HMAOpenNetworks []netip.Prefix `toml:"hma_open_networks"`
	// HMAVideoMD5 makes that API answer for a video as Hasher-Matcher-Actioner
	// does, with its exact MD5 alone: a video that was merely saved again
	// then looks like one that was checked and is not known. Off, such a
	// question is answered with "not available", which some clients take for
	// a reason to hold the video back.
	HMAVideoMD5 bool `toml:"hma_video_md5"`
	// FetchURLs allows that API's "url" parameter to make Jaga fetch a
	// picture from the public internet. It is off because a server that
	// fetches what strangers name can be made to reach your own network;
	// private addresses are refused even when it is on.
	FetchURLs bool `toml:"fetch_urls"`
}

// StoreConfig is the section [store].
type StoreConfig struct {
	// URL names the database: empty for SQLite in the data directory, or
	// postgres://user@host/database. It may hold a password; prefer URLFile
	// then.
	URL string `toml:"url"`
	// URLFile names a file whose first line is the URL, so that a password
	// stands neither in this file nor in the environment. Only one of URL
	// and URLFile may be set.
	URLFile string `toml:"url_file"`
}

// MediaConfig is the section [media].
type MediaConfig struct {
	// MaxBytes is the largest file that is read, unless it is a film or sound.
	MaxBytes Size `toml:"max_bytes" default:"128MiB"`
	// MaxFilmBytes is the largest film or sound that the API takes. One that is
	// accepted before it is checked waits on the disk, encrypted, in the folder
	// for temporary files (TMPDIR), which needs room for four of them.
	MaxFilmBytes Size `toml:"max_film_bytes" default:"4GiB"`
	// MaxPixels is the largest width times height that is decoded.
	MaxPixels int64 `toml:"max_pixels" default:"120000000"`
	// MaxMemory is what decoding one file may use.
	MaxMemory Size `toml:"max_memory" default:"2GiB"`
	// Timeout is how long decoding one file may take.
	Timeout Duration `toml:"timeout" default:"10s"`
	// Workers is how many files are decoded at a time; 0 is one for each
	// processor.
	Workers int `toml:"workers" default:"0"`
	// FFmpeg is the path of the program that decodes video, sound and the rarer
	// kinds of pictures; empty is the one in PATH. ffprobe lies beside it.
	FFmpeg string `toml:"ffmpeg"`
	// VideoTimeout is how long decoding one video or sound may take.
	VideoTimeout Duration `toml:"video_timeout" default:"30m"`
	// VideoSpool is how much of a video that arrives as a stream, with its index
	// at the end, is kept on the disk, encrypted, until it is decoded.
	VideoSpool Size `toml:"video_spool" default:"8GiB"`
	// FilmEvery is how much of a film is hashed: one frame in so much time, 0s
	// being every frame, which is far slower and finds scenes that are shorter.
	// Lists are mostly made with one frame a second. The entries of banks stay as
	// they were hashed.
	FilmEvery Duration `toml:"film_every" default:"1s"`
	// AllowUnconfined decodes video and sound also where the kernel cannot confine
	// ffmpeg. It is dangerous: whoever knows a hole in a decoder can then take over
	// this machine, and all evidence on it, by sending a file. Without it such
	// files are reported as not checked.
	AllowUnconfined bool `toml:"allow_unconfined" default:"false"`
}

// MatchConfig is the section [match].
type MatchConfig struct {
	// Rotations also looks for the seven other ways a picture can be turned
	// and mirrored. It costs a few microseconds for each picture.
	Rotations bool `toml:"rotations" default:"true"`
	// RecentDays is for how many days the hashes of checked items are kept,
	// so that they can be matched again when a bank grows. The items
	// themselves are not kept.
	RecentDays int `toml:"recent_days" default:"30"`
}

// ConversationsConfig is the section [conversations].
type ConversationsConfig struct {
	// Packs are files of private indicator packs that are used beside the
	// ones that come with Jaga. A pack that fails its own tests is refused,
	// and the server does not start.
	Packs []string `toml:"packs"`
	// Model is a file that `jaga train` wrote. Jaga comes without one; with
	// one, a conversation can reach the band observe without an indicator.
	Model string `toml:"model"`
	// Supplies lists the inputs that every conversation comes with, out of
	// age_band, graph, payment, login, media, classifier and feed. An input
	// that is not listed, and that a conversation itself does not show, is
	// reported as not checked.
	Supplies []string `toml:"supplies"`
	// KeepDays is for how many days the state of a conversation is kept
	// after its last message. A state holds no text.
	KeepDays int `toml:"keep_days" default:"90"`
}

// GuideConfig is the section [guide].
type GuideConfig struct {
	// Folder holds files that replace single files of the guide, under the
	// same names. The server does not start when one of them breaks the
	// guide's rules. Empty leaves the guide as it comes.
	Folder string `toml:"folder"`
	// Takedown lets children and young people hand in codes of pictures of
	// them, so that copies are found here. It is off because people must
	// look at every case, on the page Banks; without them children would
	// wait for nothing. Off, the guide leads to Take It Down and others, and
	// cases that are there can still be looked at and withdrawn.
	Takedown bool `toml:"takedown"`
}

// LogConfig is the section [log].
type LogConfig struct {
	// Level is debug, info, warn or error.
	Level string `toml:"level" default:"info"`
	// Format is text or json.
	Format string `toml:"format" default:"text"`
}

// LoadConfig reads the configuration. The file is named by file, else by
// JAGA_CONFIG, else it is jaga.toml in the data directory, where it may be
// missing. Settings that do not exist are refused by name, so that a typing
// error does not silently leave a default in force.
func LoadConfig(file, dataDir string, environ []string) (Config, error) {
	env := jagaEnviron(environ)
	cfg := Config{}
	if err := setDefaults(reflect.ValueOf(&cfg).Elem()); err != nil {
		return Config{}, err
	}
	cfg.Data = cmp.Or(dataDir, env["JAGA_DATA"], cfg.Data)
	must := true
	if file == "" {
		file = env["JAGA_CONFIG"]
	}
	if file == "" {
		file, must = filepath.Join(cfg.Data, "jaga.toml"), false
	}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !must:
	case err != nil:
		return Config{}, errorf(jaga.CodeNotFound, "", "read configuration: %w", err)
	default:
		if err := decodeTOML(file, text, &cfg); err != nil {
			return Config{}, err
		}
	}
	if err := overlay(&cfg, env); err != nil {
		return Config{}, err
	}
	return cfg, cfg.check()
}

func decodeTOML(file string, text []byte, cfg *Config) error {
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(cfg)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		first := strict.Errors[0]
		row, _ := first.Position()
		return errorf(jaga.CodeInvalid, "docs/configuration.md lists all settings",
			"%s line %d: there is no setting %q", file, row, strings.Join(first.Key(), "."))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		row, column := bad.Position()
		return errorf(jaga.CodeInvalid, "", "%s line %d, column %d: %s", file, row, column, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	if err != nil {
		return errorf(jaga.CodeInvalid, "", "%s: %w", file, err)
	}
	return nil
}

// check refuses values that contradict each other or cannot work.
func (c *Config) check() error {
	bad := func(field, format string, args ...any) error {
		e := jaga.Errorf(jaga.CodeInvalid, format, args...)
		e.Field = field
		return e
	}
	switch {
	case c.Store.URL != "" && c.Store.URLFile != "":
		return bad("store.url_file", "only one of url and url_file may be set")
	case c.Media.MaxBytes < 0 || c.Media.MaxFilmBytes < 0 || c.Media.MaxPixels < 0 || c.Media.MaxMemory < 0 || c.Media.Timeout < 0 || c.Media.Workers < 0 || c.Media.VideoTimeout < 0 || c.Media.VideoSpool < 0 || c.Media.FilmEvery < 0:
		return bad("media", "limits are not negative")
	case !c.Policy.valid():
		return bad("policy", "numbers are above zero, and shares lie above 0 and at most at 1")
	case c.Match.RecentDays < 0:
		return bad("match.recent_days", "%d is negative", c.Match.RecentDays)
	}
	if err := c.Custody.check(); err != nil {
		return err
	}
	if _, err := netip.ParseAddrPort(strings.Replace(c.Server.Listen, "localhost", "127.0.0.1", 1)); err != nil && !strings.HasPrefix(c.Server.Listen, ":") {
		return bad("server.listen", "%q is not an address and port such as 127.0.0.1:8474", c.Server.Listen)
	}
	if err := c.Reports.check(); err != nil {
		return err
	}
	if err := c.API.check(); err != nil {
		return err
	}
	if err := c.Live.check(); err != nil {
		return err
	}
	if err := c.Cases.check(); err != nil {
		return err
	}
	if _, err := c.Tell.options(); err != nil {
		return err
	}
	switch c.Log.Level {
	case "debug", "info", "warn", "error":
	default:
		return bad("log.level", "%q is not one of debug, info, warn, error", c.Log.Level)
	}
	switch c.Log.Format {
	case "text", "json":
	default:
		return bad("log.format", "%q is not one of text, json", c.Log.Format)
	}
	return c.Vault.check()
}

// StoreURL returns the database URL, reading URLFile where that is set.
func (c *Config) StoreURL() (string, error) {
	if c.Store.URLFile != "" {
		text, err := os.ReadFile(c.Store.URLFile)
		if err != nil {
			return "", fmt.Errorf("read store.url_file: %w", err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		return strings.TrimSpace(line), nil
	}
	if c.Store.URL != "" {
		return c.Store.URL, nil
	}
	return "sqlite:" + filepath.Join(c.Data, "jaga.db"), nil
}
