"""What conformance means: executable conformance cases, one folder per kind of suite."""
