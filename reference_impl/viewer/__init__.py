"""The treating physician's view of the record, under consent."""
