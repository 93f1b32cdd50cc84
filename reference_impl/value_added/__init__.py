"""Value-added gateway: data for businesses, by consent only."""
