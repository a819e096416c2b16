package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/pid1lint/pid1lint/internal/fingerprint"
	"github.com/pid1lint/pid1lint/rules"
)

// A Baseline knows findings of an earlier run, which do not count any more. nil knows none.
type Baseline map[knownFinding]bool

// A knownFinding is one by what stays the same when lines move: the hash is made of the text from its line on.
type knownFinding struct{ rule, path, hash string }

// ParseBaseline reads a SARIF log that pid1lint has written. Paths in it are relative to the root of the project.
func ParseBaseline(log []byte) (Baseline, error) {
	var doc struct {
		Version string
		Runs    []struct {
			Tool    struct{ Driver struct{ Name string } }
			Results []struct {
				RuleID              string
				PartialFingerprints map[string]string
				Locations           []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
			}
		}
	}
	if err := json.Unmarshal(log, &doc); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	known, ours := Baseline{}, false
	for _, run := range doc.Runs {
		if run.Tool.Driver.Name != "pid1lint" {
			continue
		}
		ours = true
		for _, r := range run.Results {
			for _, at := range r.Locations {
				path, err := url.PathUnescape(at.PhysicalLocation.ArtifactLocation.URI)
				if err == nil && r.PartialFingerprints[fingerprint.Name] != "" {
					known[knownFinding{r.RuleID, path, r.PartialFingerprints[fingerprint.Name]}] = true
				}
			}
		}
	}
	if !ours {
		return nil, errors.New("it is not a SARIF log that pid1lint has written")
	}
	return known, nil
}

// knows reports whether a finding is an old one.
func (p *Project) knows(f rules.Finding) bool {
	if p.Baseline == nil || f.Span.IsZero() {
		return false
	}
	path := f.Span.File.Path
	hashes, line := p.sources.get(path).lineHashes(), f.Span.Begin().Line
	return line <= len(hashes) && p.Baseline[knownFinding{f.Rule.ID, path, hashes[line-1]}]
}

// lineHashes returns the hash of every line.
func (s *source) lineHashes() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.file == nil {
		return nil
	}
	more := s.more()
	if more.hashes == nil {
		more.hashes = fingerprint.Lines(s.file.Src)
	}
	return more.hashes
}
