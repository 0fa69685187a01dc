package live_test

import (
	"testing"

	"github.com/jaga-project/jaga/internal/jail"
)

// run runs the tests; a process that the jail started does its work instead.
func run(m *testing.M) int {
	jail.Main()
	return m.Run()
}
