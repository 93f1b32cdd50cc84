"""The base insurer: prescriptions, leases, dispenses, prices, claims and statements."""
