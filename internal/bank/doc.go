// Package bank keeps the lists that items are compared with: banks, their
// entries, where entries came from and what people said of them. It fills the
// engine and keeps it current.
//
// What a call acknowledges is durable and matches at once. A list is imported
// whole or not at all: its entries come into being when the last of them is
// stored, and what a killed import left behind is removed at the next start.
//
// The database is the truth; the index snapshot under the data directory only
// makes starting fast. A missing, old or damaged snapshot is rebuilt.
package bank
