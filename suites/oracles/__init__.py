"""Expected values computed from the texts of the standard, apart from every implementation.

Nothing here imports the reference or asks a running system. Each module names the table or clause
it was written from; thresholds that are data of the standard are read from the pack by the caller.
"""
