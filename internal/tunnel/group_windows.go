package tunnel

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps a ctrl+c in the terminal from the program.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// terminate ends the program: Windows has no way to ask.
func terminate(cmd *exec.Cmd) { kill(cmd) }

// kill ends the program; one that has ended already is fine.
func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
