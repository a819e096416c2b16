package live

import (
	"fmt"
	"slices"
)

// badness orders verdicts about applications.
var badness = []Verdict{Graceful, Abrupt, Undecided, Ignored, Lost}

// judge sets Verdict, Slow and Reason from everything else. Revived says that an application ran at the end of the grace period
// that was not there before the stop signal: something started it again.
func (o *Outcome) judge(revived bool) {
	switch {
	case o.Refused != "":
		o.Verdict, o.Reason = FailsToStart, "the kernel refuses: "+o.Refused
		return
	case !o.Stopped && (o.Started || o.Status.Exited() && o.Status.ExitStatus() == 0):
		o.Verdict, o.Reason = EndsAtOnce, "PID 1 ends by itself with "+statusText(o.Status)
		return
	case !o.Stopped:
		o.Verdict, o.Reason = FailsToStart, "PID 1 ends with "+statusText(o.Status)+" and no application is ready before"
		return
	}
	apps := o.applications()
	stuck := o.Processes[0].End == Stuck
	switch {
	case len(apps) == 0:
		o.Verdict, o.Reason = Undecided, "there is no application"
		return
	case apps[0].Role == "" && stuck: // a loop starts one sleep after the other
		o.Verdict, o.Reason = Ignored, fmt.Sprintf("nothing but %s runs when the grace period is over", apps[0].Name())
		return
	}
	for i, p := range apps {
		verdict, reason := p.judge()
		if i == 0 || slices.Index(badness, verdict) > slices.Index(badness, o.Verdict) {
			o.Verdict, o.Reason = verdict, reason
		}
	}
	switch {
	case revived && stuck && (o.Verdict == Graceful || o.Verdict == Abrupt):
		o.Verdict, o.Reason = Ignored, "the application is started again, and runs when the grace period is over"
	case o.Verdict == Graceful && stuck:
		o.Slow = true
	}
}

// applications are those that have a role, or the processes that wait (sleep, tail, cat, tee) where there is no other.
func (o *Outcome) applications() []*Process {
	var apps, waiting []*Process
	for _, p := range o.Processes {
		switch {
		case p.Role != "":
			apps = append(apps, p)
		case slices.Contains([]string{"sleep", "tail", "cat", "tee"}, p.Name()):
			waiting = append(waiting, p)
		}
	}
	if len(apps) > 0 {
		return apps
	}
	return waiting
}

// judge is the verdict about one application, with a clause.
func (p *Process) judge() (Verdict, string) {
	told := "was never told"
	if len(p.Told) > 0 {
		told = fmt.Sprintf("was told by %v", p.Told)
	}
	switch p.End {
	case Finished:
		return Graceful, fmt.Sprintf("%s %s and finished", p.Name(), told)
	case ByDefault, Exited:
		return Abrupt, fmt.Sprintf("%s ended at once with %s", p.Name(), statusText(p.Status))
	case Stuck:
		return Ignored, fmt.Sprintf("%s %s, and ran when the grace period was over", p.Name(), told)
	case Killed:
		return Lost, fmt.Sprintf("%s %s and was killed before it had finished", p.Name(), told)
	}
	if len(p.Told) > 0 || handles(p.Role) { // a program that handles every signal can only have been killed
		return Lost, fmt.Sprintf("%s %s and was gone before it had finished", p.Name(), told)
	}
	return Undecided, p.Name() + " is gone, and this kernel does not say how it ended"
}

// handles reports whether an application has handlers for stop signals.
func handles(role string) bool { return role != "" && role != "app-default" && role != "app-go" }
