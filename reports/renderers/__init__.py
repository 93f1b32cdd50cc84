"""Writers of one format each; all read the result document and nothing else."""
