package policy

// CompileUntested compiles a rule without running its tests.
func CompileUntested(r Rule) (*Compiled, error) { return compile(r) }
