package console_test

import (
	"os"
	"testing"

	"github.com/jaga-project/jaga/internal/jail"
)

func TestMain(m *testing.M) {
	jail.Main()
	os.Exit(m.Run())
}
