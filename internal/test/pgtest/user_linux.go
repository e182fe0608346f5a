package pgtest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// stopSignal ends a server at once; it recovers when it starts again.
const stopSignal = syscall.SIGQUIT

// The server refuses to run as root.
func credential() *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		other, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(other.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(other.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return nil
}

// asOther makes a command end with this process, and not run as root.
func asOther(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Credential: credential(), Pdeathsig: syscall.SIGQUIT}
}

func giveAway(folder string) error {
	if other := credential(); other != nil {
		return os.Chown(folder, int(other.Uid), int(other.Gid))
	}
	return nil
}
