"""One rule per file, by what it is about. Rules are pure: everything they may know is an argument."""
