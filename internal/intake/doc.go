// Package intake takes items in: it measures them, compares them with the
// banks, says what was found and what was not checked, and stores that. The
// bytes themselves are never stored.
//
// An item is durable before it is acknowledged. One that is acknowledged before
// it was checked ("202 Accepted") is stored as not checked, so that a crash in
// between leaves it visible, with the reason, and not lost.
package intake
