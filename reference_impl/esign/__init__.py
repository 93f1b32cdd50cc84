"""Signers: enrolment through the registration authority, signature with the mobile phone."""
