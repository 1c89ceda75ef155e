// Package storetest has what tests of a tenant's data share.
package storetest

import (
	"os"
	"strconv"
	"testing"
)

// Kills is how often the tests kill a tenant: 20 times, or as often as
// AIRMOCK_TEST_KILLS says, for the long run.
func Kills(tb testing.TB) int {
	tb.Helper()
	text := os.Getenv("AIRMOCK_TEST_KILLS")
	if text == "" {
		return 20
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("AIRMOCK_TEST_KILLS is %q, not a number from 1 on", text)
	}
	return n
}
