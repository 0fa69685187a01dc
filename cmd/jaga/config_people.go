package main

import "github.com/jaga-project/jaga/internal/auth"

// OIDCConfig is the section [oidc].
type OIDCConfig struct {
	// Issuer is the provider's address, as its tokens name it, such as
	// https://login.example.org/realms/team. Empty leaves sign-in at a
	// provider off.
	Issuer string `toml:"issuer"`
	// ClientID is what the provider calls this installation. Register it
	// there with the address to come back to: server.public_url followed by
	// /sign-in/provider/back.
	ClientID string `toml:"client_id"`
	// ClientSecretFile names a file whose first line is the client's secret.
	// Empty is a client without one.
	ClientSecretFile string `toml:"client_secret_file"`
	// AllowedDomains lists the mail domains whose addresses, verified by the
	// provider, may sign in. Empty allows everybody whom the provider lets in
	// and who was invited or has a role.
	AllowedDomains []string `toml:"allowed_domains"`
	// RoleClaim is the claim of the token that roles are read from, such as
	// groups. Empty reads none: then people are invited, and given roles, on
	// the page People.
	RoleClaim string `toml:"role_claim"`
	// Roles says which value of the claim comes to which role, as
	// "value=role" or, for one queue, "value=role@queue". Whoever has none of
	// the values and was not invited cannot sign in.
	Roles []string `toml:"roles"`
}

// provider is what the sign-in needs to know of it.
func (c OIDCConfig) provider() auth.ProviderConfig {
	return auth.ProviderConfig{Issuer: c.Issuer, ClientID: c.ClientID, SecretFile: c.ClientSecretFile, Domains: c.AllowedDomains, RoleClaim: c.RoleClaim, Roles: c.Roles}
}
