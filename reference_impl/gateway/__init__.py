"""The DITAS gateway: admission, routing, message log, store-and-forward to the record."""
