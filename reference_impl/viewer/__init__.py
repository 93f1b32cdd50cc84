"""The record as a treating physician sees it, under consent."""
