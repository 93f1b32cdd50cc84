"""Medical Council: members, licences, sanctions and privileges."""
