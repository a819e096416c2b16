package rules

import "github.com/pid1lint/pid1lint/internal/process"

// failure makes the check of a rule about one kind of failure.
func failure(label, remedy string, repair func(*process.Launch) []Fix, kinds ...process.FailureKind) func(*Pass) {
	return func(p *Pass) {
		l := p.Launch
		if l.Verdict != process.FailsToStart || l.Failure == nil || l.Broken != nil {
			return
		}
		for _, kind := range kinds {
			if l.Failure.Kind == kind {
				var fixes []Fix
				if repair != nil {
					fixes = repair(l)
				}
				p.Report(Finding{Span: l.Failure.Span, Label: label, Message: "the container does not start, because " + l.Failure.Reason + branch(l),
					Remedy: remedy, Related: start(l, l.Failure.Span), Fixes: fixes})
			}
		}
	}
}
