package store

// Condition is a condition of a query that another package than the query's
// own knows how to write: column is the column that it is about, and arg adds an
// argument and returns its mark, such as $3. A nil Condition is none.
type Condition func(column string, arg func(any) string) string
