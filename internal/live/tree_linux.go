package live

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A tree is the processes of a container, PID 1 first, each with a descriptor that outlives it.
type tree struct {
	processes []*Process
	host      []int // their PIDs here
	fds       []int // -1 where there is none
	stuck     map[int]bool
}

// survey describes the processes of a container so that a change shows, and reports whether they all sleep.
func survey(pid int) (look string, quiet bool) {
	var b strings.Builder
	quiet = true
	for _, p := range descendants(pid) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			quiet = false
			continue
		}
		// pid (name) state ...
		end := bytes.LastIndexByte(text, ')')
		if end < 0 || end+2 >= len(text) {
			quiet = false
			continue
		}
		fmt.Fprintf(&b, "%s\n", text[:end])
		if !bytes.ContainsRune([]byte("SZTI"), rune(text[end+2])) {
			quiet = false
		}
	}
	return b.String(), quiet
}

// descendants lists a process and all below it, parents first.
func descendants(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i])) // the pattern is well-formed
		for _, list := range lists {
			text, err := os.ReadFile(list)
			if err != nil {
				continue // the thread has ended
			}
			for word := range strings.FieldsSeq(string(text)) {
				if child, err := strconv.Atoi(word); err == nil {
					all = append(all, child)
				}
			}
		}
	}
	return all
}

// readTree reads the processes of a container. A process that ends meanwhile is left out, PID 1 is an error then.
func readTree(pid int) (*tree, error) {
	t := &tree{stuck: map[int]bool{}}
	inside := map[int]int{} // PIDs there by PIDs here
	for _, host := range descendants(pid) {
		fd, err := unix.PidfdOpen(host, 0)
		if err != nil {
			fd = -1
		}
		p, parent, err := readProcess(host)
		if err != nil {
			closeFD(fd)
			if host == pid {
				t.close()
				return nil, err
			}
			continue
		}
		p.Parent = inside[parent]
		inside[host] = p.PID
		t.processes = append(t.processes, p)
		t.host = append(t.host, host)
		t.fds = append(t.fds, fd)
	}
	return t, nil
}

// readProcess returns a process without parent, and the parent's PID here.
func readProcess(host int) (*Process, int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", host))
	if err != nil {
		return nil, 0, err
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", host))
	if err != nil {
		return nil, 0, err
	}
	p := &Process{}
	parent := 0
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		switch {
		case len(fields) == 0:
		case name == "PPid":
			parent, err = strconv.Atoi(fields[0])
		case name == "NSpid":
			p.PID, err = strconv.Atoi(fields[len(fields)-1])
		case name == "State" && fields[0] == "Z":
			return nil, 0, errors.New("it has ended")
		}
		if err != nil {
			return nil, 0, err
		}
	}
	if len(cmdline) > 0 {
		p.Argv = strings.Split(strings.TrimSuffix(string(cmdline), "\x00"), "\x00")
	}
	return p, parent, nil
}

// mark notes which processes still run, and reports whether an application does that was not there before. Where PID 1 has ended
// meanwhile, none does.
func (t *tree) mark(pid int, journal *journal) (revived bool, err error) {
	if err := journal.read(); err != nil {
		return false, err
	}
	now, err := readTree(pid)
	if err != nil {
		return false, nil
	}
	defer now.close()
	known := map[int]bool{}
	for i, host := range t.host {
		known[host] = true
		for j := range now.host {
			if now.host[j] == host && now.processes[j].PID == t.processes[i].PID {
				t.stuck[i] = true
			}
		}
	}
	for j, p := range now.processes {
		if !known[now.host[j]] && journal.ready[p.PID] != "" {
			revived = true
		}
	}
	return revived, nil
}

// ends completes the processes when all have ended.
func (t *tree) ends(journal *journal) []*Process {
	if t == nil {
		return nil
	}
	for i, p := range t.processes {
		p.Role, p.Told = journal.ready[p.PID], journal.told[p.PID]
		var known bool
		p.Status, known = exitStatus(t.fds[i])
		switch {
		case journal.done[p.PID]:
			p.End = Finished
		case t.stuck[i]:
			p.End = Stuck
		case !known:
			p.End = Vanished
		case p.Status.Exited():
			p.End = Exited
		case p.Status.Signal() == unix.SIGKILL:
			p.End = Killed
		default:
			p.End = ByDefault
		}
	}
	return t.processes
}

// exitStatus asks the kernel how a process ended that is gone. Linux says so since 6.15.
func exitStatus(fd int) (syscall.WaitStatus, bool) {
	if fd < 0 {
		return 0, false
	}
	info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
	if err := unix.IoctlPidfdInfo(fd, &info); err != nil || info.Mask&unix.PIDFD_INFO_EXIT == 0 {
		return 0, false
	}
	return syscall.WaitStatus(info.Exit_code), true
}

func (t *tree) close() {
	if t == nil {
		return
	}
	for _, fd := range t.fds {
		closeFD(fd)
	}
	t.fds = nil
}

func closeFD(fd int) {
	if fd >= 0 {
		_ = unix.Close(fd) // nothing was written to it
	}
}
