"""From a conforming campaign to a certificate and its later life."""
