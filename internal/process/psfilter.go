package process

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// filterLines runs grep, awk, head and tail.
func filterLines(texts []string, lines []psLine) ([]psLine, bool) {
	switch path.Base(texts[0]) {
	case "grep", "egrep", "fgrep":
		return grepLines(texts, lines)
	case "awk", "gawk":
		if len(texts) == 2 {
			return awkLines(texts[1], lines)
		}
	case "head", "tail":
		n := 10
		for _, option := range texts[1:] {
			count, err := strconv.Atoi(strings.TrimPrefix(strings.TrimPrefix(option, "-n"), "-"))
			if err != nil && option != "-n" || strings.HasPrefix(option, "-n+") || strings.HasPrefix(option, "+") {
				return nil, false
			}
			if err == nil {
				n = count
			}
		}
		n = min(max(n, 0), len(lines))
		if texts[0] == "tail" {
			return lines[len(lines)-n:], true
		}
		return lines[:n], true
	case "sort", "uniq":
		return lines, len(texts) == 1 // their order makes no difference
	}
	return nil, false
}

func grepLines(texts []string, lines []psLine) ([]psLine, bool) {
	invert, extended, fixed := false, texts[0] == "egrep", texts[0] == "fgrep"
	flags, pattern, given := "", "", false
	for _, text := range texts[1:] {
		switch {
		case strings.HasPrefix(text, "-") && strings.Trim(text, "-viEFwe") == "" && !given:
			invert = invert || strings.Contains(text, "v")
			extended = extended || strings.Contains(text, "E")
			fixed = fixed || strings.Contains(text, "F")
			if strings.Contains(text, "w") {
				return nil, false
			}
			if strings.Contains(text, "i") {
				flags = "(?i)"
			}
		case given || strings.HasPrefix(text, "-"):
			return nil, false
		default:
			pattern, given = text, true
		}
	}
	if !given || strings.Contains(pattern, `\`) {
		return nil, false
	}
	switch {
	case fixed:
		pattern = regexp.QuoteMeta(pattern)
	case !extended:
		pattern = strings.NewReplacer("+", `\+`, "?", `\?`, "(", `\(`, ")", `\)`, "{", `\{`, "}", `\}`, "|", `\|`).Replace(pattern)
	}
	re, err := regexp.Compile(flags + pattern)
	if err != nil {
		return nil, false
	}
	var kept []psLine
	for _, line := range lines {
		matches := re.MatchString(line.text)
		if !matches && line.open {
			return nil, false
		}
		if matches != invert {
			kept = append(kept, line)
		}
	}
	return kept, true
}

// awkProgram has the programs that print one field: {print $1}, /app/ {print $2}.
var awkProgram = lazy(`^\s*(?:(!?)/([^/\\]*)/)?\s*\{\s*print\s*\$([0-9])\s*;?\s*\}\s*$`)

func awkLines(program string, lines []psLine) ([]psLine, bool) {
	m := awkProgram().FindStringSubmatch(program)
	if m == nil {
		return nil, false
	}
	if m[2] != "" {
		var known bool
		texts := []string{"egrep", m[2]}
		if m[1] != "" {
			texts = []string{"egrep", "-v", m[2]}
		}
		if lines, known = grepLines(texts, lines); !known {
			return nil, false
		}
	}
	n, _ := strconv.Atoi(m[3])
	var out []psLine
	for _, line := range lines {
		fields := strings.Fields(line.text)
		switch {
		case n == 0:
			return nil, false
		case n <= len(fields):
			out = append(out, psLine{text: fields[n-1]})
		case line.open:
			return nil, false
		}
	}
	return out, true
}
