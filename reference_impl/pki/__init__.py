"""The health PKI: authority, credential kit, OCSP, CRL and time stamps."""
