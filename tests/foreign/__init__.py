"""A vendor's server written by hand from the published pack and docs/wire.md, in another framework.

Nothing in here imports the laboratory, the suites, the fixtures or the reference: it reads the
published files of the pack as data. A test of the repository holds it to that.
"""
