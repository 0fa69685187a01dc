// Package engine looks at words that somebody pasted or typed into the guide,
// on that person's own phone. It reads a chat as people copy it, lets the
// conversation detector of package convo look at it, and answers with what a
// child may be told: which forms it looks like and which words made it so,
// without scores, bands or names of indicators.
//
// It runs as WebAssembly in a worker of a page that may open no connection
// (folder wasm); it is the same code as in the tests, which run it natively.
package engine
