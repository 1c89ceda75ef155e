// Command airmock is a fake Airstack tenant for Microsoft Entra ID: a SCIM 2.0
// server and a terminal UI over the same state. See README.md, or run
//
//	airmock --help
package main

import (
	"context"
	"os"

	"airmock/internal/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
