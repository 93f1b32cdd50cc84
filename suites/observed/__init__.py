"""Cases judged from captured traffic while the vendor's client program acts."""
