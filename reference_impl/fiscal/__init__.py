"""Payment ids, fiscal terminals and their memories."""
