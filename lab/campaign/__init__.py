"""One dated execution of a plan on one product."""
