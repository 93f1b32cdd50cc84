"""Certificates: issued from a conforming campaign, verified offline, suspended and withdrawn.

`issue` reads a campaign directory and nothing it says about itself is believed unchecked; `verify`
needs no network; `status` keeps the later life of certificates in a signed append-only list.
"""
