package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/vault"
)

// VaultConfig is the section [vault].
type VaultConfig struct {
	// Directory holds the sealed files, unless they are in a bucket. Empty is
	// vault in the data directory. Copies of it are useless without the keys.
	Directory string `toml:"directory"`
	// KeyFile holds the vault keys. Empty is vault.key in the data directory,
	// which is made at the first start. Keep a copy elsewhere: without it
	// only two officers together can open what was sealed.
	KeyFile string `toml:"key_file"`
	// KeyCommand is a program, with its arguments, that prints the key file,
	// for keys that are kept in a key service. Only one of KeyFile and
	// KeyCommand may be set.
	KeyCommand []string `toml:"key_command"`
	// QuarantineDays is for how many days a file is kept that came in and was
	// bound to no case.
	QuarantineDays int `toml:"quarantine_days" default:"7"`
	// MaxBytes is the largest file that programs may hand in as evidence.
	MaxBytes Size `toml:"max_bytes" default:"16GiB"`
	// S3URL is the address of an S3-compatible object store, such as
	// https://s3.example.org. Empty keeps the sealed files in Directory.
	S3URL string `toml:"s3_url"`
	// S3Bucket is the bucket, which must exist.
	S3Bucket string `toml:"s3_bucket"`
	// S3Prefix is put before the name of every object.
	S3Prefix string `toml:"s3_prefix"`
	// S3Region is the region, where the store has regions.
	S3Region string `toml:"s3_region"`
	// S3AccessKeyFile names a file whose first line is the access key.
	S3AccessKeyFile string `toml:"s3_access_key_file"`
	// S3SecretKeyFile names a file whose first line is the secret key.
	S3SecretKeyFile string `toml:"s3_secret_key_file"`
	// S3PathStyle puts the bucket into the path of the address and not into
	// its host name, as many stores on one's own machines want it.
	S3PathStyle bool `toml:"s3_path_style"`
}

// check refuses settings that contradict each other.
func (v *VaultConfig) check() error {
	bad := func(field, msg string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "vault." + field, Msg: msg}
	}
	switch {
	case v.KeyFile != "" && len(v.KeyCommand) > 0:
		return bad("key_command", "only one of key_file and key_command may be set")
	case v.MaxBytes < 1:
		return bad("max_bytes", "there must be room for a file")
	case v.QuarantineDays < 1:
		return bad("quarantine_days", "a file stays at least a day, so that it can be looked at")
	case v.S3URL != "" && v.Directory != "":
		return bad("s3_url", "only one of directory and s3_url may be set")
	case v.S3URL == "" && v.S3Bucket != "":
		return bad("s3_bucket", "a bucket needs s3_url")
	case v.S3URL != "" && (v.S3Bucket == "" || v.S3AccessKeyFile == "" || v.S3SecretKeyFile == ""):
		return bad("s3_url", "a bucket needs s3_bucket, s3_access_key_file and s3_secret_key_file")
	}
	return nil
}

// vaultKeyFile is the file of the vault keys.
func (c *Config) vaultKeyFile() string {
	if c.Vault.KeyFile != "" {
		return c.Vault.KeyFile
	}
	return datadir.VaultKey(c.Data)
}

// blobs opens the store of the sealed files.
func (c *Config) blobs() (vault.Blobs, error) {
	v := c.Vault
	if v.S3URL == "" {
		dir := v.Directory
		if dir == "" {
			dir = datadir.VaultDir(c.Data)
		}
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		return vault.OpenDir(abs)
	}
	access, err := firstLine("vault.s3_access_key_file", v.S3AccessKeyFile)
	if err != nil {
		return nil, err
	}
	secret, err := firstLine("vault.s3_secret_key_file", v.S3SecretKeyFile)
	if err != nil {
		return nil, err
	}
	return vault.OpenS3(vault.S3Options{URL: v.S3URL, Bucket: v.S3Bucket, Prefix: v.S3Prefix, Region: v.S3Region, AccessKey: access, SecretKey: secret, PathStyle: v.S3PathStyle})
}

// firstLine reads a secret from its file.
func firstLine(field, file string) (string, error) {
	text, err := os.ReadFile(file)
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSpace(line)
	if err != nil || line == "" {
		msg := "the file is empty"
		if err != nil {
			msg = err.Error()
		}
		return "", &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: msg, Hint: "write the secret into its first line", Err: err}
	}
	return line, nil
}
