"""Channel, seal, documents, binding and misuse; each between positive controls."""
