//go:build unix

package tunnel

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the program the first of a process group, so that what it
// starts ends with it, and a ctrl+c in the terminal is not its business.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminate asks the group to end; a group that has ended already is fine.
func terminate(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// kill ends what is left of the group.
func kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
