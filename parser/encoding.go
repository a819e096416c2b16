package parser

import "strings"

// IsUTF16 reports whether a text begins with the byte-order mark of UTF-16, as Windows PowerShell writes files. No shell and no builder of
// images reads that.
func IsUTF16(text string) bool {
	return strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
}

// notUTF8 says what is wrong with a text that is not UTF-8.
func notUTF8(text string) string {
	if IsUTF16(text) {
		return "it is UTF-16, as Windows PowerShell writes files: save it as UTF-8"
	}
	return "it is not UTF-8"
}
