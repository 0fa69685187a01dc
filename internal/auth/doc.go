// Package auth knows who asks, and what they may do: API keys for programs,
// sign-in links and sessions for people.
//
// Every secret is shown once, when it is made, and kept as a digest. What
// changes who may do what is a custody record in the same transaction.
package auth
