package program

import (
	"strconv"
	"strings"
)

// A Version is a version number of three parts.
type Version [3]int

// Before reports whether a version is older than another one.
func (v Version) Before(other Version) bool {
	for i := range v {
		if v[i] != other[i] {
			return v[i] < other[i]
		}
	}
	return false
}

// ParseVersion reads the number that a text starts with, "18.17" or "v10.2.4-rc.1", and returns how many parts it has.
func ParseVersion(text string) (v Version, parts int) {
	text = strings.TrimPrefix(text, "v")
	for parts < len(v) {
		n := 0
		for n < len(text) && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		number, err := strconv.Atoi(text[:n])
		if err != nil {
			return v, parts
		}
		v[parts] = number
		parts++
		rest, more := strings.CutPrefix(text[n:], ".")
		if !more {
			return v, parts
		}
		text = rest
	}
	return v, parts
}

// bundledNPM has the npm that each release of Node brings along from a release on, up to the next row of the same major
// version. Majors of which every npm behaves alike have one row.
//
// Checked against what npm itself printed in public logs: 18.16.0 (9.5.1), 18.17.0, 18.17.1 (9.6.7), 18.18.0 (9.8.1), 18.20.0, 18.20.2
// (10.5.0), 20.2.0 (9.6.6), 20.3.1 (9.6.7), 20.10.0 (10.2.3), 20.11.1 (10.2.4), 20.12.2 (10.5.0), 21.6.1 (10.2.4), 21.7.0 (10.5.0),
// 24.5.0 and 24.6.0 (11.5.1). They bound what matters, the releases whose npm swallows the signal or kills too early, but for where
// 24 ends with it (24.8.0). The other rows are as known; each belongs beside a line "deps: upgrade npm to" of doc/changelogs in
// nodejs/node.
var bundledNPM = []struct{ node, npm Version }{
	{Version{14, 0, 0}, Version{6, 14, 4}},
	{Version{15, 0, 0}, Version{7, 0, 2}},
	{Version{16, 0, 0}, Version{7, 10, 0}},
	{Version{16, 11, 0}, Version{8, 0, 0}},
	{Version{17, 0, 0}, Version{8, 1, 0}},
	{Version{18, 0, 0}, Version{8, 6, 0}},
	{Version{18, 14, 0}, Version{9, 3, 1}},
	{Version{18, 17, 0}, Version{9, 6, 7}},
	{Version{18, 18, 0}, Version{9, 8, 1}},
	{Version{18, 19, 0}, Version{10, 2, 3}},
	{Version{18, 20, 0}, Version{10, 5, 0}},
	{Version{19, 0, 0}, Version{8, 19, 2}},
	{Version{19, 5, 0}, Version{9, 3, 1}},
	{Version{20, 0, 0}, Version{9, 6, 4}},
	{Version{20, 3, 0}, Version{9, 6, 7}},
	{Version{20, 4, 0}, Version{9, 7, 2}},
	{Version{20, 5, 0}, Version{9, 8, 0}},
	{Version{20, 7, 0}, Version{10, 1, 0}},
	{Version{20, 10, 0}, Version{10, 2, 3}},
	{Version{20, 12, 0}, Version{10, 5, 0}},
	{Version{21, 0, 0}, Version{10, 2, 0}},
	{Version{21, 7, 0}, Version{10, 5, 0}},
	{Version{22, 0, 0}, Version{10, 5, 1}},
	{Version{23, 0, 0}, Version{10, 9, 0}},
	{Version{24, 0, 0}, Version{11, 3, 0}},
	{Version{24, 3, 0}, Version{11, 4, 2}},
	{Version{24, 5, 0}, Version{11, 5, 1}},
	{Version{24, 8, 0}, Version{11, 6, 0}},
	{Version{25, 0, 0}, Version{11, 6, 2}},
}

// BundledNPM returns the npm that an image of Node brings along, "node:18.17.1-slim". A tag that moves, such as node:20, stands
// for the last release of its line. It returns false where the image is another one, or its npm is not known.
func BundledNPM(image string) (Version, bool) {
	name, tag, tagged := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	tag, _, _ = strings.Cut(tag, "@")
	if name != "node" || !tagged {
		return Version{}, false
	}
	node, parts := ParseVersion(tag)
	if parts == 0 {
		return Version{}, false
	}
	for i := parts; i < len(node); i++ {
		node[i] = 1 << 20
	}
	var npm Version
	found := false
	for _, row := range bundledNPM {
		if row.node[0] == node[0] && !node.Before(row.node) {
			npm, found = row.npm, true
		}
	}
	return npm, found
}

// ScriptStop is the way in which a launcher of scripts behaves when it gets SIGTERM or SIGINT.
type ScriptStop uint8

// What a launcher of scripts does.
const (
	PassesToChild ScriptStop = iota // it tells its child and ends with it
	Swallows                        // it does nothing
	PassesAndGoes                   // it tells its child and ends at once
	PassesToGroup                   // it tells the process group of its child and ends with the child
	WaitsForGroup                   // it tells the process group of its child and ends with the last of it
)

// NPMStop returns what a version of npm does on stop, and what npx does.
//
// Source: measured, npm 6.14, 7.24, 8.19, 9.6.6, 9.6.7, 9.9.4, 10.2.5, 10.3.0, 10.9, 11.4.2, 11.5.0 to 11.5.2, 11.6.0, 11.21 and 12.2;
// npm/cli issues 6547 and 8429, npm/run-script pull 188.
func NPMStop(v Version, npx bool) ScriptStop {
	switch {
	case npx && v.Before(Version{7}):
		return Swallows
	case !v.Before(Version{9, 6, 7}) && v.Before(Version{10, 3}):
		return Swallows
	case !v.Before(Version{11, 5}) && v.Before(Version{11, 6}):
		return PassesAndGoes
	}
	return PassesToChild
}

// PNPMStop returns what a version of pnpm does on stop, false where it was not measured.
//
// Source: measured, pnpm 8.15, 9.15, 10.34 and 12.21.
func PNPMStop(major int) (ScriptStop, bool) {
	switch {
	case major >= 8 && major <= 10:
		return PassesToGroup, true
	case major >= 12:
		return WaitsForGroup, true
	}
	return PassesToGroup, false
}
