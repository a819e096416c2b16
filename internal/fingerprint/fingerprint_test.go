package fingerprint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pid1lint/pid1lint/parser"
)

// TestLines has the published vectors first (github/codeql-action, src/fingerprints.test.ts), then some that its
// implementation gave for what they leave out.
func TestLines(t *testing.T) {
	greetings := []string{
		"e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1",
		"c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1",
	}
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"c129715d7a2bc9a3:1"}},
		{"blanks", " a\nb\n  \t\tc\n d", []string{"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"}},
		{"no end", " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End", []string{
			"8b7cf3e952e7aeb2:1", "b1ae1287ec4718d9:1", "bff680108adb0fcc:1", "c6805c5e1288b612:1", "b86d3392aea1be30:1", "e6ceba753e1a442:1"}},
		{"LF", " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", greetings},
		{"CR", " hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", greetings},
		{"CRLF", " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", greetings},
		{"mixed", " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", greetings},
		{"repeated", strings.Repeat("Lorem ipsum dolor sit amet.\n", 10), []string{
			"a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4", "a7f2ff13bc495cf2:5",
			"a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1"}},
		{"equal hashes", "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n", []string{
			"e54938cc54b302f1:1", "bb609acbe9138d60:1", "1131fd5871777f34:1", "5c482a0f8b35ea28:1", "54517377da7028d2:1",
			"2c644846cb18d53e:1", "f1b89f20de0d133:1", "c129715d7a2bc9a3:1"}},
		{"blank between CR and LF", "a\r \nb", []string{"67c066a59e652f5e:1", "cc4c43d77869440f:1", "8ee5a81e681643c1:1"}},
		{"not ASCII, and no UTF-8", "\ufeffé€🎉\n\xff\xe2\x82\xf0\x9f\x80a", []string{"a1c427c1ff46acf6:1", "3dfd839848b25223:1"}},
		{"as long as the window", strings.Repeat("0", 100) + "\nx", []string{"877bc0cd997bcf40:1", "638816509450efbf:1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Lines(test.text)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestHashes(t *testing.T) {
	var h Hashes
	file := &parser.File{Path: "x", Src: " a\nb\n  \t\tc\n d"}
	for line, want := range []string{"", "271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1", ""} {
		if got := h.Line(file, line); got != want {
			t.Errorf("line %d: %q, want %q", line, got, want)
		}
	}
	if got := h.Line(nil, 1); got != "" {
		t.Errorf("no file: %q", got)
	}
}
