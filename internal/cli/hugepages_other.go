//go:build !linux

package cli

// hugePages are of Linux alone.
type hugePages struct{}

func useHugePages(int64) hugePages { return hugePages{} }

func (hugePages) given() bool { return false }

func (hugePages) unmark(int64) {}
