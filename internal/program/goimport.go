package program

// harmlessGo reports whether a package of another module is known to handle no signals, with all that it imports.
func harmlessGo(string) bool { return false }
